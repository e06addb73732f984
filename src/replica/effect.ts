/**
 * Everything that a step of a replica asks its shell to do. The shell performs the items of each list in order, and reports a result only where
 * `event.ts` has an event for it.
 */

import type { Message, NodeId, RejectReason } from "../core/index.ts"
import type { DiskRequest } from "../storage/index.ts"
import type { Observation } from "./observation.ts"

/** The three answers that a caller can get to a request; each request gets exactly one (dissertation §6.3). */
export type Outcome =
  /** The request is committed, and applied on this server. `result` is what the state machine returned; for other requests see their event. */
  | { readonly kind: "committed"; readonly id: number; readonly index: number; readonly result: Uint8Array }
  /** The request is certainly not done and never will be: it is safe to try again. `leader`: the server to ask, if known. */
  | {
      readonly kind: "rejected"
      readonly id: number
      readonly reason: RejectReason | SessionRejectReason | MachineRejectReason
      readonly message: string
      readonly leader: NodeId | null
      /** The error that the state machine threw, if it threw on this server for this request. */
      readonly error?: unknown
    }
  /** The request may be committed, now or later, or never. With a session a retry is safe. */
  | { readonly kind: "unknown"; readonly id: number; readonly message: string }

/**
 * Why a command with a session has no result.
 *
 * - `sessionExpired`: the session is not known. An earlier try of the command may have been applied.
 * - `sequenceForgotten`: the sequence number is below what the session has said is answered, or its result was dropped for newer ones.
 */
export type SessionRejectReason = "sessionExpired" | "sequenceForgotten"

/**
 * Why the state machine has no result for a request.
 *
 * - `applyFailed`: the command is committed, and the state machine of every server refused it (`onApplyError: "refuse"`): it changed nothing.
 * - `snapshotFailed`: the state machine threw, or returned no chunk of bytes, when it was asked for a snapshot.
 */
export type MachineRejectReason = "applyFailed" | "snapshotFailed"

/** The answer to one `Read`. */
export type ReadResult =
  /** `index`: the last entry that this server had applied when it answered. */
  | { readonly kind: "answered"; readonly id: number; readonly index: number; readonly answer: unknown }
  /** The state machine's `query` threw `error`. */
  | { readonly kind: "failed"; readonly id: number; readonly message: string; readonly error: unknown }
  /** Not answered; a later try may be. `leader`: the server to ask, if known. */
  | {
      readonly kind: "rejected"
      readonly id: number
      readonly reason: RejectReason
      readonly message: string
      readonly leader: NodeId | null
    }

/** Everything that one step wants done. Made anew by each step. */
export interface Effects {
  /** Disk requests to start, in this order within each lane. */
  readonly disk: DiskRequest[]
  /** Messages to send. They may be lost, duplicated or reordered. `installSnapshot` goes on a connection of its own. */
  messages: Message[]
  /** Answers to proposals, sessions, membership changes, transfers and snapshot requests. */
  readonly outcomes: Outcome[]
  /** Answers to reads. */
  readonly reads: ReadResult[]
  /** Events for logs, metrics and traces; see `observation.ts`. */
  readonly observations: Observation[]
  /**
   * Not null once the replica has stopped for good (failed fsync, corruption, broken invariant, a state machine that threw), with the reason. Perform
   * the other effects of this step, pass no more events, and exit.
   */
  halted: string | null
  /** The error behind `halted`, if there is one, such as what the state machine threw. */
  haltedBy: unknown
}

export function createEffects(): Effects {
  return { disk: [], messages: [], outcomes: [], reads: [], observations: [], halted: null, haltedBy: null }
}
