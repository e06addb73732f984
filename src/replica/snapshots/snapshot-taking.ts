/**
 * Taking snapshots of the own state (Raft §7): when, how, and what goes afterwards.
 *
 * When the log that a restart would have to replay outweighs both a named minimum and the last snapshot, so that the work spent on snapshots
 * stays in proportion to the writes. The first one of a life comes earlier, by a part that depends on the server's id: servers that started
 * together would otherwise all pause for theirs at the same moment, again and again. How: the state is frozen by copy on write and goes to
 * disk in the snapshot lane, one chunk in a step and not faster than a named rate, while writes go on. Afterwards the log is cut, but for a tail
 * that serves those who were away briefly, and for what followers still need that are being sent an older snapshot.
 *
 * The iterator over the frozen state is a cache: a clone of the replica makes its own and skips what was written already.
 */

import { invariant, type LogIndex, type Milliseconds, type NodeId, type SnapshotMeta } from "../../core/index.ts"
import {
  abandonSnapshot,
  addSnapshotChunk,
  beginSnapshot,
  compactLog,
  finishSnapshot,
  wantsSnapshotChunk,
  type SnapshotStore,
  type StoredSnapshot,
} from "../../storage/index.ts"
import type { Applied } from "../apply.ts"
import type { Effects, Outcome } from "../effect.ts"
import { callClone, callRelease, callSnapshot, MachineError } from "../machine/machine-calls.ts"
import { cloneRefusals, type Refusals } from "../machine/refusals.ts"
import { cloneSessions, type Sessions } from "../machine/sessions.ts"
import type { StateMachine } from "../machine/state-machine.ts"
import type { ReplicaOptions } from "../options/options.ts"
import type { ReplicaState } from "../replica-state.ts"
import { rejection, unknown } from "../requests/proposals.ts"
import { encodeContent } from "./snapshot-content.ts"
import { neededBySending } from "./snapshot-sending.ts"

/** Log that is kept for followers which are being sent a snapshot, in bytes, beyond the usual tail. */
const sendingTailBytesMax = 64 << 20
/** A mark is set each time so many bytes were applied, or an eighth of the kept tail if that is less: how exactly the tail is measured. */
const markBytesMax = 256 << 10

/** How long after a snapshot that the state machine did not give the next one is tried, in milliseconds. */
export const snapshotRetryMs = 10_000

interface Frozen {
  readonly meta: SnapshotMeta
  /** `Applied.bytes` at the moment of freezing. */
  readonly bytes: number
  readonly machine: StateMachine
  readonly sessions: Sessions
  readonly refusals: Refusals
  readonly timeMs: number
  /** Chunks written so far. */
  written: number
  /** The next chunk is not made before this moment. */
  nextAt: Milliseconds
  chunks: Iterator<Uint8Array> | null
  /** All chunks were written; the disk is still at it. */
  isComplete: boolean
}

export interface SnapshotTaking {
  frozen: Frozen | null
  /** `Applied.bytes` at the last snapshot. */
  bytesAtLast: number
  /** None was taken or adopted in this life. */
  isFirst: boolean
  /** The state machine could not be asked for its state: not again before this moment. */
  retryAt: Milliseconds
  /** Who asked for a snapshot: caller ids; those of `requests` wait for the next one to begin, those of `answering` for the one being taken. */
  requests: number[]
  answering: number[]
  /** The log's weight: (index, bytes applied up to it), ascending. */
  marks: { readonly index: LogIndex; readonly bytes: number }[]
}

/** The parts of a replica that take its snapshots. */
type Taker = Pick<ReplicaState, "taking" | "snapshots" | "raft" | "applied" | "disk" | "options" | "now">
/** The parts of a replica that drop the log which a snapshot covers. */
type Compactor = Pick<ReplicaState, "taking" | "raft" | "log" | "applied" | "sending" | "options">

export function createSnapshotTaking(): SnapshotTaking {
  return { frozen: null, bytesAtLast: 0, isFirst: true, retryAt: -Infinity, requests: [], answering: [], marks: [] }
}

export function cloneSnapshotTaking(taking: SnapshotTaking): SnapshotTaking {
  const { frozen } = taking
  return {
    ...taking,
    frozen:
      frozen === null
        ? null
        : { ...frozen, machine: callClone(frozen.machine, frozen.meta.lastIndex), sessions: cloneSessions(frozen.sessions), chunks: null },
    requests: taking.requests.slice(),
    answering: taking.answering.slice(),
    marks: taking.marks.slice(),
  }
}

