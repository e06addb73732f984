/** What a server's algorithm knows at one moment, copied out as plain data: what a reader of the paper would write beside its lane. */

import type { Configuration, LogIndex, LogPosition, NodeId, ProgressState, Raft, Term } from "../../core/index.ts"
import type { ReplicaFace } from "../state/simulated-node.ts"

export type RoleName = "follower" | "preCandidate" | "candidate" | "leader"

export interface NodeState {
  readonly id: NodeId
  /** Its own clock, in milliseconds; so are all times here. */
  readonly now: number
  readonly role: RoleName
  readonly term: Term
  readonly votedFor: NodeId | null
  /** Who leads this term, as far as it knows. */
  readonly leader: NodeId | null
  /** Who granted and who refused it a vote, or would; empty for leaders and followers. */
  readonly votes: readonly NodeId[]
  readonly refusals: readonly NodeId[]
  /** The position before the first entry that it holds, and the last entry. */
  readonly base: LogPosition
  readonly last: LogPosition
  /** Entries up to here are on its disk. */
  readonly persistedIndex: LogIndex
  readonly commitIndex: LogIndex
  readonly appliedIndex: LogIndex
  readonly configuration: Configuration
  /** When it campaigns unless it hears from a leader; infinite for a leader. */
  readonly electionDeadline: number
  readonly electionTimeoutMs: number
  readonly leaderContactAt: number
  /** Whether it keeps out of elections while it hears from a leader (PreVote and CheckQuorum). */
  readonly isLoyalTo: "nobody" | "leader"
  /** A leader's view of the others; empty for the rest. */
  readonly followers: readonly FollowerState[]
}

export interface FollowerState {
  readonly id: NodeId
  readonly state: ProgressState
  readonly matchIndex: LogIndex
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
    isLoyalTo: hasRecentLeader ? "leader" : "nobody",
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
