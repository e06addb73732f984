/**
 * Turns the queued records into one batch: records at known offsets of one file, one sync, and what the log holds afterwards.
 *
 * A batch begins with a record of its own (term, vote, commit index, and its place). It goes to the active segment, or to a new one. A new segment
 * begins with everything that must outlive the segments before it: hard state, snapshot marker, the records about other servers and about this
 * one. A new file is synced before the folder is, so that a name never appears without its contents.
 */

import type { Entry, HardState, LogIndex } from "../core/index.ts"
import { batchRecordBytes, encodeEntries, encodeRecord, type LogRecord, recordBytesOf, recordPieces } from "../wire/index.ts"
import type { DiskOperation, StorageIdentity } from "./disk.ts"
import { noteLatest } from "./log-latest.ts"
import type { LogContents, LogItem, LogLimits, SealedBatch, Segment } from "./log-store.ts"
import { encodeSegmentHeader, segmentFile } from "./segment.ts"

/**
 * `contents`: what the log holds before the batch; `syncedBytes`: how much of the active segment is durable; `isNew`: the batch begins a segment.
 * The caller decides `isNew`, because it also decides whether the batch may be under way beside another one. To decide it again here could differ:
 * entries are longer once they are encoded.
 */
export function sealBatch(
  identity: StorageIdentity,
  limits: LogLimits,
  contents: LogContents,
  syncedBytes: number,
  isNew: boolean,
  items: readonly LogItem[],
  commitIndex: LogIndex,
): SealedBatch {
  const { groupId } = identity
  encodeEntries(entriesOf(items), groupId)
  const active = contents.segments.at(-1) ?? null
  const draft = isNew || active === null ? beginSegment(identity, contents, active) : continueSegment(contents, active)
  const { term, votedFor } = lastHardState(items, contents.hardState)
  draft.hardState = { term, votedFor, commitIndex: certainCommitIndex(contents, items, commitIndex) }
  const { segment } = draft
  addBatchRecord(draft, isNew ? 0 : syncedBytes, groupId)
  if (isNew) addMarker(draft, false, groupId)
  let lastNumber: number | null = null
  for (const item of items) {
    addItem(draft, item, groupId)
    if (item.kind === "write") lastNumber = item.write.number
  }
  const operations = operationsOf(draft, limits, isNew)
  // Written behind the batch's own sync: the note must not name a segment or a life that is not durable.
  const life = draft.own?.life ?? 0
  const { incarnation } = identity
  const hasBegun = isNew || life !== (contents.own?.life ?? 0)
  if (hasBegun) operations.push(...noteLatest({ incarnation, segment: draft.segment.sequence, life }, active === null || life === 1))
  const { hardState, snapshot, lastIndex, peers, own } = draft
  const segments: Segment[] = []
  const removals: string[] = []
  for (const one of draft.earlier) {
    if (one.sequence >= draft.firstSegment) segments.push(one)
    else removals.push(segmentFile(one.sequence))
  }
  segments.push(segment)
  return { operations, lastNumber, after: { hardState, snapshot, lastIndex, peers, own, segments }, removals, isAlone: isNew }
}

/** Whether a batch of `items` would begin a new segment. */
export function startsSegment(limits: LogLimits, contents: LogContents, items: readonly LogItem[]): boolean {
  const active = contents.segments.at(-1)
  return active === undefined || active.sizeBytes + sizeEstimate(items) > limits.segmentBytesMax
}

/**
 * The commit index that a batch may record. The record comes first in the batch, and recovery trusts a prefix of an interrupted batch. If the record
 * survived without the entries that replace a tail, it would declare the old tail committed.
 */
