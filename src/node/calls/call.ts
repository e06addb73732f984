/**
 * One call of the promise API: a request with a timeout, tried again as long as that is safe by the rules of `src/requests/`.
 */

import type { LogIndex, NodeId } from "../../core/index.ts"
import {
  begin,
  type Effect,
  type FailedOutcome,
  onDeadline,
  onLost,
  onRefused,
  onResult,
  onUnreadable,
  type Policy,
  type RequestProgress,
} from "../../requests/index.ts"
import { OarlockError, type OarlockErrorCode } from "../../requests/index.ts"
import type { Engine } from "../engine.ts"
import { isThenable } from "../errors/listener-errors.ts"
import type { CallBudget } from "./call-budget.ts"
import type { Receiver, RequestId } from "./pending-requests.ts"
import type { RetryGate } from "./retry-gate.ts"

/** The answer to a command, a membership change or a snapshot that is committed and applied. */
export interface Committed {
  /** The log index. Pass it as `minimumIndex` to a later read, on any node, to see at least this state. */
  readonly index: LogIndex
  /** What the state machine returned. Do not change the bytes: sessions keep them for retries. */
  readonly result: Uint8Array
}

/** The answer to a query, and the state that it was computed from. */
export interface ReadAnswer<Answer> {
  /** The log index up to which the answering node had applied. */
  readonly index: LogIndex
  /** What the state machine's `query` returned. */
  readonly answer: Answer
}

export interface CallDescription {
  readonly engine: Engine
  readonly gate: RetryGate
  /** The call in words, as the beginning of an error's message. */
  readonly what: string
  readonly timeoutMs: number
  /** Decides whether it is tried again after an unknown outcome. */
  readonly effect: Effect
  /** Whether only the leader itself can do it. Other requests are forwarded to the leader. */
  readonly leaderOnly: boolean
  readonly start: (receiver: Receiver) => RequestId
  /** Counts the call while it is under way; null for calls that must not be refused for lack of room. */
  readonly budget: CallBudget | null
  /** The bytes that it counts for in `budget`. */
  readonly commandBytes: number
}

/**
 * An embedded node is the only server of its callers. A call in a session waits if there is no room; any other call is refused, so that its caller
 * slows down.
 */
const patient: Policy = { canAskElsewhere: false, waitsForRoom: true, leaderOnly: false }
const plain: Policy = { canAskElsewhere: false, waitsForRoom: false, leaderOnly: false }
const ofLeader: Policy = { canAskElsewhere: false, waitsForRoom: false, leaderOnly: true }

type RefusalReason = Parameters<Receiver["onRejected"]>[1]

/** Resolves with a `Committed` or a `ReadAnswer`; rejects with an `OarlockError`. */
export function call<Result extends Committed | ReadAnswer<unknown>>(description: CallDescription): Promise<Result> {
  const { budget, what, commandBytes } = description
  const problem = budget === null ? null : budget.begin(commandBytes)
  if (problem !== null) {
    const message = `${what} was not begun: ${problem}; it was certainly not done, trying again later is safe`
    return Promise.reject(new OarlockError("overloaded", message, { outcome: "rejected" }))
  }
  return new Promise((resolve, reject) => new Call(description, resolve as (result: unknown) => void, reject).begin())
}

class Call implements Receiver, RequestProgress {
  readonly effect: Effect
  attempts = 0
  isUnderWay = false
  mayHaveHappened = false
  readonly #policy: Policy
  readonly #description: CallDescription
  readonly #resolve: (result: unknown) => void
  readonly #reject: (error: OarlockError) => void
  #timer: NodeJS.Timeout | null = null
  #request: RequestId | null = null
  #stopWaiting: (() => void) | null = null
  #timedOut = false
  #isCounted: boolean
  #lastRefusal = ""

