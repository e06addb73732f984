/**
 * The write-ahead log (Raft §5.1, "persistent state"): records go in, disk requests come out, their completions go back in. It never touches a
 * file.
 *
 * Group commit: a few batches may be on their way to the disk; new records wait meanwhile, and the next batch carries all of them with one
 * sync. Batches are confirmed in order, whichever sync ends first. The log is a chain of segments; a record is written once, at an offset that is
 * known beforehand, so that repeating a write after "disk full" is harmless. Each batch begins with a record that says how far the segment was
 * synced when the batch was made. With it recovery can tell a torn tail from corruption in the middle, also where the tail is two batches
 * long. There is no operation for truncation: a later record with an index that the log already holds replaces the tail from that index on, on disk
 * as in memory.
 */

import { hashValue, invariant } from "../core/index.ts"
import type { Configuration, Entry, HardState, LogIndex, NodeId, SnapshotMeta } from "../core/index.ts"
import type { OwnStanding, PeerStanding } from "../wire/index.ts"
import type { DiskCompletion, DiskOperation, DiskRequest, StorageIdentity } from "./disk.ts"
import { sealBatch, startsSegment } from "./log-batch.ts"
import type { Recovered } from "./recovery.ts"
import { segmentFile } from "./segment.ts"

/** The named limits of the log. */
export interface LogLimits {
  /** A segment that would grow beyond this many bytes is closed, and the next one is begun. A batch is never split, so a segment can be longer. */
  readonly segmentBytesMax: number
  /**
   * When a short batch reaches the end of the file, this many zero bytes are written behind it. The next batches then overwrite blocks that the file
   * already has, and fdatasync has no metadata to write. 0 for none. Measured (ext4, write + fdatasync, p50): 400 B 151 → 116 µs, 4 KiB 182 → 118,
   * 30 kB 272 → 124; 256 KiB and 4 MiB of zeros do about the same; batches of 300 kB gain nothing, so they get none.
   */
  readonly zeroAheadBytes: number
  /**
   * Batches on their way to the disk at once: their syncs overlap. With 1, everything new waits for the sync under way. Measured: docs/decisions/0009.
   */
  readonly batchesInFlightMax: number
}

/** Segments of 64 MiB, 1 MiB of zeros ahead, two batches on their way to the disk. */
export const defaultLogLimits: LogLimits = { segmentBytesMax: 64 << 20, zeroAheadBytes: 1 << 20, batchesInFlightMax: 2 }

/** One write as the core seals it (`Raft.takeWrite()`). Numbers grow. */
export interface LogWrite {
  /** Comes back as `LogProgress.persisted` once the write is durable. */
  readonly number: number
  /** Null if neither term nor vote changed. */
  readonly hardState: HardState | null
  /** Entries to append. If the index of the first is at or below the last index of the log, they replace the tail from there on. */
  readonly entries: readonly Entry[]
}

/** A record, or a group of records, that waits for the next batch. */
export type LogItem =
  | { readonly kind: "write"; readonly write: LogWrite }
  | { readonly kind: "compact"; readonly snapshot: SnapshotMeta; readonly keepFrom: LogIndex }
  | { readonly kind: "restart"; readonly snapshot: SnapshotMeta }
  | { readonly kind: "peer"; readonly peer: NodeId; readonly standing: PeerStanding }
  | { readonly kind: "forgetPeer"; readonly peer: NodeId }
  | { readonly kind: "own"; readonly standing: OwnStanding }

/** A file of the log. */
export interface Segment {
  readonly sequence: number
  /** Bytes of header and records: the offset of the next record. */
  readonly sizeBytes: number
  /** The length of the file: zeros follow `sizeBytes` up to here. */
  readonly fileBytes: number
  /** The lowest index among its entries, without those that a restart of the log has made void; null if there are none. */
  readonly lowestIndex: LogIndex | null
}

/**
 * What the log holds once every sealed batch is durable. All but the entries is written again into each new segment, so that it survives
 * compaction.
 */
