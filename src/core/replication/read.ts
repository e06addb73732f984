/**
 * Reads without log entries, dissertation §6.4: ReadIndex, and the lease of §6.4.1.
 *
 * The leader notes its commit index first and then confirms with a round that started after; a quorum's answers to that round show that no
 * newer leader can have committed anything before. One round serves all reads that wait, and the next collects while it is under way. Before
 * an entry of its own term is committed, a leader does not know what is committed and lets reads wait.
 */

import { termAt } from "../log/log.ts"
import type { ReadIndexReply, ReadIndexRequest, RejectReason } from "../message.ts"
import type { Ready } from "../outbox.ts"
import type { Leader, PendingRead, RaftState } from "../state.ts"
import type { LogIndex, Milliseconds } from "../types.ts"
import { startRound } from "./rounds.ts"

/** A read of this server's own clients: joins the leader's next round, here or there. Null, or why it cannot be asked. */
export function requestRead(state: RaftState, out: Ready, readId: number): RejectReason | null {
  const { role, leaderId, term } = state
  const from = state.options.id
  if (role.kind === "leader") return queueRead(state, role, { readId, from })
  if (leaderId === null) return "noLeader"
  out.messages.push({ kind: "readIndex", from, to: leaderId, term, readId })
  return null
}

/** A read on behalf of a follower's clients. */
export function onReadIndex(state: RaftState, out: Ready, message: ReadIndexRequest): void {
  const { role } = state
  const { from, readId } = message
  const refused = role.kind !== "leader" || queueRead(state, role, { readId, from }) !== null
  if (refused) answerRead(state, out, { readId, from }, null)
}

export function onReadIndexReply(out: Ready, message: ReadIndexReply): void {
  out.reads.push({ readId: message.readId, readIndex: message.readIndex })
}

function queueRead(state: RaftState, role: Leader, read: PendingRead): RejectReason | null {
  if (role.readsQueued.length >= state.options.pendingReadsMax) return "overloaded"
  role.readsQueued.push(read)
  return null
}

/** Begins the next round if reads wait and no other round of reads is under way. True if heartbeats must go out now to carry it. */
export function startReads(state: RaftState, role: Leader, now: Milliseconds): boolean {
  if (role.readsQueued.length === 0 || role.readsConfirming !== null) return false
  if (termAt(state.log, state.commitIndex) !== state.term) return false
  if (!startRound(role, now)) return false
  role.readsConfirming = { round: role.round, readIndex: state.commitIndex, reads: role.readsQueued }
  role.readsQueued = []
  return true
}

/** Answers the reads whose round is confirmed. */
export function confirmReads(state: RaftState, out: Ready, role: Leader): void {
  const batch = role.readsConfirming
  if (batch === null || batch.round > role.confirmedRound) return
  role.readsConfirming = null
  for (const read of batch.reads) answerRead(state, out, read, batch.readIndex)
}

/**
 * The index that a read may use without asking anyone, or null if no lease holds at `now`.
 *
 * A lease counts from the moment the confirmed round was sent, and is shorter than what voters promise by the allowed clock drift. It is
 * void while leadership is handed over, and from the first `TimeoutNow` of a term on: its target need not wait for anyone's promise.
 */
export function leaseReadIndex(state: RaftState, now: Milliseconds): LogIndex | null {
  const { role, options } = state
  if (role.kind !== "leader" || !options.leaseReads || !options.preVote) return null
  if (role.transfer !== null || role.leaseForfeited) return null
  if (termAt(state.log, state.commitIndex) !== state.term) return null
  const leaseMs = options.electionTimeoutMinMs * (1 - options.clockDriftMax)
  return now < role.confirmedSentAt + leaseMs ? state.commitIndex : null
}

/**
 * The clock that the lease is measured on may have stood still: no round that was begun before now supports a lease, also not by an answer that
 * comes later. Reads that wait for such a round are right all the same: it was asked, and answered, after they began.
 */
export function forfeitLease(role: Leader): void {
  role.confirmedSentAt = -Infinity
  role.roundsSentAt.fill(-Infinity)
}

/** Leadership ends: what was not confirmed never will be; the caller may ask the next leader. */
export function abandonReads(state: RaftState, out: Ready, role: Leader): void {
  const confirming = role.readsConfirming?.reads ?? []
  role.readsConfirming = null
  for (const read of [...confirming, ...role.readsQueued]) answerRead(state, out, read, null)
  role.readsQueued = []
}

function answerRead(state: RaftState, out: Ready, read: PendingRead, readIndex: LogIndex | null): void {
  const { id } = state.options
  const { readId, from } = read
  if (from === id) out.reads.push({ readId, readIndex })
  else out.messages.push({ kind: "readIndexReply", from: id, to: from, term: state.term, readId, readIndex })
}
