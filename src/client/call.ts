/**
 * One call and its attempts: translates a server's response for the rules of `requests`, and their verdict into what the dispatcher does next.
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

/** A request, how to read its answer, and where it may be sent. */
export interface Question<Answer> {
  /** The call in words, for messages: `put "greeting"`. */
  readonly operation: string
  /** The request's bytes from its operation's number on. */
  readonly request: Uint8Array
  readonly effect: Effect
  /** The leader is fastest for most things; `any` server serves a stale read; or a certain `host:port`. */
  readonly target: "leader" | "any" | { readonly endpoint: string }
  readonly timeoutMs: number
  /** Reads the answer from an `ok` or a `notFound` response. May throw `WireError`. */
  readonly read: (response: Extract<Response, { kind: "ok" | "notFound" }>) => Answered<Answer>
}

export interface Answered<Answer> {
  readonly answer: Answer
  /** The log index of the state that the answer shows; 0 if the answer shows none. */
  readonly index: LogIndex
}

export interface Call<Answer = unknown> extends RequestProgress {
  readonly question: Question<Answer>
  readonly resolve: (answered: Answered<Answer>) => void
  readonly reject: (error: OarlockError) => void
  deadlineTimer: NodeJS.Timeout | null
  /** Runs until the attempt's own timeout, or until the next attempt. */
  attemptTimer: NodeJS.Timeout | null
  /** Why the latest attempt failed: part of the message if the call times out. */
  lastFailure: string | null
  /** The connection that carries the attempt, where the attempt is request `id`; null between attempts. */
  connection: Connection | null
  id: number
  isSettled: boolean
}

/** What to do after an attempt has ended. */
export type Verdict<Answer> =
  | { readonly kind: "resolve"; readonly answered: Answered<Answer> }
  | {
      readonly kind: "retry"
      readonly because: string
      /** Whether another server may succeed where this one did not. */
      readonly elsewhere: boolean
      /** The leader's address, if the answer names it. */
      readonly leaderEndpoint: string | null
    }
  | { readonly kind: "fail"; readonly error: OarlockError }

/** Any server answers, and forwards to the leader. The client bounds its own calls, so it waits where a server has no room. */
const policy: Policy = { canAskElsewhere: true, waitsForRoom: true, leaderOnly: false }

/** What follows from a server's answer. */
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
      // Usually the server has lost its connection to the leader, so the next attempt goes to another server.
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

/** What follows if the connection was lost, or the attempt took too long. */
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
