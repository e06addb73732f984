/**
 * Exactly-once commands for an embedded client (dissertation §6.3).
 *
 * Every command gets the next sequence number and keeps it in all its attempts: after a refusal, after a leader was lost, after no answer came. The
 * cluster applies each number once and keeps its result until the session acknowledges it (`answeredBelow`).
 */

import { bytes } from "../../arguments/index.ts"
import { type CallOptions, createNumbers, endsSession, endSequence, OarlockError, takeSequence, tokenOf } from "../../requests/index.ts"
import type { Engine } from "../engine.ts"
import { callOptions, entering } from "../errors/refusal.ts"
import { CallBudget } from "./call-budget.ts"
import { call, type Committed } from "./call.ts"
import type { Receiver } from "./pending-requests.ts"
import type { RetryGate } from "./retry-gate.ts"

export interface SessionOptions {
  /** The session's id in the log. */
  readonly id: number
  readonly engine: Engine
  readonly gate: RetryGate
  /** The node's budget, which counts the calls of all its callers. */
  readonly budget: CallBudget
  /** How long the cluster keeps the session without hearing of it, in milliseconds. */
  readonly timeoutMs: number
  readonly onClosed: () => void
}

/** The timeout of a session's calls without `timeoutMs`, in milliseconds. */
export const sessionCallTimeoutMs = 30_000
/** The most commands of one session without an outcome. Far below the number of results that the cluster keeps, so that a retry finds its result. */
export const sessionInflightMax = 1_024
/** The most bytes of those commands. A single command may be longer. */
export const sessionInflightBytesMax = 16 << 20

/**
 * A session of an embedded client: each command that it proposes is applied exactly once (dissertation §6.3). It keeps itself alive until it is
 * closed.
 */
export class Session {
  /** The number under which the cluster keeps the session: the log index of the entry that opened it. */
  readonly id: number
  readonly #options: SessionOptions
  readonly #keepAlive: NodeJS.Timeout
  readonly #numbers = createNumbers()
  readonly #budget: CallBudget
  #state: "open" | "expired" | "closed" = "open"

  /** Made by `OarlockNode.openSession`. */
  constructor(options: SessionOptions) {
    this.id = options.id
    this.#options = options
    this.#budget = new CallBudget(sessionInflightMax, sessionInflightBytesMax, `of session ${options.id}`)
    this.#keepAlive = setInterval(() => this.#keep(), options.timeoutMs / 3).unref()
  }

  /**
   * Replicates `command` exactly once: it is tried again until it is answered or its timeout has passed. Only then can the outcome be `unknown`. Up to
   * `sessionInflightMax` commands may be under way at once (one more is refused as `overloaded`); they may be applied in any order. Do not change the
   * bytes before the promise is settled.
   */
  propose(command: Uint8Array, options?: CallOptions): Promise<Committed> {
    return entering("propose", () => this.#propose(bytes(command, "command"), callOptions(options, "options")))
  }

  async #propose(command: Uint8Array, options: CallOptions): Promise<Committed> {
    if (this.#state === "closed") throw new OarlockError("closed", `session ${this.id} is closed: open another one`)
    // Ids are never used again, so the session cannot come back.
    if (this.#state === "expired") {
      throw new OarlockError(
        "sessionExpired",
        `session ${this.id} is not known to the cluster any more: open another one; this proposal was certainly not done`,
      )
    }
    const problem = this.#budget.begin(command.length)
    // Refused before it takes a number, which would hold up `answeredBelow` for nothing.
    if (problem !== null) throw new OarlockError("overloaded", `the proposal was not begun: ${problem}; it was certainly not done`)
    const sequence = takeSequence(this.#numbers)
    const { engine, budget } = this.#options
    const start = (receiver: Receiver) => engine.submit(command, tokenOf(this.#numbers, this.id, sequence), receiver, 0)
    try {
      return await this.#call("the proposal", options, start, budget, command.length)
    } catch (error) {
      this.#noteExpiry(error)
      throw error
    } finally {
      // Also after a failure: this number is never sent again, so its result is not needed.
      endSequence(this.#numbers, sequence)
      this.#budget.end(command.length)
    }
  }

  /** Ends the session in the cluster, which then frees its results. */
  close(options?: CallOptions): Promise<void> {
    return entering("close", () => this.#close(callOptions(options, "options")))
  }

  async #close(options: CallOptions): Promise<void> {
    if (this.#state !== "open") return
    this.abandon()
    await this.#call("closing the session", options, (receiver) => this.#options.engine.closeSession(this.id, receiver, 0))
  }

  /** Stops using the session here: the cluster keeps it until it expires. */
  abandon(): void {
    this.#end("closed")
  }

  #end(state: "expired" | "closed"): void {
    if (this.#state === "open") this.#state = state
    clearInterval(this.#keepAlive)
    this.#options.onClosed()
  }

  #noteExpiry(error: unknown): void {
    if (error instanceof OarlockError && endsSession(error.code)) this.#end("expired")
  }

  #keep(): void {
    // One failure does no harm: the next attempt follows before the session expires.
    this.#call("keeping the session", {}, (receiver) => this.#options.engine.keepSession(this.id, receiver, 0)).catch((error: unknown) =>
      this.#noteExpiry(error),
    )
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
      effect: "once",
      leaderOnly: false,
      start,
      budget,
      commandBytes,
    })
  }
}
