/**
 * Membership changes by joint consensus (Raft §6; dissertation §4).
 *
 * A configuration is in force as soon as it is appended and is rolled back if its entry is truncated. Every change of voters goes through a joint
 * configuration, which whichever leader finds committed leaves by itself. One change at a time, and none before an entry of the leader's own term is
 * committed (Ongaro's 2015 correction). New voters learn first and are promoted by the leader once they have caught up.
 */

import { activate, isChanging } from "../configurations.ts"
import { becomeFollower } from "../election/roles.ts"
import { invariant } from "../invariants/invariant.ts"
import { lastIndexOf } from "../log/log.ts"
import type { MembershipChange, RejectReason } from "../message.ts"
import type { Ready } from "../outbox.ts"
import { createProgress, type Progress } from "../progress/progress.ts"
import { isJoint, isMember, isVoter } from "../quorum/configuration.ts"
import { hasMajority } from "../quorum/quorum.ts"
import { appendAsLeader } from "../replication/leader-log.ts"
import { sendFinalAppend } from "../replication/sending.ts"
import { configurationOf, type Leader, type RaftState } from "../state.ts"
import type { Configuration, LogIndex, Milliseconds, NodeId, Term } from "../types.ts"
import { planChange } from "./membership-plan.ts"
import { bestSuccessor, sendTimeoutNow } from "./transfer.ts"

/** Where the configuration that begins a change stands in the log, or why there is none. */
export type ChangeResult =
  | { readonly ok: true; readonly index: LogIndex; readonly term: Term }
  | { readonly ok: false; readonly reason: RejectReason; readonly message: string }

/** A learner this close behind the commit index counts as caught up, in entries. */
const promotionLagMax = 1024

/** Checks `changes` and, if they can be made, appends the configuration that begins them. */
export function changeMembership(
  state: RaftState,
  out: Ready,
  changes: readonly MembershipChange[],
  version: number | null,
  now: Milliseconds,
): ChangeResult {
  const { role } = state
  if (role.kind !== "leader") return refused("notLeader", "only the leader can change the membership")
  const current = configurationOf(state)
  if (role.transfer !== null) return refused("transferring", `leadership is being handed to node ${role.transfer.to}`)
  if (state.commitIndex < role.firstIndex) {
    return refused("noCommittedEntryInTerm", `the leader has not committed an entry of its own term ${state.term} yet`)
  }
  if (isChanging(state)) return refused("changeInProgress", `the configuration of index ${current.index} is not finished yet`)
  if (version !== null && version !== current.index) {
    return refused("staleConfiguration", `the change was made for configuration ${version}, but ${current.index} is in force`)
  }
  const plan = planChange(current, changes)
  if (!plan.ok) return plan
  const behind = changes.find((change) => change.kind === "promote" && !isCaughtUp(state, role.progress.get(change.id)))
  if (behind?.kind === "promote") return refused("notCaughtUp", `learner ${behind.id} has not caught up with the log yet`)
  if (!hasMajority(plan.configuration.voters, (voter) => isResponsive(state, role, voter, now))) {
    const names = plan.configuration.voters.join(", ")
    return refused("wouldLoseQuorum", `of the voters that would remain (${names}) too few take entries now to make a majority`)
  }
  return { ok: true, index: appendConfiguration(state, out, role, plan.configuration, now), term: state.term }
}

/** Carries on what a committed configuration leaves to do: leave a joint one, promote learners that caught up. */
export function advanceMembership(state: RaftState, out: Ready, role: Leader, now: Milliseconds): void {
  const current = configurationOf(state)
  if (current.promoting.length > 0) trackCatchUp(state, role, current, now)
  if (current.index > state.commitIndex || state.commitIndex < role.firstIndex) return
  if (isJoint(current)) {
    appendConfiguration(state, out, role, leaveJoint(current), now)
    return
  }
  // Only whom we still hear: one that caught up and went away would be counted on for a quorum.
  const ready = current.promoting.filter((id) => role.progress.get(id)?.catchUp?.done === true && isResponsive(state, role, id, now))
  if (ready.length === 0) return
  const plan = planChange(
    current,
    ready.map((id) => ({ kind: "promote", id })),
  )
  invariant(plan.ok, "a promotion that the configuration itself asks for is impossible", { ready })
  appendConfiguration(state, out, role, plan.configuration, now)
}

