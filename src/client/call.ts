/**
 * One call of the client's user, on its way through attempts: what a server's response is for the rules of `requests`, and their verdict in this
 * client's words.
 */

import {
  type Effect,
  type FailedOutcome,
  onLost,
  onRefused,
  onResult,
  onUnreadable,
  type Policy,
  type RequestProgress,
  type RequestVerdict,
  type OarlockError,
  type OarlockErrorCode,
} from "../requests/index.ts"
import type { LogIndex, NodeId, Response } from "../wire/client/index.ts"
import { type Refusal, refusalReasons } from "../wire/kv/index.ts"
import type { Connection } from "./connection.ts"
import { failed } from "./errors.ts"

/** What to ask, how to read the answer, and what may be done with it. */
export interface Question<Answer> {
  /** For people: `put "greeting"`. */
  readonly operation: string
  /** The request's bytes from its operation's number on. */
  readonly request: Uint8Array
  readonly effect: Effect
  /** The leader is fastest for most things; `any` server serves a stale read; or a certain `host:port`. */
  readonly target: "leader" | "any" | { readonly endpoint: string }
  readonly timeoutMs: number
  /** The answer, from the body of an `ok` or the word that a key does not exist. May throw `WireError`. */
  readonly read: (response: Extract<Response, { kind: "ok" | "notFound" }>) => Answered<Answer>
}

export interface Answered<Answer> {
  readonly answer: Answer
  /** What the answer stands for in the log; 0 if it says nothing about that. */
  readonly index: LogIndex
}

export interface Call<Answer = unknown> extends RequestProgress {
  readonly question: Question<Answer>
  readonly resolve: (answered: Answered<Answer>) => void
  readonly reject: (error: OarlockError) => void
  deadlineTimer: NodeJS.Timeout | null
  /** Waits for the attempt's own limit, or for the next attempt. */
  attemptTimer: NodeJS.Timeout | null
  /** What the latest attempt failed of, for the message when time runs out. */
  lastFailure: string | null
  /** Where the attempt that is under way was sent, and its id there; null between attempts. */
  connection: Connection | null
  id: number
  isSettled: boolean
}

/** What to do about an attempt that ended. */
export type Verdict<Answer> =
  | { readonly kind: "resolve"; readonly answered: Answered<Answer> }
  | {
      readonly kind: "retry"
      readonly because: string
      /** Another server may do better than this one. */
      readonly elsewhere: boolean
      /** Where the answer says that the leader is. */
      readonly leaderEndpoint: string | null
    }
  | { readonly kind: "fail"; readonly error: OarlockError }

/** Any server answers, and passes on what only the leader can do; a caller has room of its own, so a server's is waited for. */
const policy: Policy = { canAskElsewhere: true, waitsForRoom: true, leaderOnly: false }

/** Judges a server's answer. */
export function judge<Answer>(call: Call<Answer>, response: Response, endpoint: string): Verdict<Answer> {
  switch (response.kind) {
    case "ok":
    case "notFound": {
      let answered: Answered<Answer>
      try {
        answered = call.question.read(response)
      } catch (error) {
        const message = `the answer makes no sense: ${error instanceof Error ? error.message : String(error)}`
        return inWords(call, onUnreadable(call), "badResponse", message, endpoint)
      }
      onResult(call)
      return { kind: "resolve", answered }
    }
    case "rejected":
    case "overloaded": {
      const { reason, message, leader } = response
      const leaderEndpoint = response.leaderAddress === endpoint ? null : response.leaderAddress
      return inWords(call, onRefused(call, reason, policy, leaderEndpoint !== null), reason, message, endpoint, leaderEndpoint, leader)
    }
    case "unknown":
      // It has lost touch with the leader, as a rule.
      return inWords(call, onLost(call, policy), "unknown", response.message, endpoint)
    case "badRequest":
      return inWords(call, onRefused(call, "other", policy, false), "badRequest", response.message, endpoint)
    case "refused": {
      const reason: Refusal["reason"] | "other" = refusalReasons[response.code] ?? "other"
      return inWords(call, onRefused(call, "other", policy, false), reason, response.message, endpoint)
    }
    case "update":
      return inWords(call, onUnreadable(call), "badResponse", "the server streams what was no subscription", endpoint)
  }
}

/** Judges an attempt whose connection was lost, or that took too long. */
export function judgeLoss<Answer>(
  call: Call<Answer>,
  code: "connectionLost" | "timeout",
  message: string,
  endpoint: string,
): Verdict<Answer> {
  return inWords(call, onLost(call, policy), code, message, endpoint)
}

/** The error of a call that failed. */
export function failure(
  call: Call,
  outcome: FailedOutcome,
  code: OarlockErrorCode,
  message: string,
  endpoint: string | null,
  leader: NodeId | null = null,
): OarlockError {
  return failed(call.question.operation, code, outcome, message, endpoint, leader)
}

function inWords<Answer>(
  call: Call<Answer>,
  verdict: RequestVerdict,
  code: OarlockErrorCode,
  message: string,
  endpoint: string,
  leaderEndpoint: string | null = null,
  leader: NodeId | null = null,
): Verdict<Answer> {
  if (verdict.kind === "fail") return { kind: "fail", error: failure(call as Call, verdict.outcome, code, message, endpoint, leader) }
  return { kind: "retry", because: message, elsewhere: verdict.elsewhere, leaderEndpoint }
}
