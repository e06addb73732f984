/**
 * This server's own proposals from the call to the outcome, whichever server leads (Raft §8, dissertation §6.2 and §6.3).
 *
 * Three outcomes: `committed` when the entry with our origin, boot id and number is applied here; `rejected` when it certainly never will
 * be; `unknown` when nobody here can tell. A leader that loses leadership keeps waiting: what it appended may still be committed by the next
 * one, and if another entry is committed in its place, or one of a later term before it, that is known for certain. What was forwarded has no
 * place that we know of, but a term: a leader takes it only in the term it was sent in. So the first entry of a later term tells here, too.
 *
 * The table is a set of columns indexed by `number & mask`: no object, no closure and no map entry per proposal. A number whose slot is
 * still taken by a straggler is skipped.
 */

import { isBytes, show } from "../../arguments/index.ts"
import { hashValue } from "../../core/index.ts"
import type { ForwardProposals, ForwardProposalsReply, LogIndex, NodeId, RejectReason, SnapshotMeta, Term } from "../../core/index.ts"
import type { Applied } from "../apply.ts"
import type { Outcome } from "../effect.ts"
import type { Proposal, SessionToken } from "../event.ts"
import { envelopeBytes, type EnvelopeType } from "../machine/envelope.ts"
import { explainRejection } from "./reject-reasons.ts"

const slotsMin = 64

/** How far a proposal has come. Values of the `stages` column; 0 in a free slot. */
export const Stage = { free: 0, queued: 1, inLog: 2, forwarded: 3 } as const

export interface Proposals {
  readonly pendingMax: number
  readonly bytesMax: number
  /** Bytes of one proposal, its envelope included: what the core takes. */
  readonly proposalBytesMax: number
  /** The next number to try. Numbers grow, and are never used twice in this life of the replica. */
  nextNumber: number
  count: number
  bytes: number
  inLogCount: number
  forwardedCount: number
  /** Leadership was lost or changed hands while some stood in the log: another entry may be committed in their place. */
  hasOrphans: boolean
  /** Columns, all of one length, a power of two. 0 in `numbers` marks a free slot. */
  numbers: Float64Array
  ids: Float64Array
  sizes: Float64Array
  stages: Uint8Array
  /** In the log: the entry's index. Forwarded: the id of the leader that it was sent to. */
  wheres: Float64Array
  /** In the log: the entry's term. Forwarded: the term in which it was sent. */
  terms: Float64Array
  /** Taken in this step, not yet given to anyone. */
  queue: Queue
}

/** Proposals of one step, as columns. */
export interface Queue {
  proposals: Proposal[]
  types: EnvelopeType[]
  numbers: number[]
}

export function createProposals(pendingMax: number, bytesMax: number, proposalBytesMax: number): Proposals {
  return {
    pendingMax,
    bytesMax,
    proposalBytesMax,
    nextNumber: 1,
    count: 0,
    bytes: 0,
    inLogCount: 0,
    forwardedCount: 0,
    hasOrphans: false,
    numbers: new Float64Array(slotsMin),
    ids: new Float64Array(slotsMin),
    sizes: new Float64Array(slotsMin),
    stages: new Uint8Array(slotsMin),
    wheres: new Float64Array(slotsMin),
    terms: new Float64Array(slotsMin),
    queue: emptyQueue(),
  }
}

export function cloneProposals(table: Proposals): Proposals {
  return {
    ...table,
    numbers: table.numbers.slice(),
    ids: table.ids.slice(),
    sizes: table.sizes.slice(),
    stages: table.stages.slice(),
    wheres: table.wheres.slice(),
    terms: table.terms.slice(),
    queue: { proposals: table.queue.proposals.slice(), types: table.queue.types.slice(), numbers: table.queue.numbers.slice() },
  }
}

/** Takes a proposal for this step's batch, or refuses it where it is too large, makes no sense, or there is no room. */
export function enqueue(table: Proposals, proposal: Proposal, type: EnvelopeType, outcomes: Outcome[]): void {
  // What is no command, or what no envelope can say, must not get into the log: every server would halt over it, again after each restart.
  if (!isBytes(proposal.command)) {
    outcomes.push(rejection(proposal.id, "invalidChange", null, `the command is ${show(proposal.command)}; it must be a Uint8Array`))
    return
  }
  const size = proposal.command.length
  if (envelopeBytes(type, size) > table.proposalBytesMax) {
    outcomes.push(rejection(proposal.id, "tooLarge", null))
    return
  }
  if (proposal.session !== null && !canBeToken(proposal.session)) {
    outcomes.push(rejection(proposal.id, "sessionExpired", null))
    return
  }
  const isFull = table.count >= table.pendingMax || (table.bytes + size > table.bytesMax && table.count > 0)
  if (isFull) {
    outcomes.push(rejection(proposal.id, "overloaded", null))
    return
  }
  const number = takeNumber(table)
  const slot = number & (table.numbers.length - 1)
  table.numbers[slot] = number
  table.ids[slot] = proposal.id
  table.sizes[slot] = size
  table.stages[slot] = Stage.queued
  table.count += 1
  table.bytes += size
  table.queue.proposals.push(proposal)
  table.queue.types.push(type)
  table.queue.numbers.push(number)
}

