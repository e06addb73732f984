/**
 * The one error of this client: what went wrong, to which operation, and which of the outcomes that leaves (dissertation §6.3).
 */

import type { FailedOutcome } from "../requests/index.ts"
import type { Reason } from "../wire/client/index.ts"
import type { RefusalReason } from "../wire/kv/index.ts"

export type { FailedOutcome }

export type ErrorCode =
  /** A server's reason: see `docs/native-protocol.md`. */
  | Reason
  /** The store's: a compacted revision, a duplicate key in a transaction … */
  | RefusalReason
  /** A call was given what it cannot mean: the message names the argument. Nothing was sent. */
  | "badArgument"
  /** The same of `connect`. */
  | "badOptions"
  /** No answer in time. */
  | "deadlineExceeded"
  /**
   * The server belongs to another cluster than those that answered before: one with the same token that began by itself, with other first members.
   * Nothing was sent to it.
   */
  | "otherBeginning"
  /** No server could be reached in time. */
  | "unreachable"
  /** The connection was lost before the answer. */
  | "connectionLost"
  /** A server said that nobody can tell what became of it. */
  | "outcomeUnknown"
  /** The server does not understand the request. */
  | "badRequest"
  /** The server's answer makes no sense. */
  | "badResponse"
  /** The client or the session was closed. */
  | "closed"

export interface ErrorDetails {
  readonly code: ErrorCode
  readonly outcome: FailedOutcome
  /** What was asked for, as `put "greeting"`. */
  readonly operation: string
  /** The server that said so, if one did. */
  readonly endpoint: string | null
}

export class OarlockError extends Error implements ErrorDetails {
  override readonly name = "OarlockError"
  readonly code: ErrorCode
  readonly outcome: FailedOutcome
  readonly operation: string
  readonly endpoint: string | null

  constructor(message: string, details: ErrorDetails) {
    const from = details.endpoint === null ? "" : ` (${details.endpoint})`
    const consequence = details.outcome === "unknown" ? "; whether it happened is unknown" : ""
    super(`${details.operation}: ${message}${from}${consequence}`)
    this.code = details.code
    this.outcome = details.outcome
    this.operation = details.operation
    this.endpoint = details.endpoint
  }
}
