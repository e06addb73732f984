/**
 * One request on its way through attempts, and what each event means for it (Raft §8; dissertation §6.3).
 *
 * The whole safety of repeating is in two facts. A refusal says that this attempt was certainly not done, so the request may be sent again.
 * Silence says nothing, so a request with an effect may be sent again only if twice is the same as once, as under a session's sequence number.
 * And once an attempt may have been done, no later refusal makes that untrue: the request can no longer end as "rejected", but for a refusal
 * that comes from the log and speaks of every attempt.
 *
 * | event                         | effect `none`    | `once`, no doubt    | `once`, in doubt    | `each`              |
 * |-------------------------------|------------------|---------------------|---------------------|---------------------|
 * | result                        | resolve          | resolve             | resolve             | resolve             |
 * | result that cannot be read    | fail, rejected   | fail, unknown       | fail, unknown       | fail, unknown       |
 * | refusal that passes           | again            | again               | again               | again               |
 * | … sooner at another server    | elsewhere        | elsewhere           | elsewhere           | elsewhere           |
 * | … only at another server      | elsewhere        | elsewhere           | elsewhere           | elsewhere           |
 * | … for want of room            | again            | again               | again               | again               |
 * | final refusal                 | fail, rejected   | fail, rejected      | fail, unknown       | fail, rejected      |
 * | last word of the log          | fail, rejected   | fail, rejected      | fail, rejected      | fail, rejected      |
 * | loss                          | elsewhere        | elsewhere, in doubt | elsewhere           | fail, unknown       |
 * | deadline between attempts     | fail, rejected   | fail, rejected      | fail, unknown       | fail, rejected      |
 * | deadline during an attempt    | fail, rejected   | fail, unknown       | fail, unknown       | fail, unknown       |
 *
 * `each` is never in doubt and still on its way: the doubt ends it. Where there is only one server, "elsewhere" is "again", and what passes only
 * elsewhere is final; see `Policy`.
 *
 * The rules change the progress in place and their verdicts are constants: a call costs no allocation here. An event belongs to the attempt that
 * is under way; what arrives for an earlier one is the shell's to drop.
 */

import type { Reason } from "../wire/client/index.ts"
import { refusals } from "./refusals.ts"

/** What doing it leaves behind: nothing, for reads; the same however often it is done, as in a session; or something each time. */
export type Effect = "none" | "once" | "each"

/**
 * - `rejected`: certainly not done, and never will be; safe to try again.
 * - `unknown`: may have been done, or may still be.
 */
export type FailedOutcome = "rejected" | "unknown"

export interface RequestProgress {
  readonly effect: Effect
  /** Attempts begun. */
  attempts: number
  /** An attempt was begun and has not ended. */
  isUnderWay: boolean
  /** An attempt that ended may have taken, or may still take, effect. */
  mayHaveHappened: boolean
}

/** What the one who asks can do, and what it wants. */
export interface Policy {
  /** There are other servers to ask. An embedded node is one server. */
  readonly canAskElsewhere: boolean
  /** Ask again later where there is no room. Otherwise the caller is told, so that it slows down. */
  readonly waitsForRoom: boolean
  /** No server passes it on: once another one is named as the leader, the caller has to go there. */
  readonly leaderOnly: boolean
}

/** What to do about a request that has no result. */
export type RequestVerdict =
  /** The same request, with the same sequence number. `elsewhere`: another server may do better. */
  { readonly kind: "sendAgain"; readonly elsewhere: boolean } | FailedVerdict

export interface FailedVerdict {
  readonly kind: "fail"
  readonly outcome: FailedOutcome
}

const again: RequestVerdict = { kind: "sendAgain", elsewhere: false }
const elsewhere: RequestVerdict = { kind: "sendAgain", elsewhere: true }
const rejected: FailedVerdict = { kind: "fail", outcome: "rejected" }
const unknown: FailedVerdict = { kind: "fail", outcome: "unknown" }

/** An attempt is sent. */
export function begin(request: RequestProgress): void {
  request.attempts += 1
  request.isUnderWay = true
}

/** The attempt was answered: done, and the request is over. */
export function onResult(request: RequestProgress): void {
  request.isUnderWay = false
}

/** The attempt was answered by what makes no sense. It may well be a result. */
export function onUnreadable(request: RequestProgress): FailedVerdict {
  endInDoubt(request)
  return failed(request)
}

/** The attempt was certainly not done. `leaderIsNamed`: the refusal says who leads, and it is another server. */
export function onRefused(request: RequestProgress, reason: Reason, policy: Policy, leaderIsNamed: boolean): RequestVerdict {
  request.isUnderWay = false
  const refusal = refusals[reason]
  switch (refusal) {
    case "passes":
      return again
    case "otherServer":
      if (policy.canAskElsewhere) return elsewhere
      return policy.leaderOnly && leaderIsNamed ? failed(request) : again
    case "onlyOtherServer":
      return policy.canAskElsewhere ? elsewhere : failed(request)
    case "noRoom":
      return policy.waitsForRoom ? again : failed(request)
    case "final":
      return failed(request)
    case "lastWord":
      return rejected
    default:
      return refusal satisfies never
  }
}

/** Nobody can tell what became of the attempt: the server said so, the connection was lost, or it took too long. */
export function onLost(request: RequestProgress, policy: Policy): RequestVerdict {
  endInDoubt(request)
  if (request.effect === "each") return unknown
  return policy.canAskElsewhere ? elsewhere : again
}

/** Nobody waits any longer: the time is over, or the one who asked was closed. */
export function onDeadline(request: RequestProgress): FailedVerdict {
  if (request.isUnderWay) endInDoubt(request)
  return failed(request)
}

function endInDoubt(request: RequestProgress): void {
  request.isUnderWay = false
  if (request.effect !== "none") request.mayHaveHappened = true
}

function failed(request: RequestProgress): FailedVerdict {
  return request.mayHaveHappened ? unknown : rejected
}
