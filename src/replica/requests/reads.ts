/**
 * Reads on any server, without log entries (dissertation §6.4).
 *
 * All linearizable reads of one step share one question to the leader: one index, confirmed by one round of messages, answers them all. A
 * read is then answered from the state machine as soon as this server has applied that index, and the wished minimum. A leader that is lost
 * confirms nothing: its readers ask the next one, again and again until `readTimeoutMs`; where no leader is known at all, they are told so.
 * Nothing is ever answered without a confirmation that began after the read did.
 *
 * A step answers a bounded number, by what their answers took to make: a few hundred large ones at once would hold up heartbeats until leadership is lost.
 * What it has to leave is answered in turns of those who asked (`read-turns.ts`).
 */

import { show } from "../../arguments/index.ts"
import type { LogIndex, Milliseconds, NodeId, Raft, RejectReason } from "../../core/index.ts"
import type { ReadResult } from "../effect.ts"
import type { Read } from "../event.ts"
import { callAnswerItems } from "../machine/machine-calls.ts"
import type { StateMachine } from "../machine/state-machine.ts"
import { cloneReadTurns, createReadTurns, filterTurns, lineUp, type ReadTurns, takeTurns } from "./read-turns.ts"
import { explainRejection } from "./reject-reasons.ts"

/** Reads that wait for the answer to one question. */
interface Asked {
  readonly readId: number
  readonly reads: Read[]
  /** When the oldest of them began. */
  readonly since: Milliseconds
  readonly askedAt: Milliseconds
  readonly askedTo: NodeId | null
}

/** Reads that wait until `index` is applied. */
interface Confirmed {
  readonly index: LogIndex
  readonly reads: Read[]
}

export interface Reads {
  readonly pendingMax: number
  readonly timeoutMs: number
  /** A question without an answer for this long is asked again: about an election timeout. */
  readonly retryMs: number
  readonly bootId: number
  /** Questions asked in this life. */
  askedCount: number
  /** Reads of this step that a leader has to confirm. */
  queued: Read[]
  /** Oldest first. */
  asked: Asked[]
  confirmed: Confirmed[]
  /** Those that could be answered and that the last steps had to leave. */
  readonly turns: ReadTurns
  /** Without an answer, in all lists. */
  count: number
  /** Answered in this life. */
  answeredCount: number
}

export function createReads(pendingMax: number, timeoutMs: number, retryMs: number, bootId: number): Reads {
  return {
    pendingMax,
    timeoutMs,
    retryMs,
    bootId,
    askedCount: 0,
    queued: [],
    asked: [],
    confirmed: [],
    turns: createReadTurns(),
    count: 0,
    answeredCount: 0,
  }
}

export function cloneReads(reads: Reads): Reads {
  return {
    ...reads,
    queued: reads.queued.slice(),
    asked: reads.asked.map((batch) => ({ ...batch, reads: batch.reads.slice() })),
    confirmed: reads.confirmed.map((batch) => ({ ...batch, reads: batch.reads.slice() })),
    turns: cloneReadTurns(reads.turns),
  }
}

/** New reads: those that need no leader's word wait for their index at once, the others for the end of the step. */
export function enqueueReads(state: Reads, reads: readonly Read[], raft: Raft, now: Milliseconds, results: ReadResult[]): void {
  const leaseIndex = reads.some((read) => read.consistency === "lease") ? raft.leaseReadIndex(now) : null
  const leased: Read[] = []
  const stale: Read[] = []
  for (const read of reads) {
    const problem = explainBadRead(read)
    if (problem !== null) {
      results.push({ kind: "rejected", id: read.id, reason: "invalidChange", message: problem, leader: raft.state.leaderId })
      continue
    }
    if (state.count >= state.pendingMax) {
      results.push(rejectedRead(read.id, "overloaded", raft.state.leaderId))
      continue
    }
    state.count += 1
    if (read.consistency === "stale") stale.push(read)
    else if (read.consistency === "lease" && leaseIndex !== null) leased.push(read)
    else state.queued.push(read)
  }
  // A stale read waits for nothing but the minimum that it brings.
  if (stale.length > 0) confirm(state, 0, stale)
  if (leased.length > 0) confirm(state, leaseIndex!, leased)
}