function certainCommitIndex(contents: LogContents, items: readonly LogItem[], commitIndex: LogIndex): LogIndex {
  let certain = commitIndex
  for (const item of items) {
    if (item.kind === "restart") certain = Math.min(certain, contents.hardState.commitIndex)
    const first = item.kind === "write" ? item.write.entries[0] : undefined
    if (first !== undefined && first.index <= contents.lastIndex) certain = Math.min(certain, first.index - 1)
  }
  return certain
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A batch that is being made: `contents`, as changed so far, and the bytes so far. */
interface Draft extends Mutable<Omit<LogContents, "segments">> {
  readonly earlier: readonly Segment[]
  readonly segment: Mutable<Segment>
  /** Segments below this sequence are no longer needed. */
  firstSegment: number
  readonly startOffset: number
  readonly data: Uint8Array[]
}

function beginSegment(identity: StorageIdentity, contents: LogContents, previous: Segment | null): Draft {
  const sequence = (previous?.sequence ?? 0) + 1
  const header = encodeSegmentHeader({
    identity,
    sequence,
    firstIndex: contents.lastIndex + 1,
    previousBytes: previous?.sizeBytes ?? 0,
  })
  const earlier = contents.segments
  const segment = { sequence, sizeBytes: header.length, fileBytes: 0, lowestIndex: null }
  return beginDraft(contents, earlier, segment, earlier[0]?.sequence ?? sequence, 0, [header])
}

function continueSegment(contents: LogContents, active: Segment): Draft {
  const earlier = contents.segments.slice(0, -1)
  const firstSegment = earlier[0]?.sequence ?? active.sequence
  const { sequence, sizeBytes, fileBytes, lowestIndex } = active
  return beginDraft(contents, earlier, { sequence, sizeBytes, fileBytes, lowestIndex }, firstSegment, sizeBytes, [])
}

/** Field by field: with a spread, a small batch took a tenth longer. */
function beginDraft(
  { hardState, snapshot, lastIndex, peers, own }: LogContents,
  earlier: readonly Segment[],
  segment: Mutable<Segment>,
  firstSegment: number,
  startOffset: number,
  data: Uint8Array[],
): Draft {
  return { hardState, snapshot, lastIndex, peers, own, earlier, segment, firstSegment, startOffset, data }
}

/**
 * Adds the marker: what the log continues from and which segments it needs. Before it go the records that must survive the removed segments. In
 * this order, because recovery trusts a prefix of an interrupted batch: where the marker survives, those records do too.
 */
function addMarker(draft: Draft, restarts: boolean, groupId: number): void {
  const { snapshot, firstSegment, peers, own } = draft
  if (own !== null) addRecord(draft, { kind: "own", standing: own }, groupId)
  for (const [peer, standing] of peers) addRecord(draft, { kind: "peer", peer, standing }, groupId)
  addRecord(draft, { kind: "snapshot", snapshot, restarts, firstSegment }, groupId)
}

function addItem(draft: Draft, item: LogItem, groupId: number): void {
  switch (item.kind) {
    case "write":
      addEntries(draft, item.write.entries)
      return
    case "compact":
      // Two snapshots can be reported in either order: the newer one is kept.
      if (item.snapshot.lastIndex >= draft.snapshot.lastIndex) draft.snapshot = item.snapshot
      draft.firstSegment = Math.max(draft.firstSegment, firstNeededSegment(draft, item.keepFrom))
      addMarker(draft, false, groupId)
      return
    case "restart":
      draft.snapshot = item.snapshot
      draft.lastIndex = item.snapshot.lastIndex
      draft.firstSegment = draft.segment.sequence
      draft.segment.lowestIndex = null
      addMarker(draft, true, groupId)
      return
    case "peer":
      draft.peers = new Map(draft.peers).set(item.peer, item.standing)
      addRecord(draft, item, groupId)
      return
    case "forgetPeer": {
      const peers = new Map(draft.peers)
      peers.delete(item.peer)
      draft.peers = peers
      return
    }
    case "own":
      draft.own = item.standing
      addRecord(draft, item, groupId)
      return
    default:
      item satisfies never
  }
}

function addEntries(draft: Draft, entries: readonly Entry[]): void {
  for (const piece of recordPieces(entries)) addBytes(draft, piece)
  const first = entries[0]
  if (first === undefined) return
  draft.segment.lowestIndex = Math.min(draft.segment.lowestIndex ?? first.index, first.index)
  draft.lastIndex = first.index + entries.length - 1
}

/**
 * The oldest segment that holds an entry from `keepFrom` on. The entries of a segment end where those of any later segment begin, because a later
 * record replaces the tail from its index on.
 */
function firstNeededSegment(draft: Draft, keepFrom: LogIndex): number {
  let needed = draft.segment.sequence
  let end = Math.min(draft.lastIndex + 1, draft.segment.lowestIndex ?? Infinity)
  for (const segment of draft.earlier.toReversed()) {
    if (end > keepFrom) needed = segment.sequence
    end = Math.min(end, segment.lowestIndex ?? Infinity)
  }
  return needed
}

function addBatchRecord(draft: Draft, syncedBytes: number, groupId: number): void {
  const { hardState, segment } = draft
  addRecord(draft, { kind: "batch", hardState, segment: segment.sequence, offset: segment.sizeBytes, syncedBytes }, groupId)
}

function addRecord(draft: Draft, record: Exclude<LogRecord, { kind: "entry" }>, groupId: number): void {
  addBytes(draft, encodeRecord(record, groupId))
}

function addBytes(draft: Draft, bytes: Uint8Array): void {
  draft.data.push(bytes)
  draft.segment.sizeBytes += bytes.length
}

function operationsOf(draft: Draft, limits: LogLimits, isNew: boolean): DiskOperation[] {
  const { segment, data } = draft
  const file = segmentFile(segment.sequence)
  if (segment.sizeBytes > segment.fileBytes) {
    // The time of a long batch is the bandwidth of the disk, not its metadata: zeros would only make it longer.
    const isLong = (segment.sizeBytes - draft.startOffset) * longBatchDivisor > limits.zeroAheadBytes
    const zeroBytes = isLong ? 0 : limits.zeroAheadBytes
    addZeros(data, zeroBytes)
    segment.fileBytes = segment.sizeBytes + zeroBytes
  }
  const operations: DiskOperation[] = [
    { kind: "write", file, offset: draft.startOffset, data },
    { kind: "sync", file },
  ]
  if (isNew) operations.push({ kind: "syncDirectory" })
  return operations
}

/** A batch of more than this part of `zeroAheadBytes` is long. */
const longBatchDivisor = 8

const zeros = new Uint8Array(64 << 10)

function addZeros(data: Uint8Array[], count: number): void {
  for (let left = count; left > 0; left -= zeros.length) data.push(left < zeros.length ? zeros.subarray(0, left) : zeros)
}

function entriesOf(items: readonly LogItem[]): readonly Entry[] {
  const [first] = items
  if (items.length === 1 && first?.kind === "write") return first.write.entries
  return items.flatMap((item) => (item.kind === "write" ? item.write.entries : []))
}

/** The bytes that the batch will need, without markers, which are rare. */
function sizeEstimate(items: readonly LogItem[]): number {
  let size = batchRecordBytes
  for (const item of items) if (item.kind === "write") for (const entry of item.write.entries) size += recordBytesOf(entry)
  return size
}

function lastHardState(items: readonly LogItem[], fallback: HardState): HardState {
  for (let position = items.length - 1; position >= 0; position--) {
    const item = items[position]!
    if (item.kind === "write" && item.write.hardState !== null) return item.write.hardState
  }
  return fallback
}
