/**
 * Log replication, Raft §5.3: what a leader sends, what a follower does with it, and when an entry is committed.
 *
 * New entries and new commits go out at once; nothing waits for a heartbeat. Appends are pipelined: `nextIndex` runs ahead optimistically, and
 * a heartbeat that does not fit tells that something was lost. Both sides skip whole terms when their logs disagree.
 */

import { clampDurability } from "./durability.ts"
import { acknowledgesTooMuch, contradictsCommitted } from "./evidence.ts"
import { invariant } from "./invariants/invariant.ts"
import { appendEntry, entriesBetween, entriesFrom, findConflictByTerm, lastIndexOf, termAt, truncateLog } from "./log/log.ts"
import { activate, onConfigurationCommitted, rollBackConfigurations } from "./membership.ts"
import type { AppendEntries, AppendEntriesReply } from "./message.ts"
import { sendAfterPersist, sendAfterVote, type Ready } from "./outbox.ts"
import { addInflight, freeInflights, inflightCount } from "./progress/inflights.ts"
import { becomeProbe, becomeReplicate, becomeSnapshot, type Progress } from "./progress/progress.ts"
import { quorumValue } from "./quorum/quorum.ts"
import { confirmRound } from "./read.ts"
import { resetElectionTimer } from "./roles.ts"
import { configurationOf, type Leader, type RaftState } from "./state.ts"
import type { Configuration, Entry, EntryKind, LogIndex, Milliseconds, NodeId, Term } from "./types.ts"

// The leader's side.

/** Appends entries of this term to the leader's own log. Returns the first one's index. `hasRoom`: for a record around each payload. */
export function appendAsLeader(
  state: RaftState,
  kind: EntryKind,
  payloads: readonly Uint8Array[],
  configuration: Configuration | null = null,
  hasRoom = false,
): LogIndex {
  const { role, term, log } = state
  invariant(role.kind === "leader", "only a leader appends entries of its own", { role: role.kind })
  const first = lastIndexOf(log) + 1
  let index = first
  for (const data of payloads) {
    appendEntry(log, { index, term, kind, data, configuration, encoded: hasRoom ? "room" : null })
    role.uncommittedBytes += data.length
    index += 1
  }
  return first
}

/** Sends to every follower what it lacks and may have now: entries, the news of a commit, or word that it needs a snapshot. */
export function replicate(state: RaftState, out: Ready, role: Leader): void {
  for (const progress of role.progress.values()) replicateTo(state, out, role, progress)
}

function replicateTo(state: RaftState, out: Ready, role: Leader, progress: Progress): void {
  const { log, options } = state
  const lastIndex = lastIndexOf(log)
  while (canSendEntries(state, progress) && progress.nextIndex <= lastIndex) {
    if (!sendEntries(state, out, role, progress)) return
  }
  if (progress.state === "probe" && !progress.probing) {
    sendEmpty(state, out, role, progress)
    progress.probing = true
  } else if (
    progress.state === "replicate" &&
    progress.sentCommit < tellableCommit(state, progress.nextIndex - 1) &&
    inflightCount(progress.inflights) < options.inflightMessagesMax
  ) {
    sendCommit(state, out, progress)
  }
}

/** How far a follower commits on a message whose entries end at `lastIndex`: never beyond them, since only they are confirmed to be equal. */
function tellableCommit(state: RaftState, lastIndex: LogIndex): LogIndex {
  return Math.min(state.commitIndex, lastIndex)
}

/** Sends one more append to a follower that will hear no more from this leader, or not soon. */
export function sendLast(state: RaftState, out: Ready, role: Leader, progress: Progress): void {
  if (progress.state !== "snapshot" && progress.nextIndex <= lastIndexOf(state.log)) sendEntries(state, out, role, progress)
  sendEmpty(state, out, role, progress)
}

function canSendEntries(state: RaftState, progress: Progress): boolean {
  const { inflightMessagesMax, inflightBytesMax } = state.options
  switch (progress.state) {
    case "probe":
      return !progress.probing
    case "replicate":
      return inflightCount(progress.inflights) < inflightMessagesMax && progress.inflights.bytes < inflightBytesMax
    case "snapshot":
      return false
    default:
      return progress.state satisfies never
  }
}

/** Sends one append with entries. False if the follower needs a snapshot instead: the log before them is gone. */
function sendEntries(state: RaftState, out: Ready, role: Leader, progress: Progress): boolean {
  const { log, options } = state
  const prevLogIndex = progress.nextIndex - 1
  const prevLogTerm = termAt(log, prevLogIndex)
  if (prevLogTerm === null) {
    startSnapshot(state, out, progress)
    return false
  }
  const entries = entriesFrom(log, progress.nextIndex, options.appendEntriesMax, options.appendBytesMax)
  pushAppend(state, out, role.round, progress, prevLogIndex, prevLogTerm, entries)
  if (progress.state === "replicate") {
    let bytes = 0
    for (const entry of entries) bytes += entry.data.length
    progress.nextIndex += entries.length
    addInflight(progress.inflights, progress.nextIndex - 1, bytes)
  } else {
    progress.probing = true
  }
  return true
}

/** Sends an append without entries: a probe, a heartbeat, or the news of a commit. */
function sendEmpty(state: RaftState, out: Ready, role: Leader, progress: Progress): void {
  const { log } = state
  const prevLogIndex = progress.state === "snapshot" ? progress.matchIndex : progress.nextIndex - 1
  const prevLogTerm = termAt(log, prevLogIndex)
  if (prevLogTerm !== null) return pushAppend(state, out, role.round, progress, prevLogIndex, prevLogTerm, [])
  // The place where the logs would meet is compacted: position 0 always fits, so this still says who leads, and commits nothing.
  pushAppend(state, out, role.round, progress, 0, 0, [])
  if (progress.state !== "snapshot") startSnapshot(state, out, progress)
}

