/**
 * The state of a replica as plain data, for command lines, HTTP and tests. Made when asked for.
 *
 * Moments are on the replica's monotonic clock: an age is the difference to the present moment of that clock.
 */

import type { Configuration, LogIndex, Milliseconds, NodeId, Term } from "../core/index.ts"
import { logBytes } from "../storage/index.ts"
import type { RefusalCode } from "../wire/index.ts"
import { stackOf } from "./machine/machine-calls.ts"
import { explainNoLeader, hasLeft } from "./no-leader.ts"
import type { ReplicaState } from "./replica-state.ts"

/** What a replica knows at one moment. */
export interface ReplicaStatus {
  /** This server. */
  readonly id: NodeId
  /** `halted`: the replica has stopped for good; the other fields are what it knew last. */
  readonly role: "follower" | "preCandidate" | "candidate" | "leader" | "halted"
  /** The latest term that this server has seen (Raft §5.1). */
  readonly term: Term
  /** Whom this server voted for in `term`; null if nobody. */
  readonly votedFor: NodeId | null
  /** The leader of `term`; null if none is known, or if this server halted. */
  readonly leaderId: NodeId | null
  /** While a candidate: the servers that have granted their votes so far, itself included. While a leader: those that elected it. Otherwise empty. */
  readonly votesGranted: readonly NodeId[]
  /** The last entry that this server knows to be committed. */
  readonly commitIndex: LogIndex
  /** The last entry that the state machine has applied. */
  readonly lastApplied: LogIndex
  /** The last entry of the log, committed or not. */
  readonly lastLogIndex: LogIndex
  /** The first entry that the log still has; `lastLogIndex + 1` if it has none. */
  readonly firstLogIndex: LogIndex
  /** The configuration in force: the latest one in the log, committed or not (Raft §6). */
  readonly configuration: Configuration
  /** What a leader knows about the other servers, ascending by id; empty on other servers. */
  readonly peers: readonly PeerStatus[]
  /** The server that this leader is handing leadership to; null if none. */
  readonly transferringTo: NodeId | null
  /** When this server last received a message of a leader (on the leader: now); null if never. */
  readonly lastHeartbeat: Milliseconds | null
  /** When this server will start an election unless a leader is heard before; null for a leader, and for a server that may not. */
  readonly electionDeadline: Milliseconds | null
  /** The last index of the newest durable snapshot; 0 if there is none. */
  readonly snapshotIndex: LogIndex
  /** Bytes of the newest durable snapshot. */
  readonly snapshotBytes: number
  /**
   * - `taking`: a snapshot of this server's own state is being written.
   * - `receiving`: the leader's snapshot is arriving.
   * - `restoring`: the state machine is being replaced by a received snapshot.
   */
  readonly snapshotActivity: "idle" | "taking" | "receiving" | "restoring"
  /** Bytes of the log's files. */
  readonly logBytes: number
  /**
   * The disk under the log.
   *
   * - `full`: writes wait for room and are tried again.
   * - `stalled`: a write has been under way for longer than the largest election timeout.
   * - `failed`: the replica has halted over it.
   */
  readonly disk: "ok" | "full" | "stalled" | "failed"
  /** The cluster's clock as of `lastApplied`, in milliseconds. */
  readonly clusterTimeMs: number
  /** Client sessions that are open, as of `lastApplied`. */
  readonly sessions: number
  /** Proposals of this server's callers without an outcome. */
  readonly pendingProposals: number
  /** Command bytes of those proposals. */
  readonly pendingProposalBytes: number
  /** Reads of this server's callers without an answer. */
  readonly pendingReads: number
  /** The incarnation of the data folder, 16 hexadecimal digits. */
  readonly incarnation: string
  /** How many processes were started on this data folder, this one included. */
  readonly life: number
  /** The cluster's identity, computed from its token and its first members; null on a new server that does not know it yet. */
  readonly genesis: string | null
  /** First members that must still be met before the first election of a new cluster; usually empty. */
  readonly waitsFor: readonly NodeId[]
  /** Whether this server's disk was found to be rolled back to an older state: the server has no vote any more. */
  readonly isRolledBack: boolean
  /** Whether this server has left the cluster for good, as far as it knows. */
  readonly isRemoved: boolean
  /**
   * Why this server knows no leader, and what to do, if no election will change that: it waits for its cluster to begin, or was removed. Null
   * otherwise.
   */
  readonly noLeaderBecause: string | null
  /** Members whose disks were rolled back to an older state, ascending: they have no vote any more. */
  readonly rolledBackPeers: readonly NodeId[]
  /** Servers that refuse the handshake with this one, and why. */
  readonly refusals: readonly { readonly peer: NodeId; readonly code: RefusalCode; readonly message: string }[]
  /** How many commands the state machine has refused by throwing (`onApplyError: "refuse"`) since the cluster began. */
  readonly commandsRefused: number
  /** Why the replica has stopped for good, with the first lines of the stack if the state machine threw; null while it runs. */
  readonly halted: string | null
}