export interface LogContents {
  readonly hardState: HardState
  /** The snapshot that the log continues from; `lastIndex` 0 for the bootstrap configuration. */
  readonly snapshot: SnapshotMeta
  readonly lastIndex: LogIndex
  readonly peers: ReadonlyMap<NodeId, PeerStanding>
  /** What this server has recorded about itself; null in a log that was written by a version without lives. */
  readonly own: OwnStanding | null
  /** Oldest first; records go to the last one. */
  readonly segments: readonly Segment[]
}

/** A batch whose bytes are fixed. */
export interface SealedBatch {
  readonly operations: readonly DiskOperation[]
  /** The number of the last write in it; null if it carries none. */
  readonly lastNumber: number | null
  readonly after: LogContents
  /** Files of segments that are no longer needed once the batch is durable. */
  readonly removals: readonly string[]
  /** The batch creates or repairs files, or failed for want of room: no other batch may be on its way beside it. */
  readonly isAlone: boolean
}

/** A sealed batch and how far the disk is with it. */
export interface BatchInFlight {
  readonly batch: SealedBatch
  /** The request that carries the batch; null while the batch waits for its first request, or after `full` for the next one. */
  readonly requestId: number | null
}

/** The whole state: plain data, shared bytes never change. Read `status` and `contents`; change it only through the functions below. */
export interface LogStore {
  /** Written into the header of each new segment. */
  readonly identity: StorageIdentity
  /** The bounds that this log keeps to. */
  readonly limits: LogLimits
  /** `starting`: recovery's repairs (or a new log's first file) are not durable yet. */
  status: "starting" | "ready" | "full" | "failed"
  /** Whether the first request is done. */
  isStarted: boolean
  /** What is durable. */
  contents: LogContents
  /** Recovery's repairs, which the first request performs; empty from then on. */
  repairs: readonly DiskOperation[]
  /** What the next batch will carry, in the order in which it was queued. */
  queue: LogItem[]
  /** The last index once everything queued is in the log. */
  queuedLastIndex: LogIndex
  /** The highest term that was queued. */
  queuedTerm: number
  /** The highest index known to be committed: written with the next batch. */
  commitIndex: LogIndex
  /** Batches that are sealed and not durable yet, oldest first: confirmed in this order. */
  inFlight: readonly BatchInFlight[]
  /** While `full`: the caller asked for another try, or old segments have been removed since. */
  wantsRetry: boolean
  /** Files of segments that are no longer needed and that no request removes yet. */
  removals: string[]
  /** The id of the request that removes segments; null if there is none under way. */
  removalId: number | null
  /** The id of the next request: odd numbers, ascending. */
  nextId: number
}

/** What a completion meant. */
export type LogProgress =
  /**
   * Everything up to write `persisted` is durable; null if the request carried no write. `becameReady`: that was the first request, so votes and
   * acknowledgements may leave from now on. `recovered`: the disk was full and has room again.
   */
  | { readonly kind: "done"; readonly persisted: number | null; readonly becameReady: boolean; readonly recovered: boolean }
  /** No room: the writes stay queued, and `retryLog` tries again. */
  | { readonly kind: "full"; readonly message: string }
  /** The disk cannot be trusted any more: halt. */
  | { readonly kind: "failed"; readonly message: string }

/**
 * A log that continues where `recovered` ended, or, if the disk was empty (`recovered.snapshot` null), a new one that begins with
 * `bootstrap`. The first request repairs or creates files and syncs what recovery read. Until its completion (`becameReady`) no vote and no
 * acknowledgement may rely on recovered records, because a killed process can leave records behind that no sync ever covered. Start nothing
 * in the snapshot store before that either.
 */
export function createLogStore(
  identity: StorageIdentity,
  recovered: Recovered,
  bootstrap: Configuration,
  limits: LogLimits = defaultLogLimits,
): LogStore {
  const { hardState, resume, peers, own } = recovered
  const snapshot = recovered.snapshot ?? { lastIndex: 0, lastTerm: 0, configuration: bootstrap }
  const lastIndex = recovered.entries.at(-1)?.index ?? snapshot.lastIndex
  return {
    identity,
    limits,
    status: "starting",
    isStarted: false,
    contents: { hardState, snapshot, lastIndex, peers, own, segments: resume.segments },
    repairs: resume.repairs,
    queue: resume.restarts ? [{ kind: "restart", snapshot }] : [],
    queuedLastIndex: lastIndex,
    queuedTerm: hardState.term,
    commitIndex: hardState.commitIndex,
    inFlight: [],
    wantsRetry: false,
    removals: [],
    removalId: null,
    nextId: 1,
  }
}

