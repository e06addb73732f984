/**
 * How a server changes its role (Raft Figure 4).
 *
 * Stepping down within the same term keeps `votedFor`; only a higher term clears it. A server that stops leading gives up the reads that
 * waited for confirmation: their askers try again with the next leader.
 */

import { drawElectionTimer } from "../election-timer.ts"
import { noteAcknowledgements } from "../evidence.ts"
import { invariant } from "../invariants/invariant.ts"
import { lastIndexOf } from "../log/log.ts"
import type { Ready } from "../outbox.ts"
import { createProgress } from "../progress/progress.ts"
import { isVoter } from "../quorum/configuration.ts"
import { appendAsLeader, uncommittedBytesOf } from "../replication/leader-log.ts"
import { abandonReads } from "../replication/read.ts"
import { configurationOf, type RaftState } from "../state.ts"
import type { Milliseconds, NodeId, Term } from "../types.ts"

/** Follow in `term`, whose leader is `leader` if that is known (Raft §5.1). */
export function becomeFollower(state: RaftState, out: Ready, term: Term, leader: NodeId | null, now: Milliseconds, because: string): void {
  invariant(term >= state.term, "became a follower of an older term", { term, current: state.term })
  const wasLeader = state.role.kind === "leader"
  const wasFollower = state.role.kind === "follower"
  const isNewTerm = term > state.term
  leaveLeadership(state, out, because)
  if (isNewTerm) {
    state.term = term
    state.votedFor = null
  }
  state.role = { kind: "follower" }
  state.leaderId = leader
  // A leader had no election timer, and a candidate's belongs to its campaign; a follower's runs on (Raft §5.2: only a vote or a leader resets it).
  if (!wasFollower) drawElectionTimer(state, now)
  if (wasLeader) out.observations.push({ kind: "steppedDown", term: state.term, because })
  else if (isNewTerm || !wasFollower) out.observations.push({ kind: "becameFollower", term, leader, because })
}

export function becomePreCandidate(state: RaftState, out: Ready, now: Milliseconds, because: string): void {
  invariant(state.role.kind !== "leader", "a leader campaigned", { term: state.term })
  state.role = { kind: "preCandidate", votes: new Map([[state.options.id, true]]) }
  state.leaderId = null
  drawElectionTimer(state, now)
  out.observations.push({ kind: "becamePreCandidate", term: state.term, because })
}

/** A new term begins here, at candidacy, not when its leader is known (Raft §5.2). The own vote counts only once it is on disk. */
export function becomeCandidate(state: RaftState, out: Ready, now: Milliseconds, because: string): void {
  invariant(state.role.kind !== "leader", "a leader campaigned", { term: state.term })
  state.term += 1
  state.votedFor = state.options.id
  state.role = { kind: "candidate", votes: new Map() }
  state.leaderId = null
  drawElectionTimer(state, now)
  out.observations.push({ kind: "becameCandidate", term: state.term, because })
}

/** Lead the current term: a no-op of this term makes all earlier entries commit at once (Raft §8, dissertation §6.4). */
export function becomeLeader(state: RaftState, out: Ready, now: Milliseconds): void {
  const { role } = state
  invariant(role.kind === "candidate", "became leader without a campaign", { role: role.kind })
  invariant(!state.isBarred, "became leader without a vote of its own", { term: state.term })
  const { id } = state.options
  const lastIndex = lastIndexOf(state.log)
  const votes = [...role.votes].filter(([, granted]) => granted).map(([voter]) => voter)
  const progress = new Map(
    configurationOf(state)
      .members.filter((member) => member.id !== id)
      .map((member) => [member.id, createProgress(member.id, lastIndex + 1, now)]),
  )
  state.role = {
    kind: "leader",
    firstIndex: lastIndex + 1,
    progress,
    heartbeatDueAt: now + state.options.heartbeatIntervalMs,
    round: 1,
    roundsSentAt: [now],
    confirmedRound: 0,
    confirmedSentAt: -Infinity,
    readsQueued: [],
    readsConfirming: null,
    transfer: null,
    leaseForfeited: false,
    uncommittedBytes: uncommittedBytesOf(state),
  }
  state.leaderId = id
  state.electionDeadline = Infinity
  out.observations.push({ kind: "becameLeader", term: state.term, votes: votes.sort((a, b) => a - b) })
  appendAsLeader(state, "noop", [emptyData])
}

/**
 * Whether this server may campaign: a voter of any configuration may that is not known to be replaced for good.
 *
 * A server that the latest configuration leaves out must not keep quiet before that is committed. Its log may be the only one that can win
 * where the voters that stay have not heard of the change: a leader may have to manage a cluster that it is not part of (Raft §6).
 */
export function canCampaign(state: RaftState): boolean {
  const { role, configurations, commitIndex, options } = state
  if (role.kind === "leader" || state.isBarred) return false
  return configurations.some((configuration, position) => {
    const next = configurations[position + 1]
    const mayBeInForce = next === undefined || next.index > commitIndex
    return mayBeInForce && isVoter(configuration, options.id)
  })
}

function leaveLeadership(state: RaftState, out: Ready, because: string): void {
  const { role } = state
  if (role.kind !== "leader") return
  noteAcknowledgements(state, role)
  abandonReads(state, out, role)
  if (role.transfer !== null) out.observations.push({ kind: "transferEnded", to: role.transfer.to, because })
}

const emptyData = new Uint8Array(0)
