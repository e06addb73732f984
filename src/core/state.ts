/**
 * One server's state, Figure 2, as plain data: it can be cloned, hashed, compared and rewound.
 *
 * What only a leader has lives on the `Leader` variant of `Role`, so a follower cannot have a `nextIndex`. Nobody outside the core changes
 * anything here.
 */

import { cloneDurability, type Durability } from "./durability.ts"
import type { PeerPromise } from "./evidence.ts"
import type { Witness } from "./invariants/step-invariants.ts"
import { cloneLog, type Log } from "./log/log.ts"
import type { RaftOptions } from "./options.ts"
import { cloneProgress, type Progress } from "./progress/progress.ts"
import type { Configuration, LogIndex, Milliseconds, NodeId, SnapshotMeta, Term } from "./types.ts"

export interface Follower {
  readonly kind: "follower"
}

/** Asks whether it could win before it raises its term (dissertation §9.6). */
export interface PreCandidate {
  readonly kind: "preCandidate"
  readonly votes: Map<NodeId, boolean>
}

export interface Candidate {
  readonly kind: "candidate"
  readonly votes: Map<NodeId, boolean>
}

/** A read that waits for its leader's confirmation: this server's own, or another's. */
export interface PendingRead {
  readonly readId: number
  readonly from: NodeId
}

/** Reads that one round confirms together. */
export interface ReadBatch {
  readonly round: number
  /** The commit index when the round began. */
  readonly readIndex: LogIndex
  readonly reads: readonly PendingRead[]
}

/** A transfer of leadership that is under way (dissertation §3.10). */
export interface Transfer {
  /** The server that is to lead. */
  readonly to: NodeId
  /** When the transfer is given up. */
  readonly deadline: Milliseconds
  /** Whether `TimeoutNow` was sent. */
  sent: boolean
}

/** The state of a leader (Figure 2, "volatile state on leaders"), and what reads and transfers need. */
export interface Leader {
  /** Tells this role from the others. */
  readonly kind: "leader"
  /** Where the no-op of this term stands: once it is committed, reads and membership changes are possible. */
  readonly firstIndex: LogIndex
  /** Every other server that this one replicates to, by id. */
  readonly progress: Map<NodeId, Progress>
  /** When the next heartbeats are sent. */
  heartbeatDueAt: Milliseconds
  /** The latest round of confirmation; every append carries it. */
  round: number
  /** When round `confirmedRound + 1 + i` was first sent. */
  roundsSentAt: Milliseconds[]
  /** The highest round that a quorum has confirmed. The lease counts from `confirmedSentAt`. */
  confirmedRound: number
  /** When that round was sent. */
  confirmedSentAt: Milliseconds
  /** Reads that no round covers yet. */
  readsQueued: PendingRead[]
  /** Reads whose round is on its way. */
  readsConfirming: ReadBatch | null
  /** The transfer of leadership that is under way; null if none. */
  transfer: Transfer | null
  /** A `TimeoutNow` was sent in this term: its target may win at any time, so no lease holds any more. */
  leaseForfeited: boolean
  /** Bytes of commands that are appended but not committed. */
  uncommittedBytes: number
}

/** The role of a server, with what only that role has (Figure 4; dissertation §9.6). */
export type Role = Follower | PreCandidate | Candidate | Leader

/** The whole state of one server's algorithm. */
export interface RaftState {
  /** What was set. */
  readonly options: RaftOptions
  /** The latest term that this server has seen (Figure 2: `currentTerm`). */
  term: Term
  /** The candidate that it voted for in `term`; null if none. */
  votedFor: NodeId | null
  /** Its role, with what only that role has. */
  role: Role
  /** Who leads this term, as far as this server knows. */
  leaderId: NodeId | null
  /** When a leader was last heard from: voters keep quiet for others until an election timeout has passed (dissertation §4.2.3). */
  leaderContactAt: Milliseconds
  /** When the election timer runs out. */
  electionDeadline: Milliseconds
  /** The timeout that was drawn last. */
  electionTimeoutMs: Milliseconds
  /** How often a timeout was drawn: the counter of its randomness. */
  electionTimerCount: number
  /** When the timer was last started. */
  electionTimerSetAt: Milliseconds
  /** The entries since the latest snapshot, and where they begin. */
  log: Log
  /** The last entry that this server knows to be committed (Figure 2). */
  commitIndex: LogIndex
  /** The latest snapshot that is durable. `lastIndex` 0 if there is none. */
  snapshot: SnapshotMeta
  /** Neither votes nor campaigns: its cluster has not begun, or its disk has forgotten what it promised. Decided by the replica (`peers.ts`). */
  isBarred: boolean
  /** What other servers have promised this one in this life, at the latest; see `evidence.ts`. A leader's followers: in its `progress`. */
  promises: Map<NodeId, PeerPromise>
  /** The configurations that the log can fall back to, oldest first; the last one is in force. Never empty. */
  configurations: Configuration[]
  /** What is on disk, and the messages that wait for it. */
  durability: Durability
  /** What the invariants remember from step to step. */
  witness: Witness
}

/** The configuration in force: the latest in the log, committed or not (Raft §6). */
export function configurationOf(state: RaftState): Configuration {
  return state.configurations.at(-1)!
}

export function cloneState(state: RaftState): RaftState {
  return {
    ...state,
    role: cloneRole(state.role),
    log: cloneLog(state.log),
    promises: new Map(state.promises),
    configurations: state.configurations.slice(),
    durability: cloneDurability(state.durability),
    witness: { ...state.witness },
  }
}

function cloneRole(role: Role): Role {
  switch (role.kind) {
    case "follower":
      return role
    case "preCandidate":
    case "candidate":
      return { ...role, votes: new Map(role.votes) }
    case "leader":
      return {
        ...role,
        progress: new Map([...role.progress].map(([id, progress]) => [id, cloneProgress(progress)])),
        roundsSentAt: role.roundsSentAt.slice(),
        readsQueued: role.readsQueued.slice(),
        transfer: role.transfer === null ? null : { ...role.transfer },
      }
    default:
      return role satisfies never
  }
}
