/**
 * The one error class of an embedded node. It says what it happened to, which of the three outcomes it is, and what to do next.
 */

import type { NodeId } from "../../core/index.ts"
import type { RejectReason } from "../../core/index.ts"
import type { MachineRejectReason, SessionRejectReason } from "../../replica/index.ts"
import type { FailedOutcome } from "../../requests/index.ts"

/**
 * - Reject reasons come from the cluster as they are, see `RejectReason`; `sessionExpired` and `sequenceForgotten` from the log.
 * - `timeout`: the caller's own deadline passed. `unknown`: leadership was lost half-way. `stopped`: this node was closed, or halted.
 * - `queryFailed`: the state machine's `query` threw (`cause`).
 * - `badArgument`: a call was given what it cannot mean; the message names the argument. Nothing was done or sent.
 * - `applyFailed`: its `apply` threw (`cause`, on the server that proposed it), and nodes are open with `onApplyError: "refuse"`. The command is in
 *   the log and changed nothing on any server: the outcome is `rejected`, and the same command would be refused again.
 * - `snapshotFailed`: its `clone` or `snapshot` threw, or gave what is no bytes. The node goes on without the snapshot.
 * - `machineFailed`: from `open`: the state machine threw, or returned what it must not, over what the data folder holds (`cause`).
 * - `badOptions`, `dataFolderInUse`, `dataFolderUnusable`, `foreignData`, `newerFormat`, `corruptData`, `addressInUse`, `badAddress`,
 *   `badTls`: `open` could not; nothing was left open.
 */
export type OarlockErrorCode =
  | RejectReason
  | SessionRejectReason
  | MachineRejectReason
  | "timeout"
  | "unknown"
  | "queryFailed"
  | "badArgument"
  | "machineFailed"
  | "badOptions"
  | "dataFolderInUse"
  | "dataFolderUnusable"
  | "foreignData"
  | "newerFormat"
  | "corruptData"
  | "addressInUse"
  | "badAddress"
  | "badTls"

export type { FailedOutcome }

export interface OarlockErrorOptions {
  readonly outcome?: FailedOutcome
  /** Who leads, as far as this node knows. */
  readonly leader?: NodeId | null
  readonly cause?: unknown
}

export class OarlockError extends Error {
  readonly code: OarlockErrorCode
  readonly outcome: FailedOutcome
  /** Who to ask instead, where that would help and is known. */
  readonly leader: NodeId | null

  constructor(code: OarlockErrorCode, message: string, options: OarlockErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = "OarlockError"
    this.code = code
    this.outcome = options.outcome ?? "rejected"
    this.leader = options.leader ?? null
  }
}
