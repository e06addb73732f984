/**
 * One call of the promise API: a request, tried again for as long as that is safe, with a deadline.
 *
 * A refusal that passes by itself (no leader at the moment) is waited out. An unknown outcome is tried again only where the caller says that
 * a repetition is harmless. Once any try was unknown, the whole call can no longer end as "rejected": an earlier try may still take effect.
 */

import type { LogIndex, NodeId } from "../../core/index.ts"
import type { Engine } from "../engine.ts"
import { OarlockError, type OarlockErrorCode } from "../errors/errors.ts"
import { isThenable } from "../errors/listener-errors.ts"
import type { CallBudget } from "./call-budget.ts"
import type { Receiver, RequestId } from "./pending-requests.ts"
import type { RetryGate } from "./retry-gate.ts"

export interface Committed {
  /** The position in the log; grows. Pass it to a later read's `minimumIndex` to see at least this. */
  readonly index: LogIndex
  /** What the state machine returned. Do not change the bytes: sessions keep them for retries. */
  readonly result: Uint8Array
}

export interface ReadAnswer<Answer> {
  /** What the answering node had applied. */
  readonly index: LogIndex
  readonly answer: Answer
}

export interface CallDescription {
  readonly engine: Engine
  readonly gate: RetryGate
  /** Begins an error's sentence. */
  readonly what: string
  readonly timeoutMs: number
  /** Whether to try again after an unknown outcome. */
  readonly retryUnknown: boolean
  /** Reads have none: they are never "unknown". */
  readonly hasEffects: boolean
  /** Whether only the leader itself can do it; anything else is forwarded, and a change of leaders passes. */
  readonly leaderOnly: boolean
  readonly start: (receiver: Receiver) => RequestId
  /** What counts it while it is under way; null for what must not be refused for want of room. */
  readonly budget: CallBudget | null
  /** What it weighs there. */
  readonly commandBytes: number
}

/** Refusals that pass by themselves. */
const temporary: ReadonlySet<OarlockErrorCode> = new Set<OarlockErrorCode>([
  "noLeader",
  "notLeader",
  "transferring",
  "lostLeadership",
  "noCommittedEntryInTerm",
])

/** Resolves with what the receiver was told (`Committed` or `ReadAnswer`); rejects with an `OarlockError`. */
export function call<Result extends Committed | ReadAnswer<unknown>>(description: CallDescription): Promise<Result> {
  const { budget, what, commandBytes } = description
  const problem = budget === null ? null : budget.begin(commandBytes)
  if (problem !== null) {
    const message = `${what} was not begun: ${problem}; it was certainly not done, trying again later is safe`
    return Promise.reject(new OarlockError("overloaded", message, { outcome: "rejected" }))
  }
  return new Promise((resolve, reject) => new Call(description, resolve as (result: unknown) => void, reject).begin())
}

class Call implements Receiver {
  readonly #description: CallDescription
  readonly #resolve: (result: unknown) => void
  readonly #reject: (error: OarlockError) => void
  #timer: NodeJS.Timeout | null = null
  #request: RequestId | null = null
  #stopWaiting: (() => void) | null = null
  #timedOut = false
  #isCounted: boolean
  /** Some try may have taken, or may still take, effect. */
  #doubtful = false
  #lastRefusal = ""

