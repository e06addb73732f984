/**
 * Everything that can happen to a replica. A replica is a synchronous state machine: events in, effects out (see `effect.ts`).
 *
 * Ids in events are the caller's to choose: numbers that it has not used before in this life of the replica. Each is answered once.
 */

import type { MembershipChange, Message, Milliseconds, NodeId } from "../core/index.ts"
import type { DiskCompletion } from "../storage/index.ts"
import type { ReadConsistency, SessionToken } from "../wire/client/index.ts"
import type { Introduction, PeerRefusal } from "../wire/index.ts"

export type { ReadConsistency, SessionToken }

/** A command that a caller of this server wants in the log. Answered by one `Outcome`. */
export interface Proposal {
  /** The caller's number for it, which its outcome repeats. */
  readonly id: number
  /** Passed to `StateMachine.apply` as it is. Must not change before the outcome. At most `RaftOptions.proposalBytesMax` bytes, envelope included. */
  readonly command: Uint8Array
  /** With a session, a repetition of the command is applied at most once (dissertation §6.3). Null: without a session. */
  readonly session: SessionToken | null
}

/** A query that a caller of this server wants answered. Answered by one `ReadResult`. */
export interface Read {
  /** The caller's number for it, which its result repeats. */
  readonly id: number
  /** Passed to `StateMachine.query` as it is. */
  readonly query: unknown
  /** What the answer must reflect. */
  readonly consistency: ReadConsistency
  /** Do not answer before this index is applied: how one client's reads never go back in time when it moves between servers. 0 for no such wish. */
  readonly minimumIndex: number
  /** Who asks, such as the number of a connection: where a step cannot answer all, callers take turns. Those without a number count as one. */
  readonly caller?: number
}

/** One input of a replica. `id` fields are the caller's and come back in the outcome or result. */
export type ReplicaEvent =
  /** Nothing but time has passed. Due when `now` reaches the published deadline; harmless at any other moment. */
  | { readonly kind: "wake" }
  /** A message from another server has arrived. */
  | { readonly kind: "message"; readonly message: Message }
  /** A disk request of an earlier step is done, or has failed. */
  | { readonly kind: "disk"; readonly completion: DiskCompletion }
  /** Commands for the log. On a follower they are forwarded to the leader. */
  | { readonly kind: "propose"; readonly proposals: readonly Proposal[] }
  /** Queries for the state machine. */
  | { readonly kind: "read"; readonly reads: readonly Read[] }
  /** Answered by a committed outcome whose result holds the new session's id (8 bytes, big endian). */
  | { readonly kind: "openSession"; readonly id: number }
  /** Ends a session. Answered by a committed outcome with an empty result. */
  | { readonly kind: "closeSession"; readonly id: number; readonly sessionId: number }
  /** Keeps a session alive that has nothing to say. */
  | { readonly kind: "keepSession"; readonly id: number; readonly sessionId: number }
  /** `version` is the index of the configuration that the change was made for; null means whichever is in force. */
  | {
      readonly kind: "changeMembership"
      readonly id: number
      readonly changes: readonly MembershipChange[]
      readonly version: number | null
    }
  /** `to` null means the follower that is furthest along. */
  | { readonly kind: "transferLeadership"; readonly id: number; readonly to: NodeId | null }
  /** Take a snapshot now, whatever the policy says. Answered with the index it covers. */
  | { readonly kind: "takeSnapshot"; readonly id: number }
  /** Give up waiting: answered `unknown` at once if it is still pending (the caller's deadline passed). */
  | { readonly kind: "cancel"; readonly ids: readonly number[] }
  /** The shell lost, or could not make, a connection to this server. A hint: nothing depends on it for safety. */
  | { readonly kind: "unreachable"; readonly peer: NodeId }
  /**
   * A server has said who it is, in the handshake of a connection: `welcomedUs` if it accepted this one, false if it called. To be told whatever
   * `judgePeer` said about it.
   */
  | { readonly kind: "introduced"; readonly peer: NodeId; readonly introduction: Introduction; readonly welcomedUs: boolean }
  /** A server would not shake hands with this one. */
  | { readonly kind: "refusedBy"; readonly peer: NodeId; readonly refusal: PeerRefusal }
  /** Time stood still here, or the wall clock was set: the two clocks came apart by so much (`clock-comparison.ts`). No lease holds any more. */
  | { readonly kind: "paused"; readonly forMs: Milliseconds }
