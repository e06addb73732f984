/**
 * What a leader sends to each follower (Raft §5.3): entries, the news of a commit, heartbeats, or word that it needs a snapshot.
 *
 * New entries and new commits go out at once; nothing waits for a heartbeat. Appends are pipelined: `nextIndex` runs ahead optimistically, and
 * a heartbeat that does not fit tells that something was lost.
 */

import { invariant } from "../invariants/invariant.ts"
import { entriesFrom, lastIndexOf, termAt } from "../log/log.ts"
import type { Ready } from "../outbox.ts"
import { addInflight, inflightCount } from "../progress/inflights.ts"
import { becomeSnapshot, type Progress } from "../progress/progress.ts"
import type { Leader, RaftState } from "../state.ts"
import type { Entry, LogIndex, Milliseconds, Term } from "../types.ts"
import { countRound, startRound } from "./rounds.ts"

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
export function sendFinalAppend(state: RaftState, out: Ready, role: Leader, progress: Progress): void {
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

/** A new round to every other server: restarts election timers, confirms leadership, finds lost messages (Raft §5.2, dissertation §6.4). */
export function broadcastHeartbeat(state: RaftState, out: Ready, role: Leader, now: Milliseconds): void {
  role.heartbeatDueAt = now + state.options.heartbeatIntervalMs
  startRound(role, now)
  sendRound(state, out, role)
  // Where nobody else votes (any more), no answer will come to confirm it.
  countRound(state, role)
  // A probe that was lost is repeated by the heartbeat itself.
  for (const progress of role.progress.values()) if (progress.state === "probe") progress.probing = true
}

/** Sends what carries the present round to every other server, at once. */
export function sendRound(state: RaftState, out: Ready, role: Leader): void {
  for (const progress of role.progress.values()) sendEmpty(state, out, role, progress)
}
