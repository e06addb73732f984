/** What a server's algorithm knows at one moment, copied out as plain data: what a reader of the paper would write beside its lane. */

import type { Configuration, LogIndex, LogPosition, NodeId, ProgressState, Raft, Term } from "../../core/index.ts"
import type { ReplicaFace } from "../state/simulated-node.ts"

/** The roles of Raft Figure 4. A `preCandidate` asks whether it would be elected before it begins a term (PreVote, dissertation §9.6). */
export type RoleName = "follower" | "preCandidate" | "candidate" | "leader"

/** What the algorithm of a server knows at one moment, as plain data. Times are in milliseconds of the server's own clock. */
export interface NodeState {
  /** The server's id. */
  readonly id: NodeId
  /** What its clock showed when it last moved. */
  readonly now: number
  /** Its role in this term. */
  readonly role: RoleName
  /** Its current term. */
  readonly term: Term
  /** The server that it voted for in this term; null for none. */
  readonly votedFor: NodeId | null
  /** The leader of this term, as far as it knows; null if it knows none. */
  readonly leader: NodeId | null
  /** Who granted it a vote or a pre-vote in this campaign; empty for leaders and followers. */
  readonly votes: readonly NodeId[]
  /** Who refused it one; empty for leaders and followers. */
  readonly refusals: readonly NodeId[]
  /** The position before the first entry that it holds. */
  readonly base: LogPosition
  /** The position of its last entry; `base` if it holds none. */
  readonly last: LogPosition
  /** Entries up to here are on its disk. */
  readonly persistedIndex: LogIndex
  /** The highest index that it knows to be committed. */
  readonly commitIndex: LogIndex
  /** The highest index that its state machine has applied. */
  readonly appliedIndex: LogIndex
  /** The latest configuration in its log, committed or not (Raft §6). */
  readonly configuration: Configuration
  /** When it campaigns unless it hears from a leader; infinite for a leader. */
  readonly electionDeadline: number
  /** The election timeout that it has drawn, in milliseconds (Raft §5.2). */
  readonly electionTimeoutMs: number
  /** When it last heard from a leader, for PreVote and CheckQuorum; negative infinity if no leader keeps it from voting. */
  readonly leaderContactAt: number
  /** Whether it keeps out of elections while it hears from a leader (PreVote and CheckQuorum). */
  readonly hasRecentLeader: boolean
  /** A leader's view of the others; empty for the rest. */
  readonly followers: readonly FollowerState[]
}

/** What a leader knows of one other server (Raft Figure 2, volatile state on leaders). */
export interface FollowerState {
  /** The other server's id. */
  readonly id: NodeId
  /** How the leader sends to it: it probes for the point where the logs agree, replicates in a pipeline, or sends a snapshot. */
  readonly state: ProgressState
  /** The highest index that is known to be on its disk and equal to the leader's. */
  readonly matchIndex: LogIndex
  /** The index of the next entry to send to it. */
  readonly nextIndex: LogIndex
}

export function nodeStateOf({ raft, lastApplied }: ReplicaFace, now: number): NodeState {
  const { state } = raft
  const { role, options, term, votedFor, leaderId, leaderContactAt, electionDeadline, electionTimeoutMs, log } = state
  const votes = role.kind === "candidate" || role.kind === "preCandidate" ? [...role.votes] : []
  const hasRecentLeader = options.preVote && (role.kind === "leader" || now - leaderContactAt < options.electionTimeoutMinMs)
  return {
    id: options.id,
    now,
    role: role.kind,
    term,
    votedFor,
    leader: leaderId,
    votes: votes.filter(([, granted]) => granted).map(([id]) => id),
    refusals: votes.filter(([, granted]) => !granted).map(([id]) => id),
    base: log.base,
    last: { index: raft.lastIndex, term: termAt(raft, raft.lastIndex) ?? 0 },
    persistedIndex: state.durability.persistedIndex,
    commitIndex: raft.commitIndex,
    appliedIndex: lastApplied,
    configuration: raft.configuration,
    electionDeadline,
    electionTimeoutMs,
    leaderContactAt,
    hasRecentLeader,
    followers:
      role.kind === "leader"
        ? [...role.progress.values()].map(({ id, state: how, matchIndex, nextIndex }) => ({ id, state: how, matchIndex, nextIndex }))
        : [],
  }
}

/** The term of the entry at `index`, or null where the log does not know it. */
export function termAt(raft: Raft, index: LogIndex): Term | null {
  const { base } = raft.state.log
  if (index === base.index) return base.term
  return index < base.index || index > raft.lastIndex ? null : raft.entry(index).term
}
