/**
 * One call of the client's user, on its way through attempts, and the rule of what an answer means for it.
 *
 * The rule is the whole safety of retrying (Raft §8): a rejection was certainly not done, so it may be sent again; anything else about a
 * command may be sent again only if doing it twice is the same as once, as in a session. And once one attempt may have happened, no later
 * rejection makes that untrue.
 */

import type { LogIndex, Reason, Response } from "../wire/client/index.ts"
import { type Refusal, refusalReasons } from "../wire/kv/index.ts"
import type { Connection } from "./connection.ts"
import { type ErrorCode, OarlockError } from "./errors.ts"

/** What to ask, how to read the answer, and what may be done with it. */
export interface Question<Answer> {
  /** For people: `put "greeting"`. */
  readonly operation: string
  /** The request's bytes from its operation's number on. */
  readonly request: Uint8Array
  /** What doing it leaves behind: `none`, for reads; the same however often it is done, as in a session; or something `each` time. */
  readonly effect: "none" | "once" | "each"
  /** The leader is fastest for most things; `any` server serves a stale read; or a certain `host:port`. */
  readonly target: "leader" | "any" | { readonly endpoint: string }
  readonly deadlineMs: number
  /** The answer, from the body of an `ok` or the word that a key does not exist. May throw `MalformedBytes`. */
  readonly read: (response: Extract<Response, { kind: "ok" | "notFound" }>) => Answered<Answer>
}

export interface Answered<Answer> {
  readonly answer: Answer
  /** What the answer stands for in the log; 0 if it says nothing about that. */
  readonly index: LogIndex
}

export interface Call<Answer = unknown> {
  readonly question: Question<Answer>
  readonly resolve: (answered: Answered<Answer>) => void
  readonly reject: (error: OarlockError) => void
  deadlineTimer: NodeJS.Timeout | null
  /** Waits for the attempt's own limit, or for the next attempt. */
  attemptTimer: NodeJS.Timeout | null
  attempts: number
  /** An earlier attempt may have been done. */
  mayHaveHappened: boolean
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
      readonly mayHaveHappened: boolean
      /** Another server may do better than this one. */
      readonly elsewhere: boolean
      /** Where the answer says that the leader is. */
      readonly leaderEndpoint: string | null
    }
  | { readonly kind: "fail"; readonly error: OarlockError }

/** Rejections that pass by themselves, or at another server. */
const transientReasons: ReadonlySet<Reason> = new Set<Reason>([
  "notLeader",
  "noLeader",
  "overloaded",
  "transferring",
  "lostLeadership",
  "noCommittedEntryInTerm",
  "stopped",
])

/** Those where another server may do better at once. */
const localReasons: ReadonlySet<Reason> = new Set<Reason>(["notLeader", "noLeader", "stopped"])

/** Judges a server's answer. */
export function judge<Answer>(call: Call<Answer>, response: Response, endpoint: string): Verdict<Answer> {
  const { question, mayHaveHappened } = call
  const isRepeatable = question.effect !== "each"
  const fail = (code: ErrorCode, message: string, happened = mayHaveHappened): Verdict<Answer> => ({
    kind: "fail",
    error: new OarlockError(message, { code, outcome: happened ? "unknown" : "rejected", operation: question.operation, endpoint }),
  })
  switch (response.kind) {
    case "ok":
    case "notFound":
      try {
        return { kind: "resolve", answered: question.read(response) }
      } catch (error) {
        return fail(
          "badResponse",
          `the answer makes no sense: ${error instanceof Error ? error.message : String(error)}`,
          question.effect !== "none",
        )
      }
    case "rejected":
    case "overloaded": {
      const { reason, message } = response
      if (!transientReasons.has(reason)) return fail(reason, message)
      const leaderEndpoint = response.leaderAddress === endpoint ? null : response.leaderAddress
      return { kind: "retry", because: message, mayHaveHappened, elsewhere: localReasons.has(reason), leaderEndpoint }
    }
    case "unknown":
      if (!isRepeatable) return fail("outcomeUnknown", response.message, true)
      // It has lost touch with the leader, as a rule.
      return retryUnknown(call, response.message, true)
    case "badRequest":
      return fail("badRequest", response.message)
    case "refused": {
      const reason: Refusal["reason"] | "other" = refusalReasons[response.code] ?? "other"
      return fail(reason, response.message)
    }
    case "update":
      return fail("badResponse", "the server streams what was no subscription", question.effect !== "none")
  }
}

/** Judges an attempt whose connection was lost, or that took too long. */
export function judgeLoss<Answer>(
  call: Call<Answer>,
  code: "connectionLost" | "deadlineExceeded",
  message: string,
  endpoint: string,
): Verdict<Answer> {
  const { question } = call
  if (question.effect !== "each") return retryUnknown(call, message, true)
  return { kind: "fail", error: new OarlockError(message, { code, outcome: "unknown", operation: question.operation, endpoint }) }
}

function retryUnknown<Answer>(call: Call<Answer>, because: string, elsewhere: boolean): Verdict<Answer> {
  const mayHaveHappened = call.mayHaveHappened || call.question.effect === "once"
  return { kind: "retry", because, mayHaveHappened, elsewhere, leaderEndpoint: null }
}