/** A caller wants one, whatever the policy says. */
export function requestSnapshot({ taking, options }: Taker, id: number, outcomes: Outcome[]): void {
  if (taking.requests.length + taking.answering.length >= options.pendingRequestsMax) outcomes.push(rejection(id, "overloaded", null))
  else taking.requests.push(id)
}

/** Begins a snapshot if one is due. */
export function maybeBeginSnapshot(state: Taker, effects: Effects): void {
  const { taking, snapshots, raft, applied, disk, options, now } = state
  mark(taking, applied, options)
  if (taking.frozen !== null) return
  const lastIndex = snapshots.latest?.meta.lastIndex ?? 0
  if (taking.requests.length > 0 && applied.lastApplied <= lastIndex && !snapshots.isLatestCorrupt) {
    // The newest snapshot covers all that there is.
    for (const id of taking.requests) effects.outcomes.push(taken(id, lastIndex))
    taking.requests = []
  }
  if (taking.requests.length === 0 && (now < disk.snapshotRetryAt || now < taking.retryAt || !isDue(state))) return
  const meta = raft.describeSnapshot(applied.lastApplied)
  // A newcomer in the part of the log from before its time does not know the configuration that was in force there (Raft Figure 13 wants it): it
  // learns of one at the latest with the entry that added it.
  if (meta.configuration.voters.length === 0) return
  taking.answering = taking.requests
  taking.requests = []
  let machine: StateMachine
  try {
    machine = callClone(applied.machine, applied.lastApplied)
  } catch (error) {
    giveUp(state, meta.lastIndex, error, effects)
    return
  }
  taking.frozen = {
    meta,
    bytes: applied.bytes,
    machine,
    sessions: cloneSessions(applied.sessions),
    refusals: cloneRefusals(applied.refusals),
    timeMs: applied.timeMs,
    written: 0,
    nextAt: now,
    chunks: null,
    isComplete: false,
  }
  beginSnapshot(snapshots, meta)
}

/** Gives the disk the next chunk, if it is time for it and there is room: a step makes one, so that it stays short. */
export function feedSnapshot(state: Taker, effects: Effects): void {
  const { taking, snapshots, options, now } = state
  const { frozen } = taking
  if (frozen === null || now < takingDeadline(taking, snapshots)) return
  let next: IteratorResult<Uint8Array>
  try {
    next = chunksOf(frozen).next()
  } catch (error) {
    taking.frozen = null
    callRelease(frozen.machine)
    abandonSnapshot(snapshots)
    giveUp(state, frozen.meta.lastIndex, error, effects)
    return
  }
  if (next.done === true) {
    frozen.isComplete = true
    frozen.chunks = null
    callRelease(frozen.machine)
    finishSnapshot(snapshots)
    return
  }
  frozen.written += 1
  frozen.nextAt = now + (next.value.length * 1000) / options.snapshotBytesPerSecondMax
  addSnapshotChunk(snapshots, next.value)
}

/** When the next chunk is due; Infinity while none is wanted. */
export function takingDeadline(taking: SnapshotTaking, store: SnapshotStore): Milliseconds {
  const { frozen } = taking
  return frozen === null || frozen.isComplete || !wantsSnapshotChunk(store) ? Infinity : frozen.nextAt
}

/** The snapshot is durable: answer who asked, and let go of the log that it covers. */
export function onSnapshotTaken(state: Compactor, snapshot: StoredSnapshot, effects: Effects): void {
  const { taking } = state
  const { frozen } = taking
  invariant(frozen !== null && frozen.isComplete, "a snapshot was stored that nobody took", { lastIndex: snapshot.meta.lastIndex })
  taking.frozen = null
  taking.bytesAtLast = frozen.bytes
  taking.isFirst = false
  effects.observations.push({ kind: "snapshotTaken", lastIndex: snapshot.meta.lastIndex, sizeBytes: snapshot.sizeBytes })
  for (const id of taking.answering) effects.outcomes.push(taken(id, snapshot.meta.lastIndex))
  taking.answering = []
  compactBehind(state, snapshot.meta, effects)
}

/** No room, or overtaken by the leader's snapshot: it will be tried again when it is due again. */
export function abandonTaking({ taking, snapshots }: Taker, because: string, outcomes: Outcome[]): void {
  if (taking.frozen === null) return
  if (!taking.frozen.isComplete) callRelease(taking.frozen.machine)
  taking.frozen = null
  abandonSnapshot(snapshots)
  for (const id of taking.answering) outcomes.push(unknown(id, because))
  taking.answering = []
}

