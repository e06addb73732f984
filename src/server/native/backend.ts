/**
 * What the native protocol needs from a node: requests with their answers, and a view of the cluster.
 *
 * Made for the hot path. An answer comes back through a `Receiver` and a `tag` (a slot in the connection's table), so that a request needs no
 * promise, no closure and no entry of a map. A node calls the receiver from inside its own turn, and the connection gathers everything of that
 * turn into one write to the socket. `node-backend.ts` serves an embedded node; tests have a fake.
 */

import type { LogIndex, MembershipChange, NodeId, RejectReason } from "../../core/index.ts"
import type { MachineRejectReason, ReadConsistency, SessionRejectReason, SessionToken } from "../../replica/index.ts"
import type { LeaderState, ServerStatus } from "../../wire/client/index.ts"

/** Takes answers: one for each tag, at any time. */
export interface BackendReceiver {
  /** A command, session or administrative request took effect. `result` is only valid during the call. */
  onCommitted(tag: number, index: LogIndex, result: Uint8Array): void
  /** A read was answered. `index` is what the node had applied. */
  onAnswered(tag: number, index: LogIndex, answer: unknown): void
  /** Certainly not done; safe to try again. `leader` is who to ask, if known. */
  onRejected(tag: number, reason: RejectReason | SessionRejectReason | MachineRejectReason, message: string, leader: NodeId | null): void
  /** May or may not have happened, or still may. */
  onUnknown(tag: number, message: string): void
  /** The state machine threw at a read, which the key-value store does only over a mistake of its own: it refuses by an answer. */
  onFailed(tag: number, message: string): void
}

/** Names a request that was handed over, for `cancel`. */
export type RequestHandle = number

/** The requests that a replica answers. Each calls its receiver exactly once, after the method has returned. */
export interface BackendRequests {
  /** Replicates a command of the key-value store. `command` is never changed afterwards, so it may be kept without copying. */
  submit(command: Uint8Array, session: SessionToken | null, receiver: BackendReceiver, tag: number): RequestHandle
  /**
   * Asks the state machine. `minimumIndex`: answer from no older state than this one; 0 for any. `caller` is the connection's number: where there
   * is more to answer than fits into one turn, connections take turns.
   */
  read(
    query: unknown,
    consistency: ReadConsistency,
    minimumIndex: LogIndex,
    receiver: BackendReceiver,
    tag: number,
    caller: number,
  ): RequestHandle
  /** Committed with the new session's id, 8 bytes big endian. */
  openSession(receiver: BackendReceiver, tag: number): RequestHandle
  keepSession(sessionId: number, receiver: BackendReceiver, tag: number): RequestHandle
  closeSession(sessionId: number, receiver: BackendReceiver, tag: number): RequestHandle
  /** Answered once the last step of the change is committed. */
  changeMembership(changes: readonly MembershipChange[], version: LogIndex | null, receiver: BackendReceiver, tag: number): RequestHandle
  /** `to` null: the follower that is furthest along. */
  transferLeadership(to: NodeId | null, receiver: BackendReceiver, tag: number): RequestHandle
  /** Committed with the index that the snapshot covers. */
  takeSnapshot(receiver: BackendReceiver, tag: number): RequestHandle
  /** Stops waiting: the receiver gets `unknown` soon if the request has no answer yet; otherwise nothing happens. */
  cancel(handle: RequestHandle): void
}

export interface NativeBackend {
  readonly requests: BackendRequests
  /** How long the cluster keeps a session that sends nothing, in milliseconds. */
  readonly sessionTimeToLiveMs: number
  status(): ServerStatus
  /** The leader, the term and the members, as this node knows them. */
  leaderState(): LeaderState
  /** Calls `listener` after every change of `leaderState`, until the returned function is called. */
  onLeaderChange(listener: () => void): () => void
  /** Where clients reach this node, for redirects; null if unknown. */
  clientAddressOf(node: NodeId): string | null
}
