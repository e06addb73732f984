/**
 * The whole state of a replica as one value, which can be cloned and hashed. The replica has no state outside it.
 */

import { hashValue, type Milliseconds, type NodeId, type Raft, type Term } from "../core/index.ts"
import { cloneLogStore, cloneSnapshotStore, hashLogStore, hashSnapshotStore, type LogStore, type SnapshotStore } from "../storage/index.ts"
import { cloneApplied, type Applied } from "./apply.ts"
import type { DiskHealth } from "./disk-health.ts"
import type { ClusterClock } from "./machine/cluster-clock.ts"
import { callHash } from "./machine/machine-calls.ts"
import { hashRefusals } from "./machine/refusals.ts"
import { hashSessions } from "./machine/sessions.ts"
import type { Verifying } from "./machine/verify.ts"
import { cloneRequests, type Requests } from "./membership.ts"
import type { Observation } from "./observation.ts"
import type { ReplicaOptions } from "./options/options.ts"
import { clonePeers, type Peers } from "./peers.ts"
import { cloneRecentEvents, type RecentEvents } from "./recent-events.ts"
import { cloneForwardFilter, type ForwardFilter } from "./requests/forward-filter.ts"
import { cloneForwarding, describeForwarding, type Forwarding } from "./requests/forwarding.ts"
import { cloneProposals, hashProposals, type Proposals } from "./requests/proposals.ts"
import { describeTurns } from "./requests/read-turns.ts"
import { cloneReads, type Reads } from "./requests/reads.ts"
import { cloneSnapshotReceiving, type SnapshotReceiving } from "./snapshots/snapshot-receiving.ts"
import { cloneSnapshotSending, type SnapshotSending } from "./snapshots/snapshot-sending.ts"
import { cloneSnapshotTaking, type SnapshotTaking } from "./snapshots/snapshot-taking.ts"
import type { Idle } from "./standstill.ts"

export interface ReplicaState {
  readonly options: ReplicaOptions
  readonly raft: Raft
  readonly log: LogStore
  readonly snapshots: SnapshotStore
  readonly applied: Applied
  readonly clock: ClusterClock
  readonly proposals: Proposals
  readonly forwards: ForwardFilter
  readonly forwarding: Forwarding
  readonly reads: Reads
  readonly requests: Requests
  readonly taking: SnapshotTaking
  readonly sending: SnapshotSending
  readonly receiving: SnapshotReceiving
  readonly disk: DiskHealth
  readonly peers: Peers
  readonly recent: RecentEvents
  readonly verifying: Verifying
  /** The log's first request is durable: from then on votes and acknowledgements may leave (see storage's `becameReady`). */
  isReady: boolean
  /** The term when the leader was last looked at; compared with the present one to notice a change. */
  knownTerm: Term
  /** The leader of `knownTerm` at that time. */
  knownLeader: NodeId | null
  /** The last term that this server led in this life; 0 if none. */
  ledTerm: Term
  /** The voters that elected this server when it last became leader. */
  electedBy: readonly NodeId[]
  /** The latest moment that was passed to a step. */
  now: Milliseconds
  /** The last step left committed entries that it did not apply. */
  hasMoreToApply: boolean
  readonly idle: Idle
  /** Observations of the recovery, for the first step. */
  recovered: readonly Observation[]
  /** Why the replica has stopped for good; null while it runs. */
  halted: string | null
  /** The error behind `halted`, if there is one: reported only, no decision depends on it. */
  haltedBy: unknown
}

/** An independent copy that shares what never changes. */
export function cloneReplicaState(state: ReplicaState): ReplicaState {
  const applied = cloneApplied(state.applied)
  return {
    ...state,
    raft: state.raft.clone(),
    log: cloneLogStore(state.log),
    snapshots: cloneSnapshotStore(state.snapshots),
    applied,
    clock: { ...state.clock },
    proposals: cloneProposals(state.proposals),
    forwards: cloneForwardFilter(state.forwards),
    forwarding: cloneForwarding(state.forwarding),
    reads: cloneReads(state.reads),
    requests: cloneRequests(state.requests),
    taking: cloneSnapshotTaking(state.taking),
    sending: cloneSnapshotSending(state.sending),
    receiving: cloneSnapshotReceiving(state.receiving, applied.machine),
    disk: { ...state.disk },
    peers: clonePeers(state.peers),
    recent: cloneRecentEvents(state.recent),
    verifying: { ...state.verifying },
    idle: { ...state.idle },
  }
}

/**
 * A hash of everything that later decisions depend on. Without options, and without what is only reported (recent events, findings of the
 * recovery).
 */
export function hashReplicaState(state: ReplicaState): number {
  const { applied, clock, reads, requests, taking, sending, receiving, disk } = state
  let hash = hashValue(0, [
    state.raft.hash(),
    hashLogStore(state.log),
    hashSnapshotStore(state.snapshots),
    hashReplicatedState(state),
    applied.bytes,
    clock,
    state.forwards,
    describeForwarding(state.forwarding),
    requests,
    disk,
    state.peers,
    state.isReady,
    // Only whether: the text may contain an error message of the JavaScript engine, which differs between engines.
    state.halted === null ? null : true,
    state.knownTerm,
    state.knownLeader,
    state.ledTerm,
    sending,
    reads.askedCount,
    reads.count,
    reads.asked.map((batch) => [batch.readId, batch.askedAt, batch.askedTo, batch.reads.map((read) => read.id)]),
    [...reads.confirmed.map((batch) => [batch.index, batch.reads.map((read) => read.id)]), ...describeTurns(reads.turns)],
    taking.bytesAtLast,
    taking.isFirst,
    taking.requests,
    taking.answering,
    taking.marks,
    receiving.current,
    receiving.owed,
    receiving.unwrittenBytes,
    receiving.restoring?.meta.lastIndex ?? null,
  ])
  if (state.verifying.comparisons.length > 0) hash = hashValue(hash, state.verifying)
  if (taking.frozen !== null) {
    const { meta, written, nextAt, isComplete } = taking.frozen
    hash = hashValue(hash, [meta.lastIndex, written, nextAt, isComplete])
  }
  if (state.idle.wakes > 0) hash = hashValue(hash, state.idle.wakes)
  return hashProposals(hash, state.proposals)
}

/** A hash of the replicated state, equal on every server at the same `lastApplied`: state machine, sessions, the cluster's clock, refused commands. */
export function hashReplicatedState(state: ReplicaState): number {
  const { applied } = state
  const machineHash = callHash(applied.machine, applied.lastApplied) ?? 0
  const hash = hashSessions(hashValue(0, [applied.lastApplied, applied.timeMs, machineHash]), applied.sessions)
  return hashRefusals(hash, applied.refusals)
}