  constructor(description: CallDescription, resolve: (result: unknown) => void, reject: (error: OarlockError) => void) {
    this.#description = description
    this.#isCounted = description.budget !== null
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(): void {
    this.#timer = setTimeout(() => this.#onTimeout(), this.#description.timeoutMs)
    this.#attempt()
  }

  onCommitted(_tag: number, index: LogIndex, result: Uint8Array): void {
    this.#finish()
    this.#resolve({ index, result } satisfies Committed)
  }

  onAnswered(tag: number, index: LogIndex, answer: unknown): void {
    if (isThenable(answer)) {
      // It would be resolved with, so that the caller sees a state of some later moment.
      answer.then(undefined, () => {})
      const because = "it returned a Promise; a query is answered from the state as it is, before it returns"
      return this.onFailed(tag, because, new TypeError(because))
    }
    this.#finish()
    this.#resolve({ index, answer } satisfies ReadAnswer<unknown>)
  }

  onRejected(_tag: number, reason: OarlockErrorCode, message: string, leader: NodeId | null, error?: unknown): void {
    this.#request = null
    // An answer from the log, whatever became of other tries: they are the same command, and were refused with it.
    if (reason === "applyFailed" || reason === "snapshotFailed") return this.#failInMachine(reason, message, error)
    if (this.#timedOut) return this.#failTimeout()
    const askAnother = reason === "notLeader" && leader !== null && this.#description.leaderOnly
    const passes = temporary.has(reason) && !askAnother
    if (!passes && !(reason === "overloaded" && this.#description.retryUnknown)) return this.#fail(reason, message, leader, error)
    this.#lastRefusal = message
    this.#again()
  }

  onUnknown(_tag: number, message: string): void {
    this.#request = null
    this.#doubtful = this.#description.hasEffects
    if (this.#timedOut) return this.#failTimeout()
    const { engine } = this.#description
    if (engine.stoppedBecause !== null) return this.#fail("stopped", engine.stoppedBecause, null, engine.stoppedBy)
    if (!this.#description.retryUnknown) return this.#fail("unknown", message, null)
    this.#lastRefusal = message
    this.#again()
  }

  onFailed(_tag: number, message: string, error: unknown): void {
    this.#finish()
    this.#reject(
      new OarlockError("queryFailed", `${this.#description.what} failed in your state machine's query: ${message}`, { cause: error }),
    )
  }

  #attempt(): void {
    this.#stopWaiting = null
    this.#request = this.#description.start(this)
  }

  #again(): void {
    this.#stopWaiting = this.#description.gate.wait(() => this.#attempt())
  }

  #onTimeout(): void {
    this.#timedOut = true
    if (this.#stopWaiting !== null) return this.#failTimeout()
    if (this.#request !== null) this.#description.engine.cancel(this.#request)
  }

  #failTimeout(): void {
    const refusal = this.#lastRefusal === "" ? "" : ` (last: ${this.#lastRefusal})`
    this.#fail("timeout", `no answer within ${this.#description.timeoutMs} ms${refusal}`, null)
  }

  #failInMachine(code: OarlockErrorCode, message: string, error: unknown): void {
    this.#finish()
    const advice = code === "applyFailed" ? "; it changed nothing, on any server, and the same command would be refused again" : ""
    const cause = error === undefined ? {} : { cause: error }
    this.#reject(new OarlockError(code, `${this.#description.what} has no result: ${message}${advice}`, cause))
  }

  #fail(code: OarlockErrorCode, message: string, leader: NodeId | null, error?: unknown): void {
    this.#finish()
    const outcome = this.#doubtful ? "unknown" : "rejected"
    const certainly = this.#description.hasEffects ? "it was certainly not done, " : ""
    const advice = {
      rejected: certainly + (hopeless[code] ?? "trying again is safe"),
      unknown: "it may or may not be done, now or later: look before you repeat it, or use a session",
    }[outcome]
    this.#reject(
      new OarlockError(code, `${this.#description.what} has no result: ${message}; ${advice}`, {
        outcome,
        leader,
        ...(error === undefined ? {} : { cause: error }),
      }),
    )
  }

  #finish(): void {
    if (this.#isCounted) this.#description.budget?.end(this.#description.commandBytes)
    this.#isCounted = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#stopWaiting?.()
    this.#stopWaiting = null
    this.#request = null
  }
}

/** Where the same again would come to nothing. */
const hopeless: Partial<Record<OarlockErrorCode, string>> = {
  stopped: "ask another node",
  tooLarge: "make it smaller, or raise raft.proposalBytesMax on every node",
}