/** A number for a proposal of the server's own, that nobody waits for. */
export function takeUntrackedNumber(table: Proposals): number {
  return takeNumber(table)
}

/** Hands over this step's batch; the caller finds a place for each of them. */
export function takeQueue(table: Proposals): Queue {
  const { queue } = table
  table.queue = emptyQueue()
  return queue
}

/** The leader here appended the proposal at (`index`, `term`). */
export function placeInLog(table: Proposals, number: number, index: LogIndex, term: Term): void {
  const slot = slotOf(table, number)
  if (slot === -1) return
  table.stages[slot] = Stage.inLog
  table.wheres[slot] = index
  table.terms[slot] = term
  table.inLogCount += 1
}

/** The proposal is on its way to `leader`. */
export function placeForwarded(table: Proposals, number: number, leader: NodeId, term: Term): void {
  const slot = slotOf(table, number)
  if (slot === -1) return
  table.stages[slot] = Stage.forwarded
  table.wheres[slot] = leader
  table.terms[slot] = term
  table.forwardedCount += 1
}

/** An entry of ours was applied: its proposal's caller id, now forgotten here, or -1 if nobody waits any more. */
export function settle(table: Proposals, number: number): number {
  const slot = slotOf(table, number)
  if (slot === -1) return -1
  const id = integerOf(table.ids[slot]!)
  free(table, slot)
  return id
}

/** A number from a floating-point column, as the small integer that it mostly is: everything that it is put into then stays one to the engine. */
function integerOf(value: number): number {
  const small = value | 0
  return small === value ? small : value
}

/** Certainly not done. */
export function rejectProposal(table: Proposals, number: number, reason: RejectReason, leader: NodeId | null, outcomes: Outcome[]): void {
  const slot = slotOf(table, number)
  if (slot === -1) return
  outcomes.push(rejection(table.ids[slot]!, reason, leader))
  free(table, slot)
}

/** Whether the proposal was forwarded and has no outcome yet. */
export function isForwarded(table: Proposals, number: number): boolean {
  const slot = slotOf(table, number)
  return slot !== -1 && table.stages[slot] === Stage.forwarded
}

/** The server that proposals were forwarded to has refused some. Counts only for proposals that were forwarded to that server in that term. */
export function onForwardRejected(
  table: Proposals,
  { rejected, from, term, reason }: ForwardProposalsReply,
  leader: NodeId | null,
  outcomes: Outcome[],
): void {
  // `lostLeadership`: that server leads no more, and does not remember whether it took a first copy of the message, so only the log will tell.
  // `repeated` refuses nothing (`onForwardRepeated`).
  if (reason === "lostLeadership" || reason === "repeated") return
  for (const number of rejected) {
    const slot = slotOf(table, number)
    if (slot === -1 || table.stages[slot] !== Stage.forwarded || table.wheres[slot] !== from || table.terms[slot] !== term) continue
    outcomes.push(rejection(table.ids[slot]!, reason, leader))
    free(table, slot)
  }
}

/** No word of this message for too long. */
export function abandonForwarded(table: Proposals, message: ForwardProposals, outcomes: Outcome[]): void {
  for (const { id } of message.proposals) {
    const slot = slotOf(table, id)
    if (slot === -1 || table.stages[slot] !== Stage.forwarded) continue
    outcomes.push(unknown(table.ids[slot]!, `it was forwarded to node ${message.to}, and neither that one nor the log has told of it`))
    free(table, slot)
  }
}

/** Another leads, or a new term began: what the former leader took, only the log will tell. */
export function onLeaderChange(table: Proposals): void {
  if (table.inLogCount > 0 || table.forwardedCount > 0) table.hasOrphans = true
}

/**
 * Everything up to `lastApplied` is committed and was looked at: what our table still has at or below it was replaced by another entry. What it
 * has above it, of a term before that of the entry there, is never committed either: terms do not go down along a log. So the first entry of the
 * next leader tells, and nobody waits for the log to grow to where it was. What was forwarded in an earlier term was taken in that term or never.
 * Only after a leadership ended can there be any; what stands in the log of the term `ledTerm` that this server leads now is safe.
 */
export function rejectReplaced(
  table: Proposals,
  { lastApplied, lastAppliedTerm }: Pick<Applied, "lastApplied" | "lastAppliedTerm">,
  ledTerm: Term | null,
  leader: NodeId | null,
  outcomes: Outcome[],
): void {
  if (!table.hasOrphans) return
  table.hasOrphans = false
  for (let slot = 0; slot < table.stages.length; slot++) {
    const stage = table.stages[slot]
    if (stage !== Stage.inLog && stage !== Stage.forwarded) continue
    const isPassed = stage === Stage.inLog && table.wheres[slot]! <= lastApplied
    if (isPassed || table.terms[slot]! < lastAppliedTerm) {
      outcomes.push(rejection(table.ids[slot]!, "lostLeadership", leader))
      free(table, slot)
    } else if (table.terms[slot] !== ledTerm) {
      table.hasOrphans = true
    }
  }
}