  constructor(description: CallDescription, resolve: (result: unknown) => void, reject: (error: OarlockError) => void) {
    const { effect, leaderOnly } = description
    this.#description = description
    this.effect = effect
    this.#policy = leaderOnly ? ofLeader : effect === "once" ? patient : plain
    this.#isCounted = description.budget !== null
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(): void {
    this.#timer = setTimeout(() => this.#onTimeout(), this.#description.timeoutMs)
    this.#attempt()
  }

  onCommitted(_tag: number, index: LogIndex, result: Uint8Array): void {
    onResult(this)
    this.#finish()
    this.#resolve({ index, result } satisfies Committed)
  }

  onAnswered(tag: number, index: LogIndex, answer: unknown): void {
    if (isThenable(answer)) {
      // Resolving with a promise would adopt it: the caller would get a state of some later moment.
      answer.then(undefined, () => {})
      const because = "it returned a Promise; a query is answered from the state as it is, before it returns"
      return this.onFailed(tag, because, new TypeError(because))
    }
    onResult(this)
    this.#finish()
    this.#resolve({ index, answer } satisfies ReadAnswer<unknown>)
  }

  onRejected(_tag: number, reason: RefusalReason, message: string, leader: NodeId | null, error?: unknown): void {
    this.#request = null
    const verdict = onRefused(this, reason, this.#policy, leader !== null)
    const isOfMachine = reason === "applyFailed" || reason === "snapshotFailed"
    if (isOfMachine && verdict.kind === "fail") return this.#failInMachine(reason, verdict.outcome, message, error)
    if (this.#timedOut) return this.#failTimeout()
    if (verdict.kind === "fail") return this.#fail(reason, verdict.outcome, message, leader, error)
    this.#again(message)
  }

  onUnknown(_tag: number, message: string): void {
    this.#request = null
    const verdict = onLost(this, this.#policy)
    if (this.#timedOut) return this.#failTimeout()
    const { engine } = this.#description
    // A node that has stopped gives no further answer.
    if (engine.stoppedBecause !== null)
      return this.#fail("stopped", onDeadline(this).outcome, engine.stoppedBecause, null, engine.stoppedBy)
    if (verdict.kind === "fail") return this.#fail("unknown", verdict.outcome, message, null)
    this.#again(message)
  }

  onFailed(_tag: number, message: string, error: unknown): void {
    onUnreadable(this)
    this.#finish()
    this.#reject(
      new OarlockError("queryFailed", `${this.#description.what} failed in your state machine's query: ${message}`, { cause: error }),
    )
  }

  #attempt(): void {
    this.#stopWaiting = null
    begin(this)
    this.#request = this.#description.start(this)
  }

  #again(message: string): void {
    this.#lastRefusal = message
    this.#stopWaiting = this.#description.gate.wait(() => this.#attempt())
  }

  #onTimeout(): void {
    this.#timedOut = true
    if (this.#stopWaiting !== null) return this.#failTimeout()
    if (this.#request !== null) this.#description.engine.cancel(this.#request)
  }

  #failTimeout(): void {
    const refusal = this.#lastRefusal === "" ? "" : ` (last: ${this.#lastRefusal})`
    this.#fail("timeout", onDeadline(this).outcome, `no answer within ${this.#description.timeoutMs} ms${refusal}`, null)
  }

  #failInMachine(code: OarlockErrorCode, outcome: FailedOutcome, message: string, error: unknown): void {
    this.#finish()
    const advice = code === "applyFailed" ? "; it changed nothing, on any server, and the same command would be refused again" : ""
    const cause = error === undefined ? {} : { cause: error }
    this.#reject(new OarlockError(code, `${this.#description.what} has no result: ${message}${advice}`, { outcome, ...cause }))
  }

  #fail(code: OarlockErrorCode, outcome: FailedOutcome, message: string, leader: NodeId | null, error?: unknown): void {
    this.#finish()
    const certainly = this.effect !== "none" ? "it was certainly not done, " : ""
    const elsewhere = code === "notLeader" && leader !== null ? `ask node ${leader}, which leads` : null
    const advice = {
      rejected: certainly + (elsewhere ?? hopeless[code] ?? "trying again is safe"),
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

/** Advice for codes after which trying again on this node cannot help. */
const hopeless: Partial<Record<OarlockErrorCode, string>> = {
  stopped: "ask another node",
  tooLarge: "make it smaller, or raise raft.proposalBytesMax on every node",
}