/** Queues a write. Order is kept among all that is queued. */
export function append(store: LogStore, write: LogWrite): void {
  const { hardState, entries } = write
  if (hardState !== null) {
    invariant(hardState.term >= store.queuedTerm, "a term went backwards on its way to disk", {
      term: hardState.term,
      was: store.queuedTerm,
    })
    store.queuedTerm = hardState.term
    noteCommitIndex(store, hardState.commitIndex)
  }
  const first = entries[0]
  const last = entries.at(-1)
  if (first !== undefined && last !== undefined) {
    const isDense = last.index === first.index + entries.length - 1
    const continues = first.index <= store.queuedLastIndex + 1
    // Checked for every write, so the details are built only when a check fails.
    if (!isDense || !continues) {
      invariant(false, "entries on their way to disk leave a gap", {
        first: first.index,
        last: last.index,
        count: entries.length,
        lastIndex: store.queuedLastIndex,
      })
    }
    if (last.term > store.queuedTerm) {
      invariant(false, "an entry is newer than the term on disk", { entry: last.term, term: store.queuedTerm })
    }
    store.queuedLastIndex = last.index
  }
  store.queue.push({ kind: "write", write })
}

/** Everything up to `commitIndex` is committed: recorded with the next batch, for a faster restart. Causes no write by itself. */
export function noteCommitIndex(store: LogStore, commitIndex: LogIndex): void {
  store.commitIndex = Math.max(store.commitIndex, commitIndex)
}

/** Queues a record about another server. Everything that is queued later becomes durable no earlier than this record. */
export function recordPeer(store: LogStore, peer: NodeId, standing: PeerStanding): void {
  store.queue.push({ kind: "peer", peer, standing })
}

/** From the next segment on, the record about that server is not repeated. Until its old segments are removed, recovery still finds it. */
export function forgetPeer(store: LogStore, peer: NodeId): void {
  store.queue.push({ kind: "forgetPeer", peer })
}

/** Queues a record of this server about itself. If it is queued before the first request, it is durable with that request. */
export function recordOwn(store: LogStore, standing: OwnStanding): void {
  store.queue.push({ kind: "own", standing })
}

/**
 * `snapshot` is durable in the snapshot store: segments without entries from `keepFrom` on are dropped. `keepFrom` is at most
 * `snapshot.lastIndex + 1`. Also for a received snapshot that agrees with the log (the core "fast-forwarded").
 */
export function compactLog(store: LogStore, snapshot: SnapshotMeta, keepFrom: LogIndex): void {
  invariant(keepFrom <= snapshot.lastIndex + 1, "a compaction would lose entries that no snapshot covers", {
    keepFrom,
    lastIndex: snapshot.lastIndex,
  })
  noteCommitIndex(store, snapshot.lastIndex)
  store.queue.push({ kind: "compact", snapshot, keepFrom })
}

/** A received snapshot is durable and replaces the log: everything before is void, the next entry is `snapshot.lastIndex + 1`. */
export function restartLog(store: LogStore, snapshot: SnapshotMeta): void {
  noteCommitIndex(store, snapshot.lastIndex)
  store.queuedLastIndex = snapshot.lastIndex
  store.queue.push({ kind: "restart", snapshot })
}

/**
 * The next request for the disk, or null if there is none now. Call it after every input until it returns null: several requests of the
 * log and one that removes old segments (in the snapshot lane, where a slow removal delays no vote) can be under way together.
 */
