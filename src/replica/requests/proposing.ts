/**
 * Where proposals go: into the own log on the leader, to the leader from everywhere else (dissertation §6.2).
 *
 * The proposals of one step are encoded into one buffer and appended in groups, so that a leader with little room left takes some instead of
 * none. Forwarded ones arrive as finished envelopes; the leader only stamps its time into a copy. The server that forwarded them recognizes them in the
 * log, and is told only about those that were refused; and of what it repeats, that it was decided on.
 */

import type { ForwardedProposal, ForwardProposals, ForwardProposalsReply, Milliseconds, NodeId, RejectReason } from "../../core/index.ts"
import { forwardedOverheadBytes, recordHeaderBytes, recordOverheadBytes, roomAround } from "../../wire/index.ts"
import type { Effects } from "../effect.ts"
import { clusterTimeMs } from "../machine/cluster-clock.ts"
import {
  bootIdOf,
  envelopeBytes,
  EnvelopeType,
  explainBadEnvelope,
  numberOf,
  originOf,
  plainHeaderBytes,
  stampTime,
  writeEnvelope,
} from "../machine/envelope.ts"
import { takeStatements } from "../machine/verify.ts"
import type { ReplicaState } from "../replica-state.ts"
import { noteDelivery, noteRefusal, refusalsOf } from "./forward-filter.ts"
import { noteForwarded } from "./forwarding.ts"
import { placeForwarded, placeInLog, rejectProposal, takeQueue, takeUntrackedNumber, type Queue } from "./proposals.ts"

/** Envelope bytes appended together, all or none; a larger one is alone. */
const groupBytesMax = 256 << 10

/** Finds a place for every proposal of this step, or refuses it. */
export function placeQueue(state: ReplicaState, effects: Effects): void {
  if (state.proposals.queue.numbers.length === 0) return
  const queue = takeQueue(state.proposals)
  const { role, leaderId } = state.raft.state
  if (role.kind === "leader") propose(state, queue, effects)
  else if (leaderId !== null) forward(state, queue, leaderId, effects)
  else for (const number of queue.numbers) rejectProposal(state.proposals, number, "noLeader", null, effects.outcomes)
}

/** Proposals of another server's callers: takes them, or answers which ones it did not take. */
export function takeForwarded(state: ReplicaState, message: ForwardProposals, effects: Effects): void {
  const { proposals, from, term } = message
  if (proposals.length === 0) return
  const self = state.options.raft.id
  const bootId = bootIdIn(proposals[0]!.data)
  const first = proposals[0]!.id
  const reply = (rejected: readonly number[], reason: ForwardProposalsReply["reason"]): void => {
    effects.messages.push({ kind: "forwardProposalsReply", from: self, to: from, term: state.raft.state.term, bootId, rejected, reason })
  }
  const all = (): number[] => proposals.map(({ id }) => id)
  if (!isWellFormed(message)) return reply(all(), "invalidChange")
  const { role } = state.raft.state
  // Sent to a leadership that this process does not remember. A copy of the message may have been taken in it: the sender must not conclude
  // anything ("lostLeadership").
  if (term !== state.raft.state.term || term !== state.ledTerm) return reply(all(), "lostLeadership")
  const delivery = noteDelivery(state.forwards, term, from, bootId, first)
  // Its sender asks on, and gives up in the end: nothing can be said about it here.
  if (delivery === "forgotten") return
  if (delivery === "repeated") {
    for (const { numbers, reason } of refusalsOf(state.forwards, from, bootId, first)) reply(numbers, reason)
    return reply([first], "repeated")
  }
  const refuse = (numbers: readonly number[], reason: RejectReason): void => {
    noteRefusal(state.forwards, from, bootId, first, { numbers, reason })
    reply(numbers, reason)
  }
  if (role.kind !== "leader") return refuse(all(), "notLeader")
  if (state.disk.state === "full") return refuse(all(), "diskFull")
  append(state, message, refuse)
}

/**
 * What this server has to say in a comparison (`verify.ts`): nobody waits for it, and what gets lost is said again in the next term. Nothing else would
 * bring about a step, so it waits for the next one.
 */
export function proposeStatements(state: ReplicaState, effects: Effects): void {
  const { raft, options, proposals, verifying, disk, now } = state
  const { role, leaderId, term } = raft.state
  const isLeader = role.kind === "leader"
  if (disk.state === "full" || leaderId === null) return
  for (const statement of takeStatements(verifying, raft, now)) {
    const number = takeUntrackedNumber(proposals)
    const payload = encodeStatement(state, number, statement)
    if (isLeader) {
      raft.propose([payload], roomAround)
      continue
    }
    const forwarded = [{ id: number, data: payload }]
    effects.messages.push({ kind: "forwardProposals", from: options.raft.id, to: leaderId, term, proposals: forwarded })
  }
}

function encodeStatement(state: ReplicaState, number: number, command: Uint8Array): Uint8Array {
  const timeMs = state.raft.state.role.kind === "leader" ? stampNow(state) : 0
  const bytes = envelopeBytes(EnvelopeType.statement, command.length)
  const buffer = new Uint8Array(recordOverheadBytes + bytes)
  writeEnvelope(buffer, recordHeaderBytes, EnvelopeType.statement, state.options, number, timeMs, { command, session: null })
  return buffer.subarray(recordHeaderBytes, recordHeaderBytes + bytes)
}

