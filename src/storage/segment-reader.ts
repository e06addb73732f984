/**
 * Walks the records of one segment, and says what stands where they end.
 *
 * A batch is written in one piece and synced once, and a few of them may be under way together, so a crash can lose any sectors of
 * the last few: nothing else. Where the last segment stops making sense, the bytes are torn (cut them, and whatever follows) only if both
 * hold: no later batch says that they were synced before it was written; and something is missing there, the end of the file or a whole
 * sector that still has its zeros, because a disk loses sectors, not bits. Anything else was once on disk in good order and was damaged
 * since. A later batch that says nothing of the kind was never confirmed either: batches are confirmed in order.
 */

import { isRecordIntact, parseRecord, recordOverheadBytes, recordLength, WireError, type LogRecord } from "../wire/index.ts"
import type { DiskReader } from "./disk.ts"

export type SegmentStep =
  | { readonly kind: "record"; readonly offset: number; readonly lengthBytes: number; readonly record: LogRecord }
  /** The last record ended at `offset`; nothing but zeros follows. */
  | { readonly kind: "end"; readonly offset: number }
  /** From `offset` on, the end of an interrupted write: nothing of it was ever confirmed. */
  | { readonly kind: "torn"; readonly offset: number; readonly found: string }
  /** At `offset`, bytes that were in good order once. */
  | { readonly kind: "damaged"; readonly offset: number; readonly found: string }

export interface SegmentPlace {
  readonly file: string
  readonly sequence: number
  readonly groupId: number
  /** Where the records begin. */
  readonly startOffset: number
  /** Where they must end, if the next segment says so; null for the last segment. */
  readonly endOffset: number | null
}

/** What a disk loses or keeps as a whole. */
export const sectorBytes = 512

const windowBytes = 1 << 20

/** The steps of a segment, the last of them one of the three ends. Entries are views of windows of about 1 MiB, so none keeps a whole file in memory. */
export function* readSegment(reader: DiskReader, place: SegmentPlace): Generator<SegmentStep, void, undefined> {
  const { file, groupId } = place
  const fileBytes = reader.sizeBytes(file)
  const end = place.endOffset ?? fileBytes
  if (end > fileBytes) {
    yield { kind: "damaged", offset: fileBytes, found: `the file ends here, but the next segment says that this one had ${end} bytes` }
    return
  }
  let window: Uint8Array = new Uint8Array(0)
  let view = new DataView(window.buffer)
  let windowStart = place.startOffset
  let offset = place.startOffset
  while (offset < end) {
    let at = offset - windowStart
    let length = recordLength(window, view, at)
    // What is not in a window that reaches the end is nowhere.
    if ((length === null || at + length > window.length) && windowStart + window.length < end) {
      const wanted = Math.min(Math.max(length ?? 0, windowBytes), end - offset)
      window = readExactly(reader, file, offset, wanted)
      view = new DataView(window.buffer, window.byteOffset, window.byteLength)
      windowStart = offset
      at = 0
      length = recordLength(window, view, 0)
      // A long record that begins a window shows its length only now.
      if (length !== null && length > window.length && length <= end - offset) {
        window = readExactly(reader, file, offset, length)
        view = new DataView(window.buffer, window.byteOffset, window.byteLength)
      }
    }
    if (length === null || !isRecordIntact(window, view, at, length)) {
      yield explainBadBytes(reader, place, offset, end, length)
      return
    }
    const record = tryParse(window, view, at, length, groupId)
    if (typeof record === "string") {
      yield { kind: "damaged", offset, found: record }
      return
    }
    if (record.kind === "batch" && (record.segment !== place.sequence || record.offset !== offset)) {
      const belongs = `segment ${record.segment}, byte ${record.offset}`
      yield { kind: "damaged", offset, found: `a batch that belongs to ${belongs}` }
      return
    }
    yield { kind: "record", offset, lengthBytes: length, record }
    offset += length
  }
  yield { kind: "end", offset }
}

/**
 * A batch that really stands behind the first byte of `bytes`, which is at `bytesOffset` of the segment, and that was written after that byte was
 * synced; null if there is none.
 */
export function findLaterBatch(bytes: Uint8Array, bytesOffset: number, sequence: number): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 1; at + recordOverheadBytes <= bytes.length; at++) {
    if (bytes[at + 10] !== batchType) continue
    const length = recordLength(bytes, view, at)
    if (length === null || !isRecordIntact(bytes, view, at, length)) continue
    const record = tryParse(bytes, view, at, length, view.getUint32(at + 12, true))
    if (typeof record === "string" || record.kind !== "batch") continue
    const standsHere = record.segment === sequence && record.offset === bytesOffset + at
    if (standsHere && record.syncedBytes > bytesOffset) return bytesOffset + at
  }
  return null
}

/** Whether `bytes`, which stand at `bytesOffset` of a file, hold the zeros of a sector that was never written, among the first `lengthBytes`. */
export function hasLostSector(bytes: Uint8Array, bytesOffset: number, lengthBytes: number): boolean {
  let start = 0
  while (start < lengthBytes && start < bytes.length) {
    const sectorEnd = Math.min(bytes.length, start + sectorBytes - ((bytesOffset + start) % sectorBytes))
    if (isZero(bytes, start, sectorEnd)) return true
    start = sectorEnd
  }
  return false
}

export function isZero(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false
  return true
}

/** The type byte of a batch record: looked at first when a whole segment is searched for one. */
const batchType = 2

function explainBadBytes(reader: DiskReader, place: SegmentPlace, offset: number, end: number, length: number | null): SegmentStep {
  const rest = readExactly(reader, place.file, offset, end - offset)
  const found = describe(rest, length)
  if (place.endOffset !== null) return { kind: "damaged", offset, found }
  if (isZero(rest)) return { kind: "end", offset }
  const later = findLaterBatch(rest, offset, place.sequence)
  if (later !== null) {
    return { kind: "damaged", offset, found: `${found}, and a good batch follows at byte ${later}, so this was synced once` }
  }
  const endsEarly = rest.length < recordOverheadBytes || (length !== null && length > rest.length)
  // No record begins with zeros: nothing was ever written here, whatever became of the zeros behind.
  const isUnused = isZero(rest, 0, recordOverheadBytes)
  const isTorn = endsEarly || isUnused || hasLostSector(rest, offset, length ?? recordOverheadBytes)
  return { kind: isTorn ? "torn" : "damaged", offset, found }
}

function describe(rest: Uint8Array, length: number | null): string {
  if (length === null) return rest.length < recordOverheadBytes ? `only ${rest.length} bytes of a record` : "bytes that are no record"
  if (length > rest.length) return `only ${rest.length} of the ${length} bytes of a record`
  return `a record of ${length} bytes whose checksum does not match`
}

function tryParse(bytes: Uint8Array, view: DataView, at: number, length: number, groupId: number): LogRecord | string {
  try {
    return parseRecord(bytes, view, at, length, groupId)
  } catch (error) {
    if (error instanceof WireError) return error.message
    throw error
  }
}

function readExactly(reader: DiskReader, file: string, offset: number, lengthBytes: number): Uint8Array {
  const bytes = reader.read(file, offset, lengthBytes)
  if (bytes.length !== lengthBytes) throw new Error(`${file} gave ${bytes.length} of ${lengthBytes} bytes at byte ${offset}`)
  return bytes
}