/** The news of a commit. It names no round, so nobody answers unless it does not fit: the next heartbeat would repair a loss. */
function sendCommit(state: RaftState, out: Ready, progress: Progress): void {
  const prevLogIndex = progress.nextIndex - 1
  const prevLogTerm = termAt(state.log, prevLogIndex)
  if (prevLogTerm !== null) pushAppend(state, out, 0, progress, prevLogIndex, prevLogTerm, [])
}

function pushAppend(
  state: RaftState,
  out: Ready,
  round: number,
  progress: Progress,
  prevLogIndex: LogIndex,
  prevLogTerm: Term,
  entries: readonly Entry[],
): void {
  progress.sentCommit = Math.max(progress.sentCommit, tellableCommit(state, prevLogIndex + entries.length))
  out.messages.push({
    kind: "appendEntries",
    from: state.options.id,
    to: progress.id,
    term: state.term,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit: state.commitIndex,
    round,
  })
}

function startSnapshot(state: RaftState, out: Ready, progress: Progress): void {
  invariant(state.snapshot.lastIndex >= state.log.base.index, "the log was compacted beyond its snapshot", {
    snapshot: state.snapshot.lastIndex,
    base: state.log.base.index,
  })
  becomeSnapshot(progress, state.snapshot.lastIndex)
  out.snapshotsNeeded.push(progress.id)
  out.observations.push({ kind: "followerState", peer: progress.id, state: "snapshot" })
}

/** A new round to every other server: keeps followers loyal, confirms leadership, finds lost messages (Raft §5.2, dissertation §6.4). */
export function broadcastHeartbeat(state: RaftState, out: Ready, role: Leader, now: Milliseconds): void {
  role.heartbeatDueAt = now + state.options.heartbeatIntervalMs
  startRound(role, now)
  sendRound(state, out, role)
  // Where nobody else votes (any more), no answer will come to confirm it.
  confirmRound(state, out, role)
  // A probe that was lost is repeated by the heartbeat itself.
  for (const progress of role.progress.values()) if (progress.state === "probe") progress.probing = true
}

/** How many rounds may be unconfirmed. CheckQuorum ends a leadership long before; without it, the last round goes on. */
const unconfirmedRoundsMax = 4096

/** Begins a round of confirmation: answers to anything sent from here on confirm it. False if too many rounds have no answer yet. */
export function startRound(role: Leader, now: Milliseconds): boolean {
  if (role.roundsSentAt.length >= unconfirmedRoundsMax) return false
  role.round += 1
  role.roundsSentAt.push(now)
  return true
}

/** Sends what carries the present round to every other server, at once. */
export function sendRound(state: RaftState, out: Ready, role: Leader): void {
  for (const progress of role.progress.values()) sendEmpty(state, out, role, progress)
}

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
  confirmRound(state, out, role)
}

function onAccepted(state: RaftState, out: Ready, progress: Progress, index: LogIndex): void {
  const isNews = index > progress.matchIndex
  if (isNews) progress.matchIndex = index
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
      if (progress.matchIndex >= state.log.base.index && isNews && progress.matchIndex >= progress.snapshotIndex)
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

/** Commits what a quorum has on disk, but only by counting entries of this term (Raft §5.4.2, Figure 8). */
export function maybeCommit(state: RaftState, out: Ready, now: Milliseconds): void {
  const { role, log } = state
  if (role.kind !== "leader") return
  // Nothing is left to commit: no need to ask a quorum.
  if (state.commitIndex === lastIndexOf(log)) return
  const index = quorumValue(configurationOf(state), (voter) => matchIndexOf(state, role, voter))
  if (index <= state.commitIndex || termAt(log, index) !== state.term) return
  commitTo(state, out, index, now)
}

/** How far `voter`'s log is known to be durable; the leader's own as far as its disk says. */
export function matchIndexOf(state: RaftState, role: Leader, voter: NodeId): LogIndex {
  if (voter === state.options.id) return state.durability.persistedIndex
  return role.progress.get(voter)?.matchIndex ?? 0
}

/** Bytes of the entries that are in the log but not committed. */
export function uncommittedBytesOf(state: RaftState): number {
  let bytes = 0
  for (const entry of entriesBetween(state.log, state.commitIndex + 1, lastIndexOf(state.log))) bytes += entry.data.length
  return bytes
}

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
  // Never beyond what this message confirmed to be equal: the own log may go on with another leader's leftovers.
  const commitIndex = Math.min(message.leaderCommit, lastNew)
  if (commitIndex > state.commitIndex) commitTo(state, out, commitIndex, now)
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
  const isNewsOfCommit = message.entries.length === 0 && message.round === 0
  if (isNewsOfCommit) return
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

// Both sides.

/** Everything up to `index` is committed. */
export function commitTo(state: RaftState, out: Ready, index: LogIndex, now: Milliseconds): void {
  const { role } = state
  const from = state.commitIndex + 1
  state.commitIndex = index
  if (role.kind === "leader") {
    for (const entry of entriesBetween(state.log, from, index)) role.uncommittedBytes -= entry.data.length
  }
  const inForce = configurationOf(state)
  if (inForce.index >= from && inForce.index <= index) {
    out.observations.push({ kind: "configurationCommitted", configuration: inForce })
    onConfigurationCommitted(state, out, now)
  }
}