/** A read that asks for something else than there is must not be answered as if it asked for less. */
function explainBadRead({ consistency, minimumIndex }: Read): string | null {
  if (consistency !== "linearizable" && consistency !== "lease" && consistency !== "stale")
    return `the consistency is ${show(consistency)}; it must be "linearizable", "lease" or "stale"`
  if (!Number.isSafeInteger(minimumIndex) || minimumIndex < 0)
    return `the minimum index is ${show(minimumIndex)}; it must be an integer from 0`
  return null
}

/** Asks the leader about all reads of this step at once. */
export function askForReads(state: Reads, raft: Raft, now: Milliseconds, results: ReadResult[]): void {
  if (state.queued.length === 0) return
  const reads = state.queued
  state.queued = []
  const refusal = ask(state, raft, reads, now, now)
  if (refusal !== null) reject(state, reads, refusal, raft.state.leaderId, results)
}

/** The leader's word on a question: an index, or null if it is not the leader (any more) or has too much to do. */
export function onReadIndexKnown(
  state: Reads,
  raft: Raft,
  readId: number,
  index: LogIndex | null,
  now: Milliseconds,
  results: ReadResult[],
): void {
  const at = state.asked.findIndex((batch) => batch.readId === readId)
  if (at === -1) return
  const batch = state.asked[at]!
  if (index !== null) {
    state.asked.splice(at, 1)
    confirm(state, index, batch.reads)
  } else if (raft.state.leaderId === null) {
    state.asked.splice(at, 1)
    reject(state, batch.reads, "noLeader", null, results)
  } else if (raft.state.leaderId !== batch.askedTo) {
    // Another leads now: ask there. Whoever refused although it leads is asked again by the timer.
    state.asked.splice(at, 1)
    askOrWait(state, raft, batch.reads, batch.since, now, results)
  }
}

/** Another leads now: what the former one was asked, it will not answer any more. */
export function onLeaderChangeForReads(state: Reads, raft: Raft, now: Milliseconds, results: ReadResult[]): void {
  if (raft.state.leaderId !== null && state.asked.length > 0) askAgain(state, raft, 0, now, results)
}

/** The connection to `peer` broke, and what was asked there may be lost with it: ask again after `soonMs`, in which there may be another one. */
export function onUnreachableForReads(state: Reads, peer: NodeId, soonMs: Milliseconds, now: Milliseconds): void {
  if (state.asked.length === 0) return
  const askedAt = now + soonMs - state.retryMs
  state.asked = state.asked.map((batch) => (batch.askedTo === peer && batch.askedAt > askedAt ? { ...batch, askedAt } : batch))
}

/** The retry timer: asks again what had no answer for too long, gives up what has waited for too long. */
export function wakeReads(state: Reads, raft: Raft, now: Milliseconds, results: ReadResult[]): void {
  if (now < readsDeadline(state)) return
  const expired = state.asked.filter((batch) => batch.since + state.timeoutMs <= now)
  if (expired.length > 0) {
    state.asked = state.asked.filter((batch) => batch.since + state.timeoutMs > now)
    for (const batch of expired) reject(state, batch.reads, "noLeader", raft.state.leaderId, results)
  }
  askAgain(state, raft, state.retryMs, now, results)
}

/** When `wakeReads` has something to do. */
export function readsDeadline(state: Reads): Milliseconds {
  let deadline = Infinity
  for (const batch of state.asked) deadline = Math.min(deadline, batch.askedAt + state.retryMs, batch.since + state.timeoutMs)
  return deadline
}

/** Answers what `lastApplied` suffices for, until the answers hold `itemsMax` items; the next step goes on. */
export function answerReads(state: Reads, machine: StateMachine, lastApplied: LogIndex, itemsMax: number, results: ReadResult[]): void {
  const { turns } = state
  if (state.confirmed.length === 0 && turns.count === 0) return
  const answerOne = (read: Read): number => {
    state.count -= 1
    state.answeredCount += 1
    const result = answer(machine, read, lastApplied)
    results.push(result)
    return result.kind === "answered" ? callAnswerItems(machine, result.answer) : 1
  }
  let itemsLeft = itemsMax
  const waiting: Confirmed[] = []
  for (const batch of state.confirmed) {
    if (batch.index > lastApplied) {
      waiting.push(batch)
      continue
    }
    const later: Read[] = []
    for (const read of batch.reads) {
      if (read.minimumIndex > lastApplied) later.push(read)
      // As long as no read waits for a turn, reads are answered in the order in which they came.
      else if (itemsLeft > 0 && turns.count === 0) itemsLeft -= answerOne(read)
      else lineUp(turns, read)
    }
    if (later.length > 0) waiting.push({ index: batch.index, reads: later })
  }
  state.confirmed = waiting
  if (turns.count > 0 && itemsLeft > 0) takeTurns(turns, itemsLeft, answerOne)
}

