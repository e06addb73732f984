/**
 * Everything that a replica is, as one value: it can be cloned and hashed, and nothing of it lives anywhere else.
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
  /** The log's first request is durable: from here on anything may be promised (see storage's `becameReady`). */
  isReady: boolean
  /** Who led in which term when the last step ended: what changed since is seen by comparing. */
  knownTerm: Term
  knownLeader: NodeId | null
  /** The last term that this server led in this life; 0 if none. */
  ledTerm: Term
  /** Who elected this server, the last time that it was elected. */
  electedBy: readonly NodeId[]
  /** The latest moment that any step was given. */
  now: Milliseconds
  /** More committed entries wait than one step applies. */
  hasMoreToApply: boolean
  readonly idle: Idle
  /** What recovery has to tell, for the first step. */
  recovered: readonly Observation[]
  /** Not null once the replica stopped for good, and why. */
  halted: string | null
  /** The error behind it, where there is one: only told, never gone by. */
  haltedBy: unknown
}

/** An independent copy; structure is shared where it does not change. */
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

/** A hash of everything that decides how the replica goes on. Left out: options, and what is only told (recent events, what recovery found). */
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
    // Its words may hold those of an engine that is not ours.
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

/** A hash of what every server has in common at the same `lastApplied`: state machine, sessions, the cluster's clock, what was refused. */
export function hashReplicatedState(state: ReplicaState): number {
  const { applied } = state
  const machineHash = callHash(applied.machine, applied.lastApplied) ?? 0
  const hash = hashSessions(hashValue(0, [applied.lastApplied, applied.timeMs, machineHash]), applied.sessions)
  return hashRefusals(hash, applied.refusals)
}
