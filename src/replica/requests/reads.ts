/**
 * Reads on any server, without log entries (dissertation §6.4).
 *
 * All linearizable reads of one step share one question to the leader: one index, confirmed by one round of messages, answers them all. A
 * read is then answered from the state machine as soon as this server has applied that index, and the wished minimum. A leader that is lost
 * confirms nothing: its readers ask the next one, again and again until `readTimeoutMs`; where no leader is known at all, they are told so.
 * Nothing is ever answered without a confirmation that began after the read did.
 *
 * A step answers a bounded number, by what their answers took to make: a few hundred large ones at once would hold up heartbeats until leadership
 * is lost. What it has to leave is answered in turns of those who asked (`read-turns.ts`).
 */

import { show } from "../../arguments/index.ts"
import type { LogIndex, Milliseconds, NodeId, Ready, RejectReason } from "../../core/index.ts"
import type { ReadResult } from "../effect.ts"
import type { Read } from "../event.ts"
import { callAnswerItems } from "../machine/machine-calls.ts"
import type { StateMachine } from "../machine/state-machine.ts"
import type { ReplicaState } from "../replica-state.ts"
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
export function enqueueReads(state: ReplicaState, arrived: readonly Read[], results: ReadResult[]): void {
  const { reads, raft, now } = state
  const leaseIndex = arrived.some((read) => read.consistency === "lease") ? raft.leaseReadIndex(now) : null
  const leased: Read[] = []
  const stale: Read[] = []
  for (const read of arrived) {
    const problem = explainBadRead(read)
    if (problem !== null) {
      results.push({ kind: "rejected", id: read.id, reason: "invalidChange", message: problem, leader: raft.state.leaderId })
      continue
    }
    if (reads.count >= reads.pendingMax) {
      results.push(rejectedRead(read.id, "overloaded", raft.state.leaderId))
      continue
    }
    reads.count += 1
    if (read.consistency === "stale") stale.push(read)
    else if (read.consistency === "lease" && leaseIndex !== null) leased.push(read)
    else reads.queued.push(read)
  }
  // A stale read waits for nothing but the minimum that it brings.
  if (stale.length > 0) confirm(reads, 0, stale)
  if (leased.length > 0) confirm(reads, leaseIndex!, leased)
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
export function askForReads(state: ReplicaState, results: ReadResult[]): void {
  const { reads, raft, now } = state
  const { queued } = reads
  if (queued.length === 0) return
  reads.queued = []
  const refusal = ask(state, queued, now)
  if (refusal !== null) reject(reads, queued, refusal, raft.state.leaderId, results)
}

/** The leader's word on a question: an index, or null if it is not the leader (any more) or has too much to do. */
export function onReadIndexKnown(state: ReplicaState, { readId, readIndex }: Ready["reads"][number], results: ReadResult[]): void {
  const { reads, raft } = state
  const { asked } = reads
  const at = asked.findIndex((batch) => batch.readId === readId)
  if (at === -1) return
  const batch = asked[at]!
  if (readIndex !== null) {
    asked.splice(at, 1)
    confirm(reads, readIndex, batch.reads)
  } else if (raft.state.leaderId === null) {
    asked.splice(at, 1)
    reject(reads, batch.reads, "noLeader", null, results)
  } else if (raft.state.leaderId !== batch.askedTo) {
    // Another server leads now and is asked instead. A server that refused although it leads is asked again by the timer.
    asked.splice(at, 1)
    askOrWait(state, batch.reads, batch.since, results)
  }
}

/** Another server leads now: the former leader will not answer any more. */
export function onLeaderChangeForReads(state: ReplicaState, results: ReadResult[]): void {
  if (state.raft.state.leaderId !== null && state.reads.asked.length > 0) askAgain(state, 0, results)
}

/** The connection to `peer` broke, and a question may be lost with it: asked again after a heartbeat interval, when a new connection may be open. */
export function onUnreachableForReads({ reads, options, now }: ReplicaState, peer: NodeId): void {
  if (reads.asked.length === 0) return
  const askedAt = now + options.raft.heartbeatIntervalMs - reads.retryMs
  reads.asked = reads.asked.map((batch) => (batch.askedTo === peer && batch.askedAt > askedAt ? { ...batch, askedAt } : batch))
}

/** The retry timer: asks again what had no answer for too long, gives up what has waited for too long. */
export function wakeReads(state: ReplicaState, results: ReadResult[]): void {
  const { reads, raft, now } = state
  if (now < readsDeadline(reads)) return
  const expired = reads.asked.filter((batch) => batch.since + reads.timeoutMs <= now)
  if (expired.length > 0) {
    reads.asked = reads.asked.filter((batch) => batch.since + reads.timeoutMs > now)
    for (const batch of expired) reject(reads, batch.reads, "noLeader", raft.state.leaderId, results)
  }
  askAgain(state, reads.retryMs, results)
}

/** When `wakeReads` has something to do. */
export function readsDeadline(reads: Reads): Milliseconds {
  let deadline = Infinity
  for (const batch of reads.asked) deadline = Math.min(deadline, batch.askedAt + reads.retryMs, batch.since + reads.timeoutMs)
  return deadline
}

/** Answers the reads whose index is applied, until the answers hold `answerItemsMax` items; the next step goes on. */
export function answerReads({ reads, applied, options }: ReplicaState, results: ReadResult[]): void {
  const { turns } = reads
  if (reads.confirmed.length === 0 && turns.count === 0) return
  const { machine, lastApplied } = applied
  const answerOne = (read: Read): number => {
    reads.count -= 1
    reads.answeredCount += 1
    const result = answer(machine, read, lastApplied)
    results.push(result)
    return result.kind === "answered" ? callAnswerItems(machine, result.answer) : 1
  }
  let itemsLeft = options.answerItemsMax
  const waiting: Confirmed[] = []
  for (const batch of reads.confirmed) {
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
  reads.confirmed = waiting
  if (turns.count > 0 && itemsLeft > 0) takeTurns(turns, itemsLeft, answerOne)
}

/** Whether the last step had to leave reads that could be answered. */
export function hasMoreToAnswer({ turns }: Reads): boolean {
  return turns.count > 0
}

/** The callers of `ids` stopped waiting. */
export function cancelReads(reads: Reads, ids: ReadonlySet<number>, results: ReadResult[]): void {
  if (reads.count === 0) return
  const isWanted = (read: Read): boolean => {
    if (!ids.has(read.id)) return true
    reads.count -= 1
    results.push({ kind: "rejected", id: read.id, reason: "stopped", message: "the caller gave up waiting", leader: null })
    return false
  }
  reads.queued = reads.queued.filter(isWanted)
  reads.asked = reads.asked.map((batch) => ({ ...batch, reads: batch.reads.filter(isWanted) })).filter((batch) => batch.reads.length > 0)
  reads.confirmed = reads.confirmed
    .map((batch) => ({ ...batch, reads: batch.reads.filter(isWanted) }))
    .filter((batch) => batch.reads.length > 0)
  filterTurns(reads.turns, isWanted)
}

export function rejectedRead(id: number, reason: RejectReason, leader: NodeId | null): ReadResult {
  return { kind: "rejected", id, reason, message: explainRejection(reason), leader }
}

/** All reads that were last asked about `afterMs` ago or earlier become one question, under a new id. */
function askAgain(state: ReplicaState, afterMs: Milliseconds, results: ReadResult[]): void {
  const { reads, now } = state
  // Computed as the deadline is: rounding must not make the two disagree.
  const overdue = reads.asked.filter((batch) => batch.askedAt + afterMs <= now)
  if (overdue.length === 0) return
  reads.asked = reads.asked.filter((batch) => batch.askedAt + afterMs > now)
  let since = now
  const all: Read[] = []
  for (const batch of overdue) {
    since = Math.min(since, batch.since)
    for (const read of batch.reads) all.push(read)
  }
  askOrWait(state, all, since, results)
}

/** An election may be under way: reads that were asked once wait for its end, up to their timeout. `since`: when the oldest of `batch` began. */
function askOrWait(state: ReplicaState, batch: Read[], since: Milliseconds, results: ReadResult[]): void {
  const { reads, raft, now } = state
  const refusal = ask(state, batch, since)
  if (refusal === "noLeader") reads.asked.push({ readId: takeReadId(reads), reads: batch, since, askedAt: now, askedTo: null })
  else if (refusal !== null) reject(reads, batch, refusal, raft.state.leaderId, results)
}

function ask({ reads, raft, now }: ReplicaState, batch: Read[], since: Milliseconds): RejectReason | null {
  const readId = takeReadId(reads)
  const refusal = raft.requestRead(readId)
  if (refusal === null) reads.asked.push({ readId, reads: batch, since, askedAt: now, askedTo: raft.state.leaderId })
  return refusal
}

/** As many questions have ids of their own in one life: more than can be on the network. */
const readIdsPerBoot = 2 ** 21

/** Never one of a former life: an answer that comes late, from before a restart, would confirm an index that is too old. */
function takeReadId(reads: Reads): number {
  const readId = reads.bootId * readIdsPerBoot + (reads.askedCount % readIdsPerBoot)
  reads.askedCount += 1
  return readId
}

/** Reads of one index in a row wait together. */
function confirm(reads: Reads, index: LogIndex, batch: Read[]): void {
  const last = reads.confirmed.at(-1)
  if (last === undefined || last.index !== index) reads.confirmed.push({ index, reads: batch })
  else for (const read of batch) last.reads.push(read)
}

function reject(reads: Reads, batch: readonly Read[], reason: RejectReason, leader: NodeId | null, results: ReadResult[]): void {
  reads.count -= batch.length
  for (const read of batch) results.push(rejectedRead(read.id, reason, leader))
}

/** A query may refuse by throwing: that is its caller's affair, not the replica's. */
function answer(machine: StateMachine, read: Read, index: LogIndex): ReadResult {
  try {
    return { kind: "answered", id: read.id, index, answer: machine.query(read.query) }
  } catch (error) {
    return { kind: "failed", id: read.id, message: error instanceof Error ? error.message : show(error), error }
  }
}
