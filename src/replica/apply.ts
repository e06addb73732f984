/**
 * The replicated state and how committed entries change it (Raft §5.3, §8; dissertation §6.3).
 *
 * Entries are applied in slices, so that heartbeats and elections keep their deadlines: a step applies a bounded number of entries and bytes and says
 * whether more are left. Each command is taken out of its envelope, checked against its session, applied, and its result goes to the caller that waits
 * for it on this server. Committed entries come from Oarlock's own encoder, so a malformed one is a broken invariant, never a refusal.
 */

import { invariant, type Entry, type LogIndex, type Milliseconds, type Raft, type Term } from "../core/index.ts"
import type { Outcome, SessionRejectReason } from "./effect.ts"
import {
  answeredBelowOf,
  bootIdOf,
  commandOf,
  EnvelopeType,
  explainBadEnvelope,
  numberOf,
  originOf,
  sequenceOf,
  sessionIdOf,
  sessionsMaxOf,
  sessionTimeoutMsOf,
  timeMsOf,
  typeOf,
  writeU32,
} from "./machine/envelope.ts"
import { callApply, callClone, callPersist, describeThrown, isOfThisProcess, keepsItsState, MachineError } from "./machine/machine-calls.ts"
import { cloneRefusals, createRefusals, noteRefusal, type Refusals } from "./machine/refusals.ts"
import {
  cloneSessions,
  closeSession,
  createSessions,
  expireSessions,
  findResult,
  keepResult,
  openSession,
  touchSession,
  type Kept,
  type Sessions,
} from "./machine/sessions.ts"
import type { StateMachine } from "./machine/state-machine.ts"
import { hear, noteRefusals, noteState, type Verifying } from "./machine/verify.ts"
import { onEntryApplied, type Requests } from "./membership.ts"
import type { Observation } from "./observation.ts"
import type { ReplicaOptions } from "./options/options.ts"
import { rejection, settle, type Proposals } from "./requests/proposals.ts"
import { takeRecords } from "./snapshots/machine-records.ts"

/** The replicated state: equal on every server at the same `lastApplied`, except for `keeping` and `bytes`. */
export interface Applied {
  readonly machine: StateMachine
  sessions: Sessions
  /** Commands that the machine refused by throwing (`onApplyError: "refuse"`). */
  refusals: Refusals
  /** The cluster's clock: the highest stamp applied. */
  timeMs: number
  lastApplied: LogIndex
  /** The term of the entry at `lastApplied`. */
  lastAppliedTerm: Term
  /** The last point that was given to a machine that keeps its state on disk; null for a machine in memory. */
  keeping: Keeping | null
  /** Bytes of the log applied in this life, by which the snapshot policy decides. */
  bytes: number
}

export interface Keeping {
  /** The index of that point. */
  readonly index: LogIndex
  /** The state was replaced since (by a snapshot), so the next point must hold everything. */
  readonly isWhole: boolean
}

/** The parts of a replica, and the effects of a step, that applying needs. */
export interface ApplyTarget {
  readonly options: ReplicaOptions
  readonly proposals: Proposals
  readonly requests: Requests
  readonly outcomes: Outcome[]
  readonly observations: Observation[]
  readonly verifying: Verifying
  readonly now: Milliseconds
  readonly raft: Raft
  /** The last error of the state machine that counted as a refusal. */
  refusal: MachineError | null
}

/** About how many bytes an entry's record has beside its data. */
export const entryOverheadBytes = 40
/** Entries fetched from the log at once. */
const fetchMax = 512

export function createApplied(machine: StateMachine): Applied {
  const keeping = keepsItsState(machine) ? { index: 0, isWhole: true } : null
  const nothing = { timeMs: 0, lastApplied: 0, lastAppliedTerm: 0, keeping, bytes: 0 }
  return { machine, sessions: createSessions(), refusals: createRefusals(), ...nothing }
}

export function cloneApplied(applied: Applied): Applied {
  const machine = callClone(applied.machine, applied.lastApplied)
  return { ...applied, machine, sessions: cloneSessions(applied.sessions), refusals: cloneRefusals(applied.refusals) }
}

/**
 * Applies the next slice of committed entries. True if more are left. Throws a `MachineError` if the state machine fails and must not be passed
 * over.
 */
export function applySlice(applied: Applied, target: ApplyTarget): boolean {
  const { raft, verifying } = target
  const { applyEntriesMax, applyBytesMax } = target.options
  const refusedBefore = applied.refusals.count
  const end = applicableIndex(applied, raft)
  const through = Math.min(end, applied.lastApplied + applyEntriesMax)
  const bytesEnd = applied.bytes + applyBytesMax
  while (applied.lastApplied < through && applied.bytes < bytesEnd) {
    const from = applied.lastApplied + 1
    const entries = raft.entries(from, Math.min(through, from + fetchMax - 1))
    for (let i = 0; i < entries.length && applied.bytes < bytesEnd; i++) applyEntry(applied, entries[i]!, target)
  }
  const { count, lastIndex } = applied.refusals
  if (count > refusedBefore) {
    const because = target.refusal?.message ?? ""
    noteRefusals(verifying, applied.refusals, target.now)
    target.observations.push({ kind: "commandsRefused", count: count - refusedBefore, index: lastIndex, because })
  }
  return applied.lastApplied < end
}

/**
 * The last index that may be applied. Other servers can commit an entry that is not on this server's disk yet. A machine in memory may apply it,
 * because its state ends with the process; a machine on disk would be ahead of its log after a power failure.
 */
function applicableIndex({ keeping }: Applied, { commitIndex, state }: Raft): LogIndex {
  return keeping === null ? commitIndex : Math.min(commitIndex, state.durability.persistedIndex)
}

