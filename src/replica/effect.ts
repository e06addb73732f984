/**
 * Everything that a replica can want done. The shell performs effects in the order of the lists here, any way it likes, and reports back
 * only where `event.ts` has an event for it.
 */

import type { Message, NodeId, RejectReason } from "../core/index.ts"
import type { DiskRequest } from "../storage/index.ts"
import type { Observation } from "./observation.ts"

/** The three things a caller can learn, never fewer (dissertation §6.3). */
export type Outcome =
  /** In the log for good, and applied here. `result` is what the state machine returned; for other requests see their event. */
  | { readonly kind: "committed"; readonly id: number; readonly index: number; readonly result: Uint8Array }
  /** Certainly not done, and never will be: safe to try again. `leader` is who to ask, if known. */
  | {
      readonly kind: "rejected"
      readonly id: number
      readonly reason: RejectReason | SessionRejectReason | MachineRejectReason
      readonly message: string
      readonly leader: NodeId | null
      /** What the state machine threw, where this server saw it throw. */
      readonly error?: unknown
    }
  /** May or may not be in the log, now or later. With a session a retry is safe. */
  | { readonly kind: "unknown"; readonly id: number; readonly message: string }

/**
 * Why a command with a session has no result.
 *
 * - `sessionExpired`: the session is not known. An earlier try of the command may have been applied.
 * - `sequenceForgotten`: the sequence number is below what the session has said is answered, or its result was dropped for newer ones.
 */
export type SessionRejectReason = "sessionExpired" | "sequenceForgotten"

/**
 * - `applyFailed`: the command is in the log for good, and the state machine of every server refused it: it changed nothing, and never will.
 * - `snapshotFailed`: the state machine could not be asked for its state.
 */
export type MachineRejectReason = "applyFailed" | "snapshotFailed"

/** The answer to one `Read`. */
export type ReadResult =
  /** `index`: what this server had applied when it answered. */
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
  /** To start, in this order per lane. */
  readonly disk: DiskRequest[]
  /** To send; loss is allowed, a copy is allowed, any order is allowed. `installSnapshot` goes on a connection of its own. */
  messages: Message[]
  /** Answers to proposals, sessions, membership changes, transfers and snapshot requests. */
  readonly outcomes: Outcome[]
  /** Answers to reads. */
  readonly reads: ReadResult[]
  /** What a person would want to hear about; see `observation.ts`. */
  readonly observations: Observation[]
  /**
   * Not null once the replica stopped for good (failed fsync, corruption, broken invariant, a state machine that threw): perform what stands
   * beside it, if anything does, and nothing more after it; feed nothing more; exit.
   */
  halted: string | null
  /** The error behind `halted`, where there is one: what the state machine threw. */
  haltedBy: unknown
}

export function createEffects(): Effects {
  return { disk: [], messages: [], outcomes: [], reads: [], observations: [], halted: null, haltedBy: null }
}
