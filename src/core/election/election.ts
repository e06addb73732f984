/**
 * Elections: who campaigns, who votes for whom (Raft §5.2, §5.4.1), and the question asked before (dissertation §9.6).
 *
 * PreVote and CheckQuorum are one option. With it, a voter that heard from a leader keeps to it for the smallest election timeout: it
 * refuses pre-votes and ignores vote requests (dissertation §4.2.3), unless a leadership transfer forces the election.
 */

import { drawElectionTimer, resetElectionTimer } from "../election-timer.ts"
import { noteVote } from "../evidence.ts"
import { isUpToDate, lastIndexOf, lastTermOf } from "../log/log.ts"
import type { PreVote, PreVoteReply, RequestVote, RequestVoteReply } from "../message.ts"
import { sendAfterPersist, sendAfterVote, type Ready } from "../outbox.ts"
import { quorumVote } from "../quorum/quorum.ts"
import { configurationOf, type RaftState } from "../state.ts"
import type { Milliseconds, NodeId } from "../types.ts"
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate, canCampaign } from "./roles.ts"

/** The election timer ran out: ask around first, if the option is on; otherwise campaign. */
export function onElectionTimeout(state: RaftState, out: Ready, now: Milliseconds): void {
  if (!canCampaign(state)) {
    state.leaderId = null
    drawElectionTimer(state, now)
    return
  }
  const because = `heard from no leader for ${Math.round(now - state.electionTimerSetAt)} ms`
  if (state.options.preVote) startPreVote(state, out, now, because)
  else startElection(state, out, now, because, false)
}

/** Ask every voter whether it would vote. Raises no term, promises nothing, so nothing waits for the disk. */
function startPreVote(state: RaftState, out: Ready, now: Milliseconds, because: string): void {
  becomePreCandidate(state, out, now, because)
  const { term, log } = state
  for (const to of otherVoters(state)) {
    const from = state.options.id
    out.messages.push({ kind: "preVote", from, to, term: term + 1, lastLogIndex: lastIndexOf(log), lastLogTerm: lastTermOf(log) })
  }
  countPreVotes(state, out, now)
}

/**
 * Campaign in a new term (Raft §5.2).
 *
 * The requests wait for the disk too: a candidate that forgot its unsynced log in a crash could otherwise campaign again in the same term and
 * count the grants that its longer log had earned.
 */
export function startElection(state: RaftState, out: Ready, now: Milliseconds, because: string, force: boolean): void {
  becomeCandidate(state, out, now, because)
  const { term, log } = state
  const from = state.options.id
  for (const to of otherVoters(state)) {
    sendAfterPersist(state, out, {
      kind: "requestVote",
      from,
      to,
      term,
      lastLogIndex: lastIndexOf(log),
      lastLogTerm: lastTermOf(log),
      force,
    })
  }
  // Its own vote is a promise like any other: it arrives here by the same way, once it is on disk.
  sendAfterPersist(state, out, { kind: "requestVoteReply", from, to: from, term, granted: true })
}

/** Would this server vote for the sender? A grant echoes the asked term, a refusal carries this server's own term (dissertation §9.6). */
export function onPreVote(state: RaftState, out: Ready, message: PreVote, now: Milliseconds): void {
  const upToDate = isUpToDate(state.log, message.lastLogIndex, message.lastLogTerm)
  const granted =
    mayVote(state) && message.term > state.term && !hasRecentLeader(state, now) && upToDate && !winsPreVoteTie(state, message, now)
  const term = granted ? message.term : state.term
  sendAfterVote(state, out, { kind: "preVoteReply", from: state.options.id, to: message.from, term, granted })
}

/**
 * Of two that ask around at the same moment, the one with the better log goes first, then the one with the higher id: they would grant each other
 * the election and then split the vote. Only for as long as a question and its answer may cross: a server that cannot win must not stand in
 * anybody's way for longer.
 */