/**
 * Once the configuration in force is committed, lets go of those who left, and of leadership if this server is one of them. Asked after every step: with
 * nobody left over it is settled.
 */
export function settleConfiguration(state: RaftState, out: Ready, role: Leader, now: Milliseconds): void {
  const current = configurationOf(state)
  const isVoting = isVoter(current, state.options.id)
  if (current.index > state.commitIndex || (isVoting && role.progress.size < current.members.length)) return
  for (const progress of role.progress.values()) {
    if (isMember(current, progress.id)) continue
    // Its last message tells it that its removal is committed.
    sendFinalAppend(state, out, role, progress)
    role.progress.delete(progress.id)
  }
  if (isVoting) return
  // Every server must hear of the commit before this one, which could tell it, stops sending.
  for (const progress of role.progress.values()) sendFinalAppend(state, out, role, progress)
  const successor = bestSuccessor(state, role)
  if (successor !== null) sendTimeoutNow(state, out, role, successor)
  becomeFollower(state, out, state.term, null, now, "it is not a voter any more")
}

function appendConfiguration(state: RaftState, out: Ready, role: Leader, plan: Configuration, now: Milliseconds): LogIndex {
  const index = lastIndexOf(state.log) + 1
  const configuration: Configuration = { ...plan, index }
  appendAsLeader(state, "configuration", [new Uint8Array(0)], configuration)
  activate(state, out, configuration, "appended")
  for (const { id } of configuration.members) {
    if (id !== state.options.id && !role.progress.has(id)) role.progress.set(id, createProgress(id, index, now))
  }
  return index
}

function leaveJoint(joint: Configuration): Configuration {
  const learners = [...joint.learners, ...joint.learnersNext].sort((a, b) => a - b)
  const members = joint.members.filter(({ id }) => joint.voters.includes(id) || learners.includes(id))
  return { ...joint, votersOutgoing: [], learnersNext: [], learners, members }
}

/**
 * Rounds of catching up (dissertation §4.2.1): the last one has to take less than an election timeout. The first one already goes beyond the
 * configuration that names the learner, so who is done has that on disk, and a vote (`election.ts`).
 */
function trackCatchUp(state: RaftState, role: Leader, current: Configuration, now: Milliseconds): void {
  for (const id of current.promoting) {
    const progress = role.progress.get(id)
    if (progress === undefined || progress.catchUp?.done === true) continue
    const lastIndex = lastIndexOf(state.log)
    progress.catchUp ??= { target: lastIndex, startedAt: now, rounds: 1, done: false }
    const { catchUp } = progress
    if (progress.matchIndex < catchUp.target) continue
    catchUp.done = now - catchUp.startedAt < state.options.electionTimeoutMinMs
    if (!catchUp.done) progress.catchUp = { target: lastIndex, startedAt: now, rounds: catchUp.rounds + 1, done: false }
  }
}

/** Close behind, and with the configuration on disk that names it: before that it has no vote (`election.ts`). */
function isCaughtUp(state: RaftState, progress: Progress | undefined): boolean {
  if (progress?.state !== "replicate" || progress.matchIndex < configurationOf(state).index) return false
  return state.commitIndex - progress.matchIndex <= promotionLagMax
}

/** Whether it takes entries as far as we know. One that is probed, or that needs a snapshot first, may be gone, or may have no vote until it has entries. */
function isResponsive(state: RaftState, role: Leader, voter: NodeId, now: Milliseconds): boolean {
  if (voter === state.options.id) return true
  const progress = role.progress.get(voter)
  if (progress?.state !== "replicate" || progress.matchIndex === 0) return false
  return now - progress.lastContactAt < state.options.electionTimeoutMaxMs
}

function refused(reason: RejectReason, message: string): ChangeResult {
  return { ok: false, reason, message }
}
