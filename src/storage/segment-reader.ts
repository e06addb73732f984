/**
 * Reads the records of one segment, and decides what the bytes behind the last good record are.
 *
 * A batch is written in one piece and synced once, and a few batches may be under way together, so a crash can lose any sectors of
 * the last few batches and nothing else. Bytes of the last segment that are no good record are torn (to be cut off, with everything behind them) only
 * if two conditions hold. First, no later batch records that they were synced before it was written. Second, something is missing there, the end of
 * the file or a whole sector that is still zero, because a disk loses sectors, not bits. Otherwise they were good on disk once and
 * were damaged later. A later batch that does not record those bytes as synced was never confirmed either: batches are confirmed in order.
 */

import { isRecordIntact, parseRecord, recordOverheadBytes, recordLength, WireError, type LogRecord } from "../wire/index.ts"
import type { DiskReader } from "./disk.ts"

export type SegmentStep =
  | { readonly kind: "record"; readonly offset: number; readonly lengthBytes: number; readonly record: LogRecord }
  /** The last record ended at `offset`; nothing but zeros follows. */
  | { readonly kind: "end"; readonly offset: number }
  /** From `offset` on stands the rest of an interrupted write, none of which was ever confirmed. */
  | { readonly kind: "torn"; readonly offset: number; readonly found: string }
  /** The bytes at `offset` were good on disk once, and are not any more. */
  | { readonly kind: "damaged"; readonly offset: number; readonly found: string }

export interface SegmentPlace {
  readonly file: string
  readonly sequence: number
  readonly groupId: number
  /** The offset of the first record. */
  readonly startOffset: number
  /** Where the records must end, as the header of the next segment says; null for the last segment. */
  readonly endOffset: number | null
}

/** The unit that a disk writes as a whole or not at all. */
export const sectorBytes = 512

const windowBytes = 1 << 20

/**
 * The records of a segment, and then one of the three other steps. Entries are views of windows of about 1 MiB, so no entry keeps a whole file in
 * memory.
 */
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
    // If the window already reaches the end, a longer one would hold no more.
    if ((length === null || at + length > window.length) && windowStart + window.length < end) {
      const wanted = Math.min(Math.max(length ?? 0, windowBytes), end - offset)
      window = readExactly(reader, file, offset, wanted)
      view = new DataView(window.buffer, window.byteOffset, window.byteLength)
      windowStart = offset
      at = 0
      length = recordLength(window, view, 0)
      // The length of a record is known once its first bytes are in the window: a long one needs a longer window.
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
 * The offset of a good batch record behind the first byte of `bytes` that records this first byte as synced; null if there is none. `bytesOffset` is
 * the offset of the first byte in the segment.
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

/** Whether a sector among the first `lengthBytes` of `bytes` is all zero, as if it was never written. `bytesOffset`: their offset in the file. */
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

/** The type byte of a batch record, compared first when a segment is searched for one, because that is fast. */
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
  // No record begins with zeros, so nothing was written here, even if the bytes behind are not zero.
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
