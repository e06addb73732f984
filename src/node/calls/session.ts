/**
 * Exactly-once commands for an embedded client (dissertation §6.3).
 *
 * Every command gets the next sequence number and keeps it, however often it has to be sent: after a refusal, after a leader was lost, after an
 * answer never came. The log applies each number once and remembers its result until we say that we have it (`answeredBelow`).
 */

import { bytes } from "../../arguments/index.ts"
import type { Engine } from "../engine.ts"
import { OarlockError } from "../errors/errors.ts"
import { callOptions, entering } from "../errors/refusal.ts"
import type { CallOptions } from "../node.ts"
import { CallBudget } from "./call-budget.ts"
import { call, type Committed } from "./call.ts"
import type { Receiver } from "./pending-requests.ts"
import type { RetryGate } from "./retry-gate.ts"

export interface SessionOptions {
  /** What the log calls it. */
  readonly id: number
  readonly engine: Engine
  readonly gate: RetryGate
  /** The node's, which counts what all its callers have under way. */
  readonly budget: CallBudget
  /** How long the cluster keeps it without hearing of it, in milliseconds. */
  readonly timeoutMs: number
  readonly onClosed: () => void
}

/** How long a proposal of a session is tried if it brings no timeout of its own, in milliseconds. */
export const sessionCallTimeoutMs = 30_000
/** Commands of one session without an outcome; far below what the log keeps results for, so that none is forgotten before its retry. */
export const sessionInflightMax = 1_024
/** Bytes of those. A single one may be longer. */
export const sessionInflightBytesMax = 16 << 20

export class Session {
  readonly id: number
  readonly #options: SessionOptions
  readonly #keepAlive: NodeJS.Timeout
  readonly #unanswered = new Set<number>()
  readonly #budget: CallBudget
  #nextSequence = 1
  #closed = false

  /** Made by `OarlockNode.openSession`. */
  constructor(options: SessionOptions) {
    this.id = options.id
    this.#options = options
    this.#budget = new CallBudget(sessionInflightMax, sessionInflightBytesMax, `of session ${options.id}`)
    this.#keepAlive = setInterval(() => this.#keep(), options.timeoutMs / 3).unref()
  }

  /**
   * Replicates `command`, exactly once, tried again until it is answered or its time is over. Only then can the outcome be unknown. Many may be
   * under way at once, up to `sessionInflightMax` (one more is refused as `overloaded`); they may be applied in any order. Do not change the bytes before
   * the promise is settled.
   */
  propose(command: Uint8Array, options?: CallOptions): Promise<Committed> {
    return entering("propose", () => this.#propose(bytes(command, "command"), callOptions(options, "options")))
  }

  async #propose(command: Uint8Array, options: CallOptions): Promise<Committed> {
    if (this.#closed) throw new OarlockError("stopped", `session ${this.id} is closed: open another one`)
    const problem = this.#budget.begin(command.length)
    // Without a number: it would hold up `answeredBelow` for nothing.
    if (problem !== null) throw new OarlockError("overloaded", `the proposal was not begun: ${problem}; it was certainly not done`)
    const sequence = this.#nextSequence++
    this.#unanswered.add(sequence)
    const { engine, budget } = this.#options
    const start = (receiver: Receiver) =>
      engine.submit(command, { sessionId: this.id, sequence, answeredBelow: this.#answeredBelow() }, receiver, 0)
    try {
      return await this.#call("the proposal", options, start, budget, command.length)
    } finally {
      // Also after a failure: this number is never sent again, so nobody will ask for its result.
      this.#unanswered.delete(sequence)
      this.#budget.end(command.length)
    }
  }

  /** Ends the session in the log, so that the cluster need not keep it until it expires. */
  close(options?: CallOptions): Promise<void> {
    return entering("close", () => this.#close(callOptions(options, "options")))
  }

  async #close(options: CallOptions): Promise<void> {
    if (this.#closed) return
    this.abandon()
    await this.#call("closing the session", options, (receiver) => this.#options.engine.closeSession(this.id, receiver, 0))
  }

  /** Lets it expire. */
  abandon(): void {
    this.#closed = true
    clearInterval(this.#keepAlive)
    this.#options.onClosed()
  }

  #answeredBelow(): number {
    // Numbers are added in ascending order, and a set keeps that order: the first is the lowest.
    return this.#unanswered.values().next().value ?? this.#nextSequence
  }

  #keep(): void {
    // Best effort: the next one follows, and an expired session is told at the next proposal.
    this.#call("keeping the session", {}, (receiver) => this.#options.engine.keepSession(this.id, receiver, 0)).catch(() => {})
  }

  #call(
    what: string,
    options: CallOptions,
    start: (receiver: Receiver) => number,
    budget: CallBudget | null = null,
    commandBytes = 0,
  ): Promise<Committed> {
    const { engine, gate } = this.#options
    const { timeoutMs = sessionCallTimeoutMs } = options
    return call<Committed>({
      engine,
      gate,
      what: `${what} in session ${this.id}`,
      timeoutMs,
      retryUnknown: true,
      hasEffects: true,
      leaderOnly: false,
      start,
      budget,
      commandBytes,
    })
  }
}
