/**
 * One request and its attempts, and what each event means for it (Raft §8; dissertation §6.3).
 *
 * Three facts decide whether a request may be sent again. A refusal means that this attempt was certainly not done, so the request may be sent again.
 * No answer means nothing, so a request with an effect may be sent again only if it is applied once all the same, as in a session. And once an
 * attempt may have been done, a later refusal of another attempt does not change that: the request can no longer end as "rejected". The exception is a
 * refusal from the log itself, which covers every attempt.
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
 * "In doubt" means that an earlier attempt may have been done. A request with effect `each` is never sent again in that case. Where there is only one
 * server, "elsewhere" is "again", and a reason that passes only at another server is final; see `Policy`.
 *
 * The rules change the progress in place and their verdicts are constants: a call costs no allocation here. An event belongs to the attempt that
 * is under way; the shell drops answers to earlier attempts.
 */

import type { Reason } from "../wire/client/index.ts"
import { refusals } from "./refusals.ts"

/** The effect of the request: `none` for a read; `once` if it is applied once however often it is sent, as in a session; `each` if every time counts. */
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

/** What the caller can do, and what it prefers. */
export interface Policy {
  /** There are other servers to ask. An embedded node is one server. */
  readonly canAskElsewhere: boolean
  /** Try again later if a server has no room. Otherwise the request fails, so that the caller slows down. */
  readonly waitsForRoom: boolean
  /** Only the leader itself can do it: if the refusal names another server as the leader, the request fails, and the caller has to go there. */
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

/** The answer cannot be read. It may have been a result. */
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

/** The outcome of the attempt is unknown: the server said so, the connection was lost, or the attempt took too long. */
export function onLost(request: RequestProgress, policy: Policy): RequestVerdict {
  endInDoubt(request)
  if (request.effect === "each") return unknown
  return policy.canAskElsewhere ? elsewhere : again
}

/** The call is over: its timeout has passed, or its client or node was closed. */
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