export function nextLogRequest(store: LogStore): DiskRequest | null {
  if (store.status === "failed") return null
  if (store.removals.length > 0 && store.removalId === null) return requestRemoval(store)
  if (store.status === "full" && !store.wantsRetry) return null
  const waiting = store.inFlight.findIndex((one) => one.requestId === null)
  if (waiting >= 0) return waiting === 0 && isDiskIdle(store) ? requestBatch(store, 0) : null
  const batch = sealNext(store)
  if (batch === null) return null
  const id = takeId(store)
  store.wantsRetry = false
  store.inFlight = [...store.inFlight, { batch, requestId: id }]
  return { id, lane: "log", operations: batch.operations }
}

/** Whether a batch could be given to the disk now. Until then new writes are better collected by the caller. */
export function hasRoomForBatch(store: LogStore): boolean {
  return store.status === "ready" && store.inFlight.length < store.limits.batchesInFlightMax
}

/** Takes the completion of a request that `isLogRequest` knows. */
export function completeLogRequest(store: LogStore, completion: DiskCompletion): LogProgress {
  if (completion.id === store.removalId) return completeRemoval(store, completion)
  const position = store.inFlight.findIndex((one) => one.requestId === completion.id)
  const found = store.inFlight[position]
  invariant(found !== undefined, "a completion of a request that the log never made", { id: completion.id })
  if (!completion.ok) {
    // A batch that is tried again is tried alone, so that no batch is written behind a hole.
    const failed = store.inFlight.with(position, { batch: found.batch, requestId: null })
    store.inFlight = failed.map(({ batch, requestId }) => ({ batch: { ...batch, isAlone: true }, requestId }))
    return completeWithError(store, found.batch.operations[completion.operation], completion)
  }
  // Behind a batch that failed, this completion confirms nothing, and the batch is written again: the zeros written ahead of the earlier batch may
  // overwrite it.
  if (position > 0) {
    invariant(store.status !== "ready", "the log's requests were completed out of order", { id: completion.id })
    store.inFlight = store.inFlight.with(position, { batch: found.batch, requestId: null })
    return { kind: "done", persisted: null, becameReady: false, recovered: false }
  }
  return confirmOldest(store, found.batch)
}

function confirmOldest(store: LogStore, batch: SealedBatch): LogProgress {
  const becameReady = !store.isStarted
  const recovered = store.status === "full"
  store.inFlight = store.inFlight.slice(1)
  store.contents = batch.after
  store.removals.push(...batch.removals)
  store.isStarted = true
  store.repairs = []
  store.status = "ready"
  return { kind: "done", persisted: batch.lastNumber, becameReady, recovered }
}

/** Whether this log has a request with this id under way. Ids of the log are odd, ids of the snapshot store even. */
export function isLogRequest(store: LogStore, id: number): boolean {
  return id === store.removalId || store.inFlight.some((one) => one.requestId === id)
}

/** After `full`: lets `nextLogRequest` return the same bytes again. Called by a timer of the caller. */
export function retryLog(store: LogStore): void {
  if (store.status === "full") store.wantsRetry = true
}

/** Whether nothing waits and nothing is under way. */
export function isLogIdle(store: LogStore): boolean {
  return (
    store.isStarted && store.inFlight.length === 0 && store.queue.length === 0 && store.removals.length === 0 && store.removalId === null
  )
}

/** The length of all files of the log, in bytes. */
export function logBytes(store: LogStore): number {
  return store.contents.segments.reduce((sum, segment) => sum + segment.fileBytes, 0)
}

/** An independent copy that shares the bytes of entries. */
export function cloneLogStore(store: LogStore): LogStore {
  return { ...store, queue: store.queue.slice(), removals: store.removals.slice() }
}

/** An unsigned 32-bit hash of the state. */
export function hashLogStore(store: LogStore): number {
  const { identity, limits: _limits, ...state } = store
  return hashValue(hashValue(0, identity), state)
}

/** After `full` the batches are tried again one by one, once the disk has completed every request of the last try. */
function isDiskIdle(store: LogStore): boolean {
  return store.inFlight.every((one) => one.requestId === null)
}

function requestBatch(store: LogStore, position: number): DiskRequest {
  const { batch } = store.inFlight[position]!
  const id = takeId(store)
  store.wantsRetry = false
  store.inFlight = store.inFlight.with(position, { batch, requestId: id })
  return { id, lane: "log", operations: batch.operations }
}