/** Gives a machine that keeps its state on disk the point that was reached, if there is a new one. */
export function keepApplied(applied: Applied, raft: Raft, incarnation: string): void {
  const { keeping, lastApplied, machine } = applied
  if (keeping === null || (lastApplied === keeping.index && !keeping.isWhole) || lastApplied === 0) return
  // Entries that recovery read and applied may not be synced yet.
  if (lastApplied > raft.state.durability.persistedIndex) return
  const { isWhole } = keeping
  callPersist(machine, { index: lastApplied, records: takeRecords(applied, incarnation, isWhole), isWhole })
  applied.keeping = { index: lastApplied, isWhole: false }
}

function applyEntry(applied: Applied, entry: Entry, target: ApplyTarget): void {
  // Checked for every entry, so the details are built only when the check fails.
  if (entry.index !== applied.lastApplied + 1) {
    invariant(false, "applied out of order", { index: entry.index, lastApplied: applied.lastApplied })
  }
  if (entry.kind === "command") applyCommand(applied, entry, target)
  applied.lastApplied = entry.index
  applied.lastAppliedTerm = entry.term
  applied.bytes += entry.data.length + entryOverheadBytes
  if (target.requests.changes.length > 0) onEntryApplied(target.requests, entry, target.outcomes)
  const { verifyEveryEntries = 0 } = target.options
  if (verifyEveryEntries > 0 && entry.index % verifyEveryEntries === 0) noteState(target.verifying, applied, target.now)
}

function applyCommand(applied: Applied, entry: Entry, target: ApplyTarget): void {
  const { data, index } = entry
  const problem = explainBadEnvelope(data)
  if (problem !== null) invariant(false, `entry ${index} holds ${problem}`, { index, term: entry.term })
  const { sessions } = applied
  applied.timeMs = Math.max(applied.timeMs, timeMsOf(data))
  expireSessions(sessions, applied.timeMs, (sessionId) => target.observations.push({ kind: "sessionExpired", sessionId }))
  const result = execute(applied, data, index, target)

  const isOurs = originOf(data) === target.options.raft.id && bootIdOf(data) === target.options.bootId
  if (!isOurs) return
  const id = settle(target.proposals, numberOf(data))
  if (id === -1) return
  if (result === "applyFailed") target.outcomes.push(refusal(id, index, target.refusal))
  else if (typeof result === "string") target.outcomes.push(rejection(id, result, null))
  else target.outcomes.push({ kind: "committed", id, index, result: new Uint8Array(result) })
}

/** Changes the replicated state by one envelope. Returns the result, or why its session has none. */
function execute(applied: Applied, data: Uint8Array, index: LogIndex, target: ApplyTarget): Kept | SessionRejectReason {
  const { sessions, timeMs } = applied
  const type = typeOf(data)
  switch (type) {
    case EnvelopeType.command:
      return applyToMachine(applied, data, index, target)
    case EnvelopeType.sessionCommand: {
      const sessionId = sessionIdOf(data)
      const sequence = sequenceOf(data)
      const known = findResult(sessions, sessionId, sequence, answeredBelowOf(data), timeMs)
      if (known !== "new") return known
      const result = applyToMachine(applied, data, index, target)
      keepResult(sessions, sessionId, sequence, typeof result === "string" ? result : new Uint8Array(result))
      return result
    }
    case EnvelopeType.openSession: {
      const evicted = openSession(sessions, index, timeMs, sessionTimeoutMsOf(data), sessionsMaxOf(data))
      if (evicted !== 0) target.observations.push({ kind: "sessionExpired", sessionId: evicted })
      return encodeSessionId(index)
    }
    case EnvelopeType.closeSession:
      return closeSession(sessions, sessionIdOf(data)) ? nothing : "sessionExpired"
    case EnvelopeType.keepSession:
      return touchSession(sessions, sessionIdOf(data), timeMs) ? nothing : "sessionExpired"
    case EnvelopeType.statement:
      hear(target.verifying, data, applied.refusals, target.raft, target.observations)
      return nothing
    default:
      return type satisfies never
  }
}

function applyToMachine(applied: Applied, data: Uint8Array, index: LogIndex, target: ApplyTarget): Kept {
  context.index = index
  context.timeMs = applied.timeMs
  try {
    return callApply(applied.machine, commandOf(data), context)
  } catch (error) {
    // A result of the wrong type is no refusal, because the command has changed the state.
    const isRefusal = error instanceof MachineError && error.hasThrown && !isOfThisProcess(error.cause)
    if (!isRefusal || target.options.onApplyError !== "refuse") throw error
    noteRefusal(applied.refusals, index)
    target.refusal = error
    return "applyFailed"
  }
}

/** The answer to the caller on this server. The error is known if the machine threw at this entry, and not if the session remembered the refusal. */
function refusal(id: number, index: LogIndex, latest: MachineError | null): Outcome {
  if (latest?.index !== index) return rejection(id, "applyFailed", null)
  const message = `the state machine refused the command of entry ${index}: ${describeThrown(latest.cause)}`
  return { kind: "rejected", id, reason: "applyFailed", message, leader: null, error: latest.cause }
}

/** 8 bytes, big endian: the form that clients keep. */
function encodeSessionId(id: number): Uint8Array {
  const little = new Uint8Array(8)
  writeU32(little, 0, id >>> 0)
  writeU32(little, 4, Math.floor(id / 0x1_0000_0000))
  return little.reverse()
}

const nothing = new Uint8Array(0)
/** One object for all calls: a context is only valid during the call that it is given to. */
const context = { index: 0, timeMs: 0 }