/** What a leader knows of one other server. */
export interface PeerStatus {
  /** The other server. */
  readonly id: NodeId
  /** The last entry that the other server is known to have in common with the leader (Raft Figure 2). */
  readonly matchIndex: LogIndex
  /** The next entry that the leader will send (Raft Figure 2). */
  readonly nextIndex: LogIndex
  /**
   * - `probe`: where the two logs agree is not known yet; one message at a time.
   * - `replicate`: entries are sent without waiting for each answer.
   * - `snapshot`: the log no longer has what the other server needs; it is being sent a snapshot.
   */
  readonly state: "probe" | "replicate" | "snapshot"
  /** Entries of the leader's log above `matchIndex`. */
  readonly lag: number
  /** When the leader last received a message of it in this term; null if never. */
  readonly lastContact: Milliseconds | null
}

export function describeStatus(state: ReplicaState): ReplicaStatus {
  const { raft, applied, proposals, snapshots } = state
  const { role, term, votedFor, leaderId, leaderContactAt, electionDeadline } = raft.state
  const { own, waitsFor, known, refusals } = state.peers
  const { members } = raft.configuration
  const belongs = (peer: NodeId): boolean => members.length === 0 || members.some(({ id }) => id === peer)
  // A halted replica may still be in the state of a leader, long after others were elected.
  const isHalted = state.halted !== null
  const isLeader = role.kind === "leader" && !isHalted
  return {
    id: state.options.raft.id,
    role: isHalted ? "halted" : role.kind,
    term,
    votedFor,
    leaderId: isHalted ? null : leaderId,
    votesGranted: isHalted ? [] : votesOf(state),
    commitIndex: raft.commitIndex,
    lastApplied: applied.lastApplied,
    lastLogIndex: raft.lastIndex,
    firstLogIndex: raft.firstIndex,
    configuration: raft.configuration,
    peers: isHalted ? [] : describePeers(state),
    transferringTo: isLeader ? (role.transfer?.to ?? null) : null,
    lastHeartbeat: isLeader ? state.now : leaderContactAt === -Infinity ? null : leaderContactAt,
    electionDeadline: electionDeadline === Infinity || isHalted ? null : electionDeadline,
    snapshotIndex: snapshots.latest?.meta.lastIndex ?? 0,
    snapshotBytes: snapshots.latest?.sizeBytes ?? 0,
    snapshotActivity: describeSnapshotActivity(state),
    logBytes: logBytes(state.log),
    disk: state.disk.state,
    clusterTimeMs: applied.timeMs,
    sessions: applied.sessions.byId.size,
    pendingProposals: proposals.count,
    pendingProposalBytes: proposals.bytes,
    pendingReads: state.reads.count,
    incarnation: state.options.identity.incarnation,
    life: own.life,
    genesis: own.genesis,
    waitsFor,
    isRolledBack: own.isCondemned,
    isRemoved: hasLeft(state),
    noLeaderBecause: explainNoLeader(state),
    // Servers that have left the cluster are not listed.
    rolledBackPeers: [...known].flatMap(([id, { isCondemned }]) => (isCondemned && belongs(id) ? [id] : [])).sort((a, b) => a - b),
    refusals: [...refusals].flatMap(([peer, refusal]) => (belongs(peer) ? [{ peer, ...refusal }] : [])),
    commandsRefused: applied.refusals.count,
    halted: isHalted ? [state.halted, ...stackOf(state.haltedBy)].join("\n    ") : null,
  }
}

function votesOf(state: ReplicaState): readonly NodeId[] {
  const { role } = state.raft.state
  if (role.kind === "leader") return state.electedBy
  if (role.kind !== "candidate") return []
  return [...role.votes].flatMap(([voter, granted]) => (granted ? [voter] : [])).sort((a, b) => a - b)
}

function describePeers(state: ReplicaState): PeerStatus[] {
  const { role } = state.raft.state
  if (role.kind !== "leader") return []
  const { lastIndex } = state.raft
  const peers = [...role.progress.values()].map(({ id, matchIndex, nextIndex, state: sendState, lastContactAt }) => ({
    id,
    matchIndex,
    nextIndex,
    state: sendState,
    lag: Math.max(0, lastIndex - matchIndex),
    lastContact: lastContactAt === -Infinity ? null : lastContactAt,
  }))
  return peers.sort((a, b) => a.id - b.id)
}

function describeSnapshotActivity(state: ReplicaState): ReplicaStatus["snapshotActivity"] {
  if (state.receiving.restoring !== null) return "restoring"
  if (state.receiving.current !== null) return "receiving"
  return state.taking.frozen === null ? "idle" : "taking"
}