/** Whether the last step had to leave reads that could be answered. */
export function hasMoreToAnswer({ turns }: Reads): boolean {
  return turns.count > 0
}

/** The callers of `ids` stopped waiting. */
export function cancelReads(state: Reads, ids: ReadonlySet<number>, results: ReadResult[]): void {
  if (state.count === 0) return
  const isWanted = (read: Read): boolean => {
    if (!ids.has(read.id)) return true
    state.count -= 1
    results.push({ kind: "rejected", id: read.id, reason: "stopped", message: "the caller gave up waiting", leader: null })
    return false
  }
  state.queued = state.queued.filter(isWanted)
  state.asked = state.asked.map((batch) => ({ ...batch, reads: batch.reads.filter(isWanted) })).filter((batch) => batch.reads.length > 0)
  state.confirmed = state.confirmed
    .map((batch) => ({ ...batch, reads: batch.reads.filter(isWanted) }))
    .filter((batch) => batch.reads.length > 0)
  filterTurns(state.turns, isWanted)
}

export function rejectedRead(id: number, reason: RejectReason, leader: NodeId | null): ReadResult {
  return { kind: "rejected", id, reason, message: explainRejection(reason), leader }
}

/** Everything last asked `afterMs` ago or earlier becomes one question, under a new id. */
function askAgain(state: Reads, raft: Raft, afterMs: Milliseconds, now: Milliseconds, results: ReadResult[]): void {
  // Reckoned as the deadline is: rounding must not make the two disagree.
  const overdue = state.asked.filter((batch) => batch.askedAt + afterMs <= now)
  if (overdue.length === 0) return
  state.asked = state.asked.filter((batch) => batch.askedAt + afterMs > now)
  let since = now
  const reads: Read[] = []
  for (const batch of overdue) {
    since = Math.min(since, batch.since)
    for (const read of batch.reads) reads.push(read)
  }
  askOrWait(state, raft, reads, since, now, results)
}

/** An election may be under way: reads that were asked once wait for its end, up to their timeout. */
function askOrWait(state: Reads, raft: Raft, reads: Read[], since: Milliseconds, now: Milliseconds, results: ReadResult[]): void {
  const refusal = ask(state, raft, reads, since, now)
  if (refusal === "noLeader") state.asked.push({ readId: takeReadId(state), reads, since, askedAt: now, askedTo: null })
  else if (refusal !== null) reject(state, reads, refusal, raft.state.leaderId, results)
}

function ask(state: Reads, raft: Raft, reads: Read[], since: Milliseconds, now: Milliseconds): RejectReason | null {
  const readId = takeReadId(state)
  const refusal = raft.requestRead(readId)
  if (refusal === null) state.asked.push({ readId, reads, since, askedAt: now, askedTo: raft.state.leaderId })
  return refusal
}

/** As many questions have ids of their own in one life: more than can be on the network. */
const readIdsPerBoot = 2 ** 21

/** Never one of a former life: an answer that comes late, from before a restart, would confirm an index that is too old. */
function takeReadId(state: Reads): number {
  const readId = state.bootId * readIdsPerBoot + (state.askedCount % readIdsPerBoot)
  state.askedCount += 1
  return readId
}

/** Reads of one index in a row wait together. */
function confirm(state: Reads, index: LogIndex, reads: Read[]): void {
  const last = state.confirmed.at(-1)
  if (last === undefined || last.index !== index) state.confirmed.push({ index, reads })
  else for (const read of reads) last.reads.push(read)
}

function reject(state: Reads, reads: readonly Read[], reason: RejectReason, leader: NodeId | null, results: ReadResult[]): void {
  state.count -= reads.length
  for (const read of reads) results.push(rejectedRead(read.id, reason, leader))
}

/** A query may refuse by throwing: that is its caller's affair, not the replica's. */
function answer(machine: StateMachine, read: Read, index: LogIndex): ReadResult {
  try {
    return { kind: "answered", id: read.id, index, answer: machine.query(read.query) }
  } catch (error) {
    return { kind: "failed", id: read.id, message: error instanceof Error ? error.message : show(error), error }
  }
}