function winsPreVoteTie(state: RaftState, rival: PreVote, now: Milliseconds): boolean {
  const { role, log, options } = state
  const hasJustAsked = role.kind === "preCandidate" && now - state.electionTimerSetAt < options.electionTimeoutMinMs / 2
  const isSameLog = rival.lastLogTerm === lastTermOf(log) && rival.lastLogIndex === lastIndexOf(log)
  // In another term one of the two cannot win, however they are ordered.
  const isSameTerm = rival.term === state.term + 1
  return hasJustAsked && isSameLog && isSameTerm && options.id > rival.from
}

export function onPreVoteReply(state: RaftState, out: Ready, message: PreVoteReply, now: Milliseconds): void {
  const { role } = state
  // A grant is for a term that this server asked for; one that was overtaken by events counts no more.
  if (role.kind !== "preCandidate" || (message.granted && message.term !== state.term + 1)) return
  recordVote(role.votes, message.from, message.granted)
  countPreVotes(state, out, now)
}

function countPreVotes(state: RaftState, out: Ready, now: Milliseconds): void {
  const { role } = state
  if (role.kind !== "preCandidate") return
  const result = quorumVote(configurationOf(state), role.votes)
  if (result === "won") startElection(state, out, now, "a quorum would vote for it", false)
  else if (result === "lost") becomeFollower(state, out, state.term, null, now, "a quorum would not vote for it")
}

/** Grant or refuse a vote. Raft §5.2, §5.4.1: at most one per term, and only for a log at least as up to date as its own. */
export function onRequestVote(state: RaftState, out: Ready, message: RequestVote, now: Milliseconds): void {
  const { from } = message
  const unpromised = state.votedFor === null || state.votedFor === from
  // A server that knows this term's leader has nothing to gain from a vote: the election is over.
  const undecided = state.leaderId === null
  const granted = mayVote(state) && unpromised && undecided && isUpToDate(state.log, message.lastLogIndex, message.lastLogTerm)
  if (granted) {
    state.votedFor = from
    // Granting a vote resets the timer; refusing one does not.
    resetElectionTimer(state, now)
  }
  sendAfterPersist(state, out, { kind: "requestVoteReply", from: state.options.id, to: from, term: state.term, granted })
}

export function onRequestVoteReply(state: RaftState, out: Ready, message: RequestVoteReply, now: Milliseconds): void {
  const { role } = state
  if (role.kind !== "candidate") return
  recordVote(role.votes, message.from, message.granted)
  if (message.granted) noteVote(state, message.from)
  const result = quorumVote(configurationOf(state), role.votes)
  if (result === "won") becomeLeader(state, out, now)
  else if (result === "lost") becomeFollower(state, out, state.term, null, now, "a quorum refused its vote")
}

/** Whether this server hears from a leader, or is one, and therefore helps nobody else to an election yet (dissertation §4.2.3). */
export function hasRecentLeader(state: RaftState, now: Milliseconds): boolean {
  if (!state.options.preVote) return false
  return state.role.kind === "leader" || now - state.leaderContactAt < state.options.electionTimeoutMinMs
}

/**
 * Whether this server can vote at all. One that knows of no configuration waits to be added, and nobody needs its vote: who becomes a voter has read by
 * then that it is a member (`membership.ts`). But it may be a former voter that lost its disk, and with it what it had promised.
 */
function mayVote(state: RaftState): boolean {
  return !state.isBarred && configurationOf(state).members.length > 0
}

/** One ballot per voter; the first one counts, however often it is repeated. */
function recordVote(votes: Map<NodeId, boolean>, voter: NodeId, granted: boolean): void {
  if (!votes.has(voter)) votes.set(voter, granted)
}

function otherVoters(state: RaftState): NodeId[] {
  const { voters, votersOutgoing } = configurationOf(state)
  return [...new Set([...voters, ...votersOutgoing])].filter((id) => id !== state.options.id)
}