/**
 * A snapshot took the place of the entries up to `lastIndex`: nobody looked at them here, so what stood there cannot be told. What stood above
 * them in an earlier term than `lastTerm` is never committed, as in `rejectReplaced`. What was forwarded in a later term is in none of it.
 */
export function onSnapshotInstalled(
  table: Proposals,
  { lastIndex, lastTerm }: Pick<SnapshotMeta, "lastIndex" | "lastTerm">,
  leader: NodeId | null,
  outcomes: Outcome[],
): void {
  if (table.inLogCount === 0 && table.forwardedCount === 0) return
  for (let slot = 0; slot < table.stages.length; slot++) {
    const stage = table.stages[slot]
    const id = table.ids[slot]!
    const mayBeCovered = stage === Stage.forwarded ? table.terms[slot]! <= lastTerm : table.wheres[slot]! <= lastIndex
    if (mayBeCovered && (stage === Stage.forwarded || stage === Stage.inLog)) {
      outcomes.push(unknown(id, "a snapshot replaced the part of the log that would tell"))
    } else if (stage === Stage.inLog && table.terms[slot]! < lastTerm) {
      outcomes.push(rejection(id, "lostLeadership", leader))
    } else continue
    free(table, slot)
  }
}

/** The callers of `ids` stopped waiting. */
export function cancelProposals(table: Proposals, ids: ReadonlySet<number>, outcomes: Outcome[]): void {
  if (table.count === 0) return
  for (let slot = 0; slot < table.stages.length; slot++) {
    if (table.stages[slot] === Stage.free || !ids.has(table.ids[slot]!)) continue
    outcomes.push(unknown(table.ids[slot]!, "the caller gave up waiting; it may still be committed"))
    free(table, slot)
  }
}

/** Adds the pending proposals to a running hash. */
export function hashProposals(hash: number, table: Proposals): number {
  const rows: number[] = [table.nextNumber]
  for (let slot = 0; slot < table.stages.length; slot++) {
    if (table.stages[slot] === Stage.free) continue
    rows.push(table.numbers[slot]!, table.ids[slot]!, table.sizes[slot]!, table.stages[slot]!, table.wheres[slot]!, table.terms[slot]!)
  }
  return hashValue(hash, rows)
}

export function rejection(
  id: number,
  reason: Extract<Outcome, { kind: "rejected" }>["reason"],
  leader: NodeId | null,
  message?: string,
): Outcome {
  return { kind: "rejected", id, reason, message: message ?? explainRejection(reason), leader }
}

export function unknown(id: number, message: string): Outcome {
  return { kind: "unknown", id, message }
}

function canBeToken(token: SessionToken): boolean {
  if (typeof token !== "object") return false
  try {
    const { sessionId, sequence, answeredBelow } = token
    return isCount(sessionId) && isCount(sequence) && isCount(answeredBelow)
  } catch {
    // Not plain data, but an object with code of its own.
    return false
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function emptyQueue(): Queue {
  return { proposals: [], types: [], numbers: [] }
}

/** The slot that holds `number`, or -1. */
function slotOf(table: Proposals, number: number): number {
  const slot = number & (table.numbers.length - 1)
  return table.numbers[slot] === number ? slot : -1
}

function free(table: Proposals, slot: number): void {
  if (table.stages[slot] === Stage.inLog) table.inLogCount -= 1
  else if (table.stages[slot] === Stage.forwarded) table.forwardedCount -= 1
  table.count -= 1
  table.bytes -= integerOf(table.sizes[slot]!)
  table.numbers[slot] = 0
  table.stages[slot] = Stage.free
}

function takeNumber(table: Proposals): number {
  if ((table.count + 1) * 2 > table.numbers.length) grow(table)
  const mask = table.numbers.length - 1
  // At most half of the slots are taken, so this ends, and soon.
  while (table.numbers[table.nextNumber & mask] !== 0) table.nextNumber += 1
  const number = table.nextNumber
  table.nextNumber += 1
  return number
}

function grow(table: Proposals): void {
  const { numbers, ids, sizes, stages, wheres, terms } = table
  const length = numbers.length * 2
  table.numbers = new Float64Array(length)
  table.ids = new Float64Array(length)
  table.sizes = new Float64Array(length)
  table.stages = new Uint8Array(length)
  table.wheres = new Float64Array(length)
  table.terms = new Float64Array(length)
  // Numbers that differ in the old slots differ in the new ones.
  for (let old = 0; old < numbers.length; old++) {
    const number = numbers[old]!
    if (number === 0) continue
    const slot = number & (length - 1)
    table.numbers[slot] = number
    table.ids[slot] = ids[old]!
    table.sizes[slot] = sizes[old]!
    table.stages[slot] = stages[old]!
    table.wheres[slot] = wheres[old]!
    table.terms[slot] = terms[old]!
  }
}