/** The next batch, if there is anything to write and the batch may be under way beside the others. */
function sealNext(store: LogStore): SealedBatch | null {
  const { inFlight, limits, queue } = store
  if (!store.isStarted) return inFlight.length === 0 ? sealStart(store) : null
  if (queue.length === 0 || inFlight.length >= limits.batchesInFlightMax) return null
  const last = inFlight.at(-1)?.batch
  const before = last === undefined ? store.contents : last.after
  const isNew = startsSegment(limits, before, queue)
  // The header of a new segment records the length of the segment before it, which has to be on disk first.
  if (last !== undefined && (last.isAlone || isNew)) return null
  return sealQueue(store, before, isNew)
}

/**
 * The first request. A new log begins with its first segment; an old one with its repairs, and a sync of what recovery read. Files are removed only
 * after that sync: they may be superfluous because of a record that a killed process wrote and never synced, and a power failure would undo it.
 */
function sealStart(store: LogStore): SealedBatch {
  const active = store.contents.segments.at(-1)
  if (active === undefined) {
    const sealed = sealQueue(store, store.contents, true)
    return { ...sealed, operations: [...store.repairs, ...sealed.operations] }
  }
  const file = segmentFile(active.sequence)
  const removals = store.repairs.filter(({ kind }) => kind === "remove")
  const others = store.repairs.filter(({ kind }) => kind !== "remove")
  const operations: DiskOperation[] = [...others, { kind: "sync", file }, { kind: "syncDirectory" }]
  if (removals.length > 0) operations.push(...removals, { kind: "syncDirectory" })
  if (store.queue.length === 0) return { operations, lastNumber: null, after: store.contents, removals: [], isAlone: true }
  // The first record of this life is written after that sync, so what it says about the bytes before it is true.
  const sealed = sealQueue(store, store.contents, startsSegment(store.limits, store.contents, store.queue))
  return { ...sealed, operations: [...operations, ...sealed.operations], isAlone: true }
}

/** `before`: what the log holds once all earlier batches are durable; `isNew`: the batch begins a segment. */
function sealQueue(store: LogStore, before: LogContents, isNew: boolean): SealedBatch {
  const items = store.queue
  store.queue = []
  return sealBatch(store.identity, store.limits, before, syncedBytes(store.contents, before), isNew, items, store.commitIndex)
}

/** How many bytes of the active segment are known to be durable. */
function syncedBytes(durable: LogContents, before: LogContents): number {
  const synced = durable.segments.at(-1)
  return synced !== undefined && synced.sequence === before.segments.at(-1)?.sequence ? synced.sizeBytes : 0
}

function requestRemoval(store: LogStore): DiskRequest {
  store.removalId = takeId(store)
  const operations: DiskOperation[] = store.removals.map((file) => ({ kind: "remove", file }))
  operations.push({ kind: "syncDirectory" })
  store.removals = []
  return { id: store.removalId, lane: "snapshot", operations }
}

function completeRemoval(store: LogStore, completion: DiskCompletion): LogProgress {
  store.removalId = null
  // The removal may have made room.
  if (store.status === "full") store.wantsRetry = true
  if (completion.ok) return { kind: "done", persisted: null, becameReady: false, recovered: false }
  return completeWithError(store, undefined, completion)
}

/** Only a write that failed for want of room may be tried again. After a failed sync the contents of the disk are unknown ("fsyncgate"). */
function completeWithError(
  store: LogStore,
  operation: DiskOperation | undefined,
  completion: DiskCompletion & { readonly ok: false },
): LogProgress {
  // Once a sync beside it has failed, not even want of room is tried again.
  const canTryAgain = store.status !== "failed" && completion.code === "full" && operation?.kind === "write"
  store.status = canTryAgain ? "full" : "failed"
  return { kind: canTryAgain ? "full" : "failed", message: completion.message }
}

function takeId(store: LogStore): number {
  const id = store.nextId
  store.nextId += 2
  return id
}