function append(state: ReplicaState, message: ForwardProposals, refuse: (rejected: readonly number[], reason: RejectReason) => void): void {
  const { proposals } = message
  const payloads = stampedCopies(message, stampNow(state))
  for (let from = 0; from < payloads.length;) {
    const to = endOfGroup(payloads, from, groupBytesMax)
    const result = state.raft.propose(payloads.slice(from, to), roomAround)
    if (!result.ok)
      refuse(
        proposals.slice(from, to).map(({ id }) => id),
        result.reason,
      )
    from = to
  }
}

function propose(state: ReplicaState, queue: Queue, effects: Effects): void {
  const { proposals, raft, options } = state
  const { numbers } = queue
  const leader = options.raft.id
  const refuse = (from: number, to: number, reason: RejectReason): void => {
    for (let i = from; i < to; i++) rejectProposal(proposals, numbers[i]!, reason, leader, effects.outcomes)
  }
  if (state.disk.state === "full") return refuse(0, numbers.length, "diskFull")
  const payloads = encode(state, queue, stampNow(state))
  for (let from = 0; from < payloads.length;) {
    const to = endOfGroup(payloads, from, groupBytesMax)
    const result = raft.propose(payloads.slice(from, to), roomAround)
    if (!result.ok) refuse(from, to, result.reason)
    else for (let i = from; i < to; i++) placeInLog(proposals, numbers[i]!, result.firstIndex + i - from, result.term)
    from = to
  }
}

function forward(state: ReplicaState, queue: Queue, leader: NodeId, effects: Effects): void {
  const { proposals, raft, options } = state
  const { term } = raft.state
  const payloads = encode(state, queue, 0)
  for (let from = 0; from < payloads.length;) {
    const to = endOfGroup(payloads, from, options.raft.appendBytesMax, forwardedOverheadBytes)
    const forwarded: ForwardedProposal[] = []
    for (let i = from; i < to; i++) {
      const id = queue.numbers[i]!
      forwarded.push({ id, data: payloads[i]! })
      placeForwarded(proposals, id, leader, term)
    }
    const message: ForwardProposals = { kind: "forwardProposals", from: options.raft.id, to: leader, term, proposals: forwarded }
    effects.messages.push(message)
    noteForwarded(state.forwarding, proposals, message, state.now)
    from = to
  }
}

/** One buffer for all envelopes, with room for a log record around each; a payload is a view of it. */
function encode(state: ReplicaState, queue: Queue, timeMs: number): Uint8Array[] {
  const { options } = state
  const { proposals, types, numbers } = queue
  let total = 0
  for (let i = 0; i < numbers.length; i++) total += recordOverheadBytes + envelopeBytes(types[i]!, proposals[i]!.command.length)
  const buffer = new Uint8Array(total)
  const payloads: Uint8Array[] = []
  let at = 0
  for (let i = 0; i < numbers.length; i++) {
    const start = at + recordHeaderBytes
    const end = writeEnvelope(buffer, start, types[i]!, options, numbers[i]!, timeMs, proposals[i]!)
    payloads.push(buffer.subarray(start, end))
    at += recordOverheadBytes + end - start
  }
  return payloads
}

/** Copies with room around them, because the message's bytes may belong to a socket's buffer, or to the sender. */
function stampedCopies(message: ForwardProposals, timeMs: number): Uint8Array[] {
  let total = 0
  for (const { data } of message.proposals) total += recordOverheadBytes + data.length
  const buffer = new Uint8Array(total)
  let at = 0
  return message.proposals.map(({ data }) => {
    const start = at + recordHeaderBytes
    buffer.set(data, start)
    stampTime(buffer, start, timeMs)
    at += recordOverheadBytes + data.length
    return buffer.subarray(start, start + data.length)
  })
}

/** Whether all of it are envelopes that the sender made in one life, in the order of their numbers. Nothing else may get into the log. */
function isWellFormed(message: ForwardProposals): boolean {
  let bootId = -1
  let last = 0
  for (const { id, data } of message.proposals) {
    if (explainBadEnvelope(data) !== null || originOf(data) !== message.from || numberOf(data) !== id || id <= last) return false
    if (bootId !== -1 && bootIdOf(data) !== bootId) return false
    bootId = bootIdOf(data)
    last = id
  }
  return true
}

/** The origin's start, also of an envelope that only the origin understands; 0 where there is none to be seen. */
function bootIdIn(data: Uint8Array): number {
  return data.length < plainHeaderBytes ? 0 : bootIdOf(data)
}

/** Up to `bytesMax`, with what stands around each payload; a larger one is alone. */
function endOfGroup(payloads: readonly Uint8Array[], from: number, bytesMax: number, aroundBytes = 0): number {
  let bytes = 0
  let to = from
  while (to < payloads.length) {
    bytes += payloads[to]!.length + aroundBytes
    if (bytes > bytesMax && to > from) break
    to += 1
  }
  return to
}

function stampNow(state: ReplicaState): Milliseconds {
  return clusterTimeMs(state.clock, state.raft, state.applied, state.now)
}
