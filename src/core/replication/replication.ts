/**
 * The conversation AppendEntries, both sides (Raft §5.3): what a follower does with entries, and what a leader learns from the answer. Both skip
 * whole terms when their logs disagree.
 */

import { activate, rollBackConfigurations } from "../configurations.ts"
import { clampDurability } from "../durability.ts"
import { resetElectionTimer } from "../election-timer.ts"
import { acknowledgesTooMuch, contradictsCommitted } from "../evidence.ts"
import { invariant } from "../invariants/invariant.ts"
import { appendEntry, findConflictByTerm, lastIndexOf, termAt, truncateLog } from "../log/log.ts"
import type { AppendEntries, AppendEntriesReply } from "../message.ts"
import { sendAfterPersist, sendAfterVote, type Ready } from "../outbox.ts"
import { freeInflights } from "../progress/inflights.ts"
import { becomeProbe, becomeReplicate, type Progress } from "../progress/progress.ts"
import type { RaftState } from "../state.ts"
import type { Entry, LogIndex, Milliseconds, Term } from "../types.ts"
import { commitTo } from "./commitment.ts"
import { countRound } from "./rounds.ts"

// The follower's side.

/** Raft §5.3 and Figure 2, "AppendEntries RPC, receiver implementation". The caller has checked the term: the sender leads it. */
export function onAppendEntries(state: RaftState, out: Ready, message: AppendEntries, now: Milliseconds): void {
  resetElectionTimer(state, now)
  const { log } = state
  if (contradictsCommitted(state, out, message)) return
  // What lies at or below the commit index is the leader's too (Leader Completeness): never refuse it, begin behind it.
  const known = Math.max(0, state.commitIndex - message.prevLogIndex)
  const prevLogIndex = message.prevLogIndex + known
  if (known > message.entries.length) return acknowledge(state, out, message, state.commitIndex)
  const prevLogTerm = known === 0 ? message.prevLogTerm : message.entries[known - 1]!.term
  const ownTerm = termAt(log, prevLogIndex)
  if (ownTerm !== prevLogTerm) {
    invariant(prevLogIndex > state.commitIndex, "a leader contradicts a committed entry", {
      prevLogIndex,
      prevLogTerm,
      ownTerm,
      leader: message.from,
    })
    return refuse(state, out, message)
  }
  appendNew(state, out, known === 0 ? message.entries : message.entries.slice(known))
  const lastNew = message.prevLogIndex + message.entries.length
  // Never beyond what this message confirmed to be equal: this server's log may go on with entries of another leader.
  const commitIndex = Math.min(message.leaderCommit, lastNew)
  if (commitIndex > state.commitIndex) commitTo(state, out, commitIndex)
  acknowledge(state, out, message, lastNew)
}

/** Appends what is missing; removes the tail only at a real conflict of terms, never for a short, repeated or late message. */
function appendNew(state: RaftState, out: Ready, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const ownTerm = termAt(state.log, entry.index)
    if (ownTerm === entry.term) continue
    if (ownTerm !== null) truncateFrom(state, out, entry.index, ownTerm)
    appendEntry(state.log, entry)
    if (entry.configuration !== null) activate(state, out, entry.configuration, "appended")
  }
}

function truncateFrom(state: RaftState, out: Ready, from: LogIndex, conflictTerm: Term): void {
  invariant(from > state.commitIndex, "truncation of a committed entry", { from, commitIndex: state.commitIndex })
  out.observations.push({ kind: "truncated", from, through: lastIndexOf(state.log), conflictTerm })
  truncateLog(state.log, from)
  clampDurability(state.durability, from)
  rollBackConfigurations(state, out, from)
}

function acknowledge(state: RaftState, out: Ready, message: AppendEntries, index: LogIndex): void {
  const { persistedIndex } = state.durability
  const isCommitNotice = message.entries.length === 0 && message.round === 0
  if (isCommitNotice) return
  const reply = (upTo: LogIndex): AppendEntriesReply => ({
    kind: "appendEntriesReply",
    from: state.options.id,
    to: message.from,
    term: state.term,
    success: true,
    index: upTo,
    hintIndex: 0,
    hintTerm: 0,
    round: message.round,
  })
  // A heartbeat's answer need not wait for entries that are still on their way to disk: it promises what is there.
  if (message.entries.length === 0) sendAfterVote(state, out, reply(Math.min(index, persistedIndex)))
  else sendAfterPersist(state, out, reply(index))
}

function refuse(state: RaftState, out: Ready, message: AppendEntries): void {
  const hintIndex = findConflictByTerm(state.log, message.prevLogIndex - 1, message.prevLogTerm)
  sendAfterVote(state, out, {
    kind: "appendEntriesReply",
    from: state.options.id,
    to: message.from,
    term: state.term,
    success: false,
    index: message.prevLogIndex,
    hintIndex,
    hintTerm: termAt(state.log, hintIndex) ?? 0,
    round: message.round,
  })
}

// The leader's side.

/** A follower accepted or refused an append. */
export function onAppendEntriesReply(state: RaftState, out: Ready, message: AppendEntriesReply, now: Milliseconds): void {
  const { role } = state
  if (role.kind !== "leader") return
  const progress = role.progress.get(message.from)
  if (progress === undefined || message.round > role.round) return
  if (message.success && acknowledgesTooMuch(state, out, message.from, message.index, lastIndexOf(state.log))) return
  progress.lastContactAt = now
  progress.confirmedRound = Math.max(progress.confirmedRound, message.round)
  if (message.success) onAccepted(state, out, progress, message.index)
  else onRefused(state, out, progress, message)
  countRound(state, role)
}

function onAccepted(state: RaftState, out: Ready, progress: Progress, index: LogIndex): void {
  const hasAdvanced = index > progress.matchIndex
  if (hasAdvanced) progress.matchIndex = index
  if (progress.nextIndex <= progress.matchIndex) progress.nextIndex = progress.matchIndex + 1
  switch (progress.state) {
    case "probe":
      becomeReplicate(progress)
      out.observations.push({ kind: "followerState", peer: progress.id, state: "replicate" })
      break
    case "replicate":
      freeInflights(progress.inflights, progress.matchIndex)
      break
    case "snapshot":
      // It caught up by itself, for instance from a leader before this one: the log suffices again.
      if (progress.matchIndex >= state.log.base.index && hasAdvanced && progress.matchIndex >= progress.snapshotIndex)
        leaveSnapshot(out, progress)
      break
    default:
      progress.state satisfies never
  }
}

function leaveSnapshot(out: Ready, progress: Progress): void {
  becomeProbe(progress)
  out.observations.push({ kind: "followerState", peer: progress.id, state: "probe" })
}

/** Skip back to where the logs may agree, using the terms that both sides told (Raft §5.3, last paragraphs). */
function onRefused(state: RaftState, out: Ready, progress: Progress, message: AppendEntriesReply): void {
  switch (progress.state) {
    case "replicate":
      // Late: what it refused has been acknowledged since.
      if (message.index <= progress.matchIndex) break
      becomeProbe(progress)
      out.observations.push({ kind: "followerState", peer: progress.id, state: "probe" })
      break
    case "probe": {
      if (message.index !== progress.nextIndex - 1) break
      const agreed = findConflictByTerm(state.log, message.hintIndex, message.hintTerm)
      progress.nextIndex = Math.max(progress.matchIndex + 1, Math.min(message.index, agreed + 1))
      progress.probing = false
      break
    }
    case "snapshot":
      break
    default:
      progress.state satisfies never
  }
}