/** The state machine threw, or gave what is no chunk. Its state is as good as before, so the server goes on, and tries again after a while. */
function giveUp({ taking, now }: Taker, lastIndex: LogIndex, error: unknown, { outcomes, observations }: Effects): void {
  if (!(error instanceof MachineError)) throw error
  taking.retryAt = now + snapshotRetryMs
  observations.push({ kind: "snapshotFailed", lastIndex, because: error.message })
  for (const id of taking.answering) outcomes.push(rejection(id, "snapshotFailed", null, error.message))
  taking.answering = []
}

/** The callers of `ids` stopped waiting; a snapshot that was begun for them is taken all the same. */
export function cancelSnapshotRequests(taking: SnapshotTaking, ids: ReadonlySet<number>, outcomes: Outcome[]): void {
  const isWanted = (id: number): boolean => {
    if (!ids.has(id)) return true
    outcomes.push(unknown(id, "the caller gave up waiting; the snapshot may still be taken"))
    return false
  }
  taking.requests = taking.requests.filter(isWanted)
  taking.answering = taking.answering.filter(isWanted)
}

/** Drops the log behind a durable snapshot, except for the tail that is worth keeping. */
export function compactBehind(state: Compactor, meta: SnapshotMeta, effects: Effects): void {
  const { taking, raft, log, applied, options } = state
  const tail = indexBehind(taking, applied.bytes - options.keptTailBytes)
  const forPeers = Math.max(neededBySending(state.sending), indexBehind(taking, applied.bytes - sendingTailBytesMax))
  const keepFrom = Math.max(raft.firstIndex, Math.min(tail, forPeers, meta.lastIndex + 1, applied.lastApplied + 1))
  const through = keepFrom - 1
  const isNews = through >= raft.firstIndex
  raft.compact(meta, keepFrom)
  compactLog(log, meta, keepFrom)
  taking.marks = taking.marks.filter((marked) => marked.index >= through)
  if (isNews) effects.observations.push({ kind: "compacted", through })
}

/** The state was replaced by the leader's snapshot: weights start anew. */
export function resetMarks(taking: SnapshotTaking, applied: Applied): void {
  taking.marks = []
  taking.bytesAtLast = applied.bytes
  taking.isFirst = false
}

function isDue({ taking, snapshots, raft, applied, options }: Taker): boolean {
  const { latest, isLatestCorrupt } = snapshots
  // Until another one is there, nobody can be sent one, and a restart would have to do without.
  if (isLatestCorrupt) return applied.lastApplied >= (latest?.meta.lastIndex ?? 0)
  const entries = applied.lastApplied - (latest?.meta.lastIndex ?? 0)
  if (entries <= 0) return false
  const share = taking.isFirst && raft.configuration.voters.length > 1 ? firstShare(options.raft.id) : 1
  const bytes = applied.bytes - taking.bytesAtLast
  return entries >= options.snapshotLogEntriesMax * share || bytes > Math.max(options.snapshotLogBytesMin, latest?.sizeBytes ?? 0) * share
}

/**
 * How much of the usual log the first snapshot waits for, from a half to all of it: multiples of the golden ratio keep the servers of a cluster
 * apart, however many there are.
 */
function firstShare(id: NodeId): number {
  return 1 - ((id * goldenRatio) % 1) / 2
}

const goldenRatio = 0.618_033_988_749_894_9

function mark(taking: SnapshotTaking, applied: Applied, options: ReplicaOptions): void {
  const markBytes = Math.min(markBytesMax, options.keptTailBytes / 8)
  const last = taking.marks.at(-1)
  if (last === undefined || applied.bytes - last.bytes >= markBytes) taking.marks.push({ index: applied.lastApplied, bytes: applied.bytes })
}

/** The first index to keep so that at least what was applied since `bytes` stays. */
function indexBehind(taking: SnapshotTaking, bytes: number): LogIndex {
  const marked = taking.marks.findLast((candidate) => candidate.bytes <= bytes)
  return marked === undefined ? 0 : marked.index + 1
}

function chunksOf(frozen: Frozen): Iterator<Uint8Array> {
  if (frozen.chunks === null) {
    const chunks = allChunks(frozen)
    for (let i = 0; i < frozen.written; i++) chunks.next()
    frozen.chunks = chunks
  }
  return frozen.chunks
}

function* allChunks(frozen: Frozen): Generator<Uint8Array> {
  yield* encodeContent(frozen)
  yield* callSnapshot(frozen.machine, frozen.meta.lastIndex)
}

function taken(id: number, index: LogIndex): Outcome {
  return { kind: "committed", id, index, result: new Uint8Array(0) }
}
