/**
 * The one error class: `oarlock` and `oarlock/client` export the same, so `instanceof` holds for the errors of nodes and of clients. An error says
 * what went wrong, whether the operation may have been done (dissertation §6.3), and what to do next.
 */

import type { NodeId } from "../core/index.ts"
import type { Reason } from "../wire/client/index.ts"
import type { RefusalReason } from "../wire/kv/index.ts"
import type { FailedOutcome } from "./request-progress.ts"

/** What went wrong. Each code has one meaning in nodes and clients; `docs/errors.md` says what to do about each. */
export type OarlockErrorCode =
  /** Why a server refused the request: see `RejectReason`, and `docs/native-protocol.md`. */
  | Reason
  /** Why the key-value store refused it: a compacted revision, a duplicate key in a transaction … */
  | RefusalReason
  /** An argument of a call has the wrong type or range: the message names the argument. Nothing was done or sent. */
  | "badArgument"
  /** The same for an option of `open` or `connect`. */
  | "badOptions"
  /** There was no answer within `timeoutMs`. */
  | "timeout"
  /** The leadership, or the server that had the request, was lost before the answer: the request may have been done, or may still be. */
  | "unknown"
  /** The client, or the session, was closed. */
  | "closed"
  /** No server could be reached within `timeoutMs`. */
  | "unreachable"
  /** The connection was lost before the answer. */
  | "connectionLost"
  /**
   * The server belongs to another cluster than the servers that answered before. Both clusters have the same token, but each began by itself, with
   * its own first members. Nothing was sent to it.
   */
  | "otherBeginning"
  /** The server does not understand the request: it is older than the client. */
  | "badRequest"
  /** The server's answer cannot be read. */
  | "badResponse"
  /** The state machine's `query` threw (`cause`). */
  | "queryFailed"
  /** From `open`: the state machine threw, or returned a value that its contract forbids, when it was given the contents of the data folder (`cause`). */
  | "machineFailed"
  /** From `open`, as are all that follow: another process has the folder. A node that fails to open leaves nothing open. */
  | "dataFolderInUse"
  /** The folder cannot be made, read, written, synced or locked. */
  | "dataFolderUnusable"
  /** The folder belongs to another cluster, or to another node. */
  | "foreignData"
  /** A newer version of Oarlock wrote the data. */
  | "newerFormat"
  /** The data is damaged: the message names file and place. */
  | "corruptData"
  /** Another program listens at the address. */
  | "addressInUse"
  /** The address is none, or none of this machine. */
  | "badAddress"
  /** The certificate or the key cannot be read, or used. */
  | "badTls"

/** What an `OarlockError` says beside its code and its message; each has a default. */
export interface OarlockErrorOptions {
  /** `rejected` if left out: certainly not done. */
  readonly outcome?: FailedOutcome
  /** The leader, as far as it is known. */
  readonly leader?: NodeId | null
  /** The operation that a client was asked for, such as `put "greeting"`. */
  readonly operation?: string | null
  /** The server that refused or failed, as `host:port`: errors of a client only. */
  readonly endpoint?: string | null
  /** The error that led to this one. */
  readonly cause?: unknown
}

/** Every failure that a node or a client reports. */
export class OarlockError extends Error {
  /** Distinguishes it from other errors where `instanceof` cannot, such as in a log. */
  override readonly name = "OarlockError"
  /** What went wrong. */
  readonly code: OarlockErrorCode
  /** Whether the operation was certainly not done (`rejected`), or may have been done, or may still be (`unknown`): dissertation §6.3. */
  readonly outcome: FailedOutcome
  /** The server to ask instead, where that would help and is known. */
  readonly leader: NodeId | null
  /** What the client was asked for, such as `put "greeting"`; null in errors of a node. */
  readonly operation: string | null
  /** The server that refused or failed, as `host:port`; null in errors of a node, and where no server is to blame. */
  readonly endpoint: string | null

  /** Errors come from nodes and clients; a program makes one only in its tests, to stand for theirs. */
  constructor(code: OarlockErrorCode, message: string, options: OarlockErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.outcome = options.outcome ?? "rejected"
    this.leader = options.leader ?? null
    this.operation = options.operation ?? null
    this.endpoint = options.endpoint ?? null
  }
}
