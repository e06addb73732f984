/**
 * The inputs of a replica. A replica is a synchronous state machine: events in, effects out (see `effect.ts`).
 *
 * Ids in events are chosen by the caller: numbers that it has not used before in this life of the replica. Each is answered once.
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
  /** The read waits until this index is applied. With it, reads of a client that moves between servers never go back in time. 0 for no minimum. */
  readonly minimumIndex: number
  /**
   * Identifies the caller, such as the number of a connection: if a step cannot answer all reads, callers take turns. Reads without it are one
   * caller.
   */
  readonly caller?: number
}

/** One input of a replica. `id` fields are the caller's and come back in the outcome or result. */
export type ReplicaEvent =
  /** Only time has passed. Due when `now` reaches `Replica.deadline`; harmless at any other moment. */
  | { readonly kind: "wake" }
  /** A message from another server has arrived. */
  | { readonly kind: "message"; readonly message: Message }
  /** A disk request of an earlier step is done, or has failed. */
  | { readonly kind: "disk"; readonly completion: DiskCompletion }
  /** Commands for the log. On a follower they are forwarded to the leader. */
  | { readonly kind: "propose"; readonly proposals: readonly Proposal[] }
  /** Queries for the state machine. */
  | { readonly kind: "read"; readonly reads: readonly Read[] }
  /** Opens a session. Answered by a committed outcome whose result holds the new session's id (8 bytes, big endian). */
  | { readonly kind: "openSession"; readonly id: number }
  /** Ends a session. Answered by a committed outcome with an empty result. */
  | { readonly kind: "closeSession"; readonly id: number; readonly sessionId: number }
  /** Keeps a session from expiring while its client sends no commands. */
  | { readonly kind: "keepSession"; readonly id: number; readonly sessionId: number }
  /** Changes the members. `version`: the index of the configuration that the change is based on; null for any. Refused if another one is in force. */
  | {
      readonly kind: "changeMembership"
      readonly id: number
      readonly changes: readonly MembershipChange[]
      readonly version: number | null
    }
  /** Hands leadership over. `to` null: to the follower that has the most of the leader's log. */
  | { readonly kind: "transferLeadership"; readonly id: number; readonly to: NodeId | null }
  /** Takes a snapshot now, whatever the policy says. Answered by a committed outcome with the index that the snapshot covers. */
  | { readonly kind: "takeSnapshot"; readonly id: number }
  /** The callers of these requests stop waiting: each that is pending is answered at once, as `unknown`; reads as `stopped`. */
  | { readonly kind: "cancel"; readonly ids: readonly number[] }
  /** The shell lost, or could not open, a connection to `peer`. Safety does not depend on it. */
  | { readonly kind: "unreachable"; readonly peer: NodeId }
  /**
   * Another server has introduced itself in the handshake of a connection. `welcomedUs`: true if that server accepted this one, false if that server
   * opened the connection. Passed whether or not `judgePeer` refused it.
   */
  | { readonly kind: "introduced"; readonly peer: NodeId; readonly introduction: Introduction; readonly welcomedUs: boolean }
  /** Another server has refused the handshake with this one. */
  | { readonly kind: "refusedBy"; readonly peer: NodeId; readonly refusal: PeerRefusal }
  /** The monotonic clock stood still, or the wall clock was set: the two came apart by `forMs` (`clock-comparison.ts`). All leases end. */
  | { readonly kind: "paused"; readonly forMs: Milliseconds }
