/**
 * The records of the log. An entry's record is made once, by the leader, and the same bytes go to the socket, the leader's disk and the
 * follower's disk. The other kinds stay on the disk that they were written to.
 *
 *     0  u32 length of the whole record     12  u32 group id
 *     4  u32 CRC-32 of bytes 8 to the end   16  u64 index
 *     8  u16 check of the length            24  u64 term
 *    10  u8  type                           32  payload
 *    11  u8  entry kind                      end  u8  0xa5
 *
 * The length has a check of its own, because the checksum can only be tried once the length is trusted: recovery must know whether
 * a record that seems to run past the end of the file was torn (length good, bytes missing) or damaged (length bad). The last byte is never 0
 * for a like reason: zeros up to the end of a record mean that the disk never wrote them.
 */

import type { Configuration, Entry, EntryKind, HardState, NodeId, RecordSlot, SnapshotMeta } from "../../core/index.ts"
import { ByteReader } from "../bytes/byte-reader.ts"
import { ByteWriter } from "../bytes/byte-writer.ts"
import { crc32Between } from "../bytes/checksum.ts"
import { getU64, setU64 } from "../bytes/integers.ts"
import { slice, sliceOf, viewOf } from "../bytes/views.ts"
import { WireError } from "../bytes/wire-error.ts"
import { encodeConfiguration, readConfiguration, decodeConfiguration, writeConfiguration } from "./configuration.ts"
import { type OwnStanding, type PeerStanding, readOwnStanding, readPeerStanding, writeOwnStanding, writePeerStanding } from "./standing.ts"

/** What a record of the log says. */
export type LogRecord =
  | { readonly kind: "entry"; readonly entry: Entry }
  /**
   * Opens every batch. Says where it stands, so that bytes that look like one inside a command are not taken for it, and that
   * the first `syncedBytes` of its segment (and all segments before) were synced before it was written.
   */
  | {
      readonly kind: "batch"
      readonly hardState: HardState
      readonly segment: number
      readonly offset: number
      readonly syncedBytes: number
    }
  /**
   * The snapshot that the log continues from. `restarts`: all entries before this record are void and the next one is `lastIndex` + 1.
   * Segments below `firstSegment` are no longer needed, whether or not they were removed yet.
   */
  | { readonly kind: "snapshot"; readonly snapshot: SnapshotMeta; readonly restarts: boolean; readonly firstSegment: number }
  /** Which disk, and which life of it, this server has met a peer with. */
  | { readonly kind: "peer"; readonly peer: NodeId; readonly standing: PeerStanding }
  /** This server's own life, and which cluster it belongs to. */
  | { readonly kind: "own"; readonly standing: OwnStanding }

/** Bytes of a record before its payload. */
export const recordHeaderBytes = 32
const endMark = 0xa5
/** Where the kind of an entry stands; 0 in other records. */
const entryKindAt = 11
/** What a record takes beside its payload. */
export const recordOverheadBytes = recordHeaderBytes + 1
/** The length of a batch record. */
export const batchRecordBytes = recordOverheadBytes + 28

const typeEntry = 1
const typeBatch = 2
const typeSnapshot = 3
const typePeer = 4
const typeOwn = 5

const kindNoop = 0
const kindCommand = 1
const kindConfiguration = 2

const noBytes = new Uint8Array(0)

/** The record lies around the entry's `data`, in the same buffer: a view less for each entry that is kept. */
const around: RecordSlot = { isShared: true }
/** There is room for the record around the entry's `data`, in the same buffer, and encoding only has to fill that in. */
export const roomAround: RecordSlot = { isShared: false }
/** The record is bytes of its own. */
interface OwnRecord extends RecordSlot {
  readonly bytes: Uint8Array
}

/** Encodes the entry if that has not been done, and returns its record: a view. */
export function encodeEntry(entry: Entry, groupId: number): Uint8Array {
  encodeEntries([entry], groupId)
  return recordPieces([entry])[0]!
}

/**
 * Encodes every entry that is not encoded yet. Where there is room around a command, its record is filled in where it is; all others get one buffer
 * together: allocation is the main cost, and neighbours in memory can be written and sent as one piece. A command's `data` becomes a view of its
 * record, so that its bytes are kept once.
 */
export function encodeEntries(entries: readonly Entry[], groupId: number): void {
  let total = 0
  let configurations: Map<Entry, Uint8Array> | null = null
  let room: { readonly bytes: Uint8Array; readonly view: DataView } | null = null
  for (const entry of entries) {
    if (entry.encoded !== null && isRoom(entry.encoded)) {
      if (room === null || room.bytes.buffer !== entry.data.buffer) room = wholeBuffer(entry.data)
      fillIn(room.bytes, room.view, entry, groupId)
    }
    if (entry.encoded !== null) continue
    if (entry.kind === "configuration") (configurations ??= new Map()).set(entry, configurationPayload(entry))
    total += recordOverheadBytes + (configurations?.get(entry) ?? entry.data).length
  }
  if (total > 0) encodeTogether(entries, total, configurations, groupId)
}

function wholeBuffer({ buffer }: Uint8Array): { readonly bytes: Uint8Array; readonly view: DataView } {
  return { bytes: new Uint8Array(buffer), view: new DataView(buffer) }
}

/** Makes the record of a command that has room for it. */
function fillIn(bytes: Uint8Array, view: DataView, entry: Entry, groupId: number): void {
  const start = entry.data.byteOffset - recordHeaderBytes
  view.setUint8(start + 11, kindCommand)
  seal(bytes, view, start, start + recordOverheadBytes + entry.data.length, typeEntry, groupId, entry.index, entry.term)
  entry.encoded = around
}

function encodeTogether(entries: readonly Entry[], total: number, configurations: Map<Entry, Uint8Array> | null, groupId: number): void {
  const bytes = new Uint8Array(total)
  const view = viewOf(bytes)
  let at = 0
  for (const entry of entries) {
    if (entry.encoded !== null) continue
    const payload = configurations?.get(entry) ?? entry.data
    const end = at + recordOverheadBytes + payload.length
    bytes.set(payload, at + recordHeaderBytes)
    view.setUint8(at + 11, codeOfKind(entry.kind))
    seal(bytes, view, at, end, typeEntry, groupId, entry.index, entry.term)
    if (payload === entry.data && payload.length > 0) {
      entry.data = slice(bytes, at + recordHeaderBytes, end - 1)
      entry.encoded = around
    } else {
      entry.encoded = ownRecord(slice(bytes, at, end))
    }
    at = end
  }
}

/** How long the entry's record is, encoded or not; of a configuration that is not encoded yet, a lower bound. */
export function recordBytesOf(entry: Entry): number {
  const { encoded } = entry
  return encoded !== null && isOwnRecord(encoded) ? encoded.bytes.length : recordOverheadBytes + entry.data.length
}

/** The records of encoded entries as views: neighbours in memory, such as a batch that was encoded or received as a whole, are one piece. */
export function recordPieces(entries: readonly Entry[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let buffer: ArrayBufferLike | null = null
  let start = 0
  let end = 0
  for (const entry of entries) {
    const { encoded, data } = entry
    const isAround = encoded?.isShared === true
    const bytes = isAround ? data : encoded !== null && isOwnRecord(encoded) ? encoded.bytes : null
    if (bytes === null) throw new RangeError(`entry ${entry.index} is not encoded yet`)
    const before = isAround ? recordHeaderBytes : 0
    const recordStart = bytes.byteOffset - before
    const recordEnd = recordStart + recordBytesOf(entry)
    // The numbers first: to ask an array for its buffer is a call into the engine.
    if (recordStart === end && bytes.buffer === buffer) {
      end = recordEnd
      continue
    }
    if (buffer !== null) pieces.push(new Uint8Array(buffer, start, end - start))
    buffer = bytes.buffer
    start = recordStart
    end = recordEnd
  }
  if (buffer !== null) pieces.push(new Uint8Array(buffer, start, end - start))
  return pieces
}

function ownRecord(bytes: Uint8Array): OwnRecord {
  return { isShared: false, bytes }
}

// Slots are told apart by what they are, and not by identity: two copies of this file can meet in one process, such as two versions of a build.

function isRoom(slot: RecordSlot): boolean {
  return !slot.isShared && !isOwnRecord(slot)
}

function isOwnRecord(slot: RecordSlot): slot is OwnRecord {
  return "bytes" in slot
}

/** The bytes of a record that is not an entry. */
export function encodeRecord(record: Exclude<LogRecord, { kind: "entry" }>, groupId: number): Uint8Array {
  const writer = record.kind === "batch" ? batchWriter : new ByteWriter(128)
  writer.clear()
  writer.reserve(recordHeaderBytes)
  let type: number
  let index = 0
  let term = 0
  switch (record.kind) {
    case "batch":
      type = typeBatch
      index = record.hardState.commitIndex
      term = record.hardState.term
      writer.u32(record.hardState.votedFor ?? 0)
      writer.u64(record.segment)
      writer.u64(record.offset)
      writer.u64(record.syncedBytes)
      break
    case "snapshot":
      type = typeSnapshot
      index = record.snapshot.lastIndex
      term = record.snapshot.lastTerm
      writer.flag(record.restarts)
      writer.u64(record.firstSegment)
      writeConfiguration(writer, record.snapshot.configuration)
      break
    case "peer":
      type = typePeer
      writer.u32(record.peer)
      writePeerStanding(writer, record.standing)
      break
    case "own":
      type = typeOwn
      writeOwnStanding(writer, record.standing)
      break
    default:
      record satisfies never
      throw new RangeError("unknown record")
  }
  writer.u8(0)
  const { bytes, view, length } = writer
  bytes[entryKindAt] = 0
  seal(bytes, view, 0, length, type, groupId, index, term)
  return writer.take()
}

/** There is a batch with every sync, and a copy of it costs less than a buffer with a view. */
const batchWriter = new ByteWriter(batchRecordBytes)

/**
 * The length of the record that starts at `at`, or null if there is no trustworthy one: fewer bytes than a header, or a length that fails
 * its own check. The record need not be there as a whole.
 */
export function recordLength(bytes: Uint8Array, view: DataView, at: number): number | null {
  if (bytes.length - at < recordOverheadBytes) return null
  const length = view.getUint32(at, true)
  return length >= recordOverheadBytes && view.getUint16(at + 8, true) === lengthCheck(length) ? length : null
}

/** Whether the checksum of the record of `length` bytes at `at` holds. */
export function isRecordIntact(bytes: Uint8Array, view: DataView, at: number, length: number): boolean {
  return length <= bytes.length - at && view.getUint32(at + 4, true) === crc32Between(bytes, at + 8, at + length)
}

/**
 * The record at the start of `bytes` and its length. An entry's record and `data` are views of `bytes`. Throws a `WireError` in words
 * for anything that is not a whole, undamaged record of this group.
 */
export function decodeRecord(bytes: Uint8Array, groupId: number): { readonly record: LogRecord; readonly lengthBytes: number } {
  const view = viewOf(bytes)
  const length = recordLength(bytes, view, 0)
  if (length === null) throw new WireError(`no record here: ${bytes.length} bytes that do not begin with a valid length`)
  if (length > bytes.length) throw new WireError(`a record of ${length} bytes, of which only ${bytes.length} are here`)
  if (!isRecordIntact(bytes, view, 0, length)) throw new WireError("the record's checksum does not match its bytes")
  return { record: parseRecord(bytes, view, 0, length, groupId), lengthBytes: length }
}

/** Reads a record whose length and checksum were verified. Throws a `WireError` if it makes no sense all the same. */
export function parseRecord(bytes: Uint8Array, view: DataView, at: number, length: number, groupId: number): LogRecord {
  const type = view.getUint8(at + 10)
  if (type === typeEntry) return { kind: "entry", entry: parseEntry(bytes, view, at, length, groupId) }
  checkGroup(view, at, groupId)
  const index = getU64(view, at + 16, "a record's index")
  const term = getU64(view, at + 24, "a record's term")
  const reader = new ByteReader(sliceOf(view, at + recordHeaderBytes, at + length - 1))
  const record = parseOther(type, reader, index, term)
  reader.finish("a record")
  return record
}

/**
 * Reads an entry record whose bytes are known to be undamaged (its own checksum, or that of the frame around it, was verified) and whose
 * length was checked. Throws a `WireError` if it is no entry of this group.
 */
export function parseEntry(bytes: Uint8Array, view: DataView, at: number, length: number, groupId: number): Entry {
  const type = view.getUint8(at + 10)
  if (type !== typeEntry) throw new WireError(`a record of type ${type} where an entry must stand`)
  if (bytes[at + length - 1] !== endMark) throw new WireError("a record without its end mark")
  checkGroup(view, at, groupId)
  const kind = kindOfCode(view.getUint8(at + 11))
  const index = getU64(view, at + 16, "an entry's index")
  const term = getU64(view, at + 24, "an entry's term")
  if (index === 0 || term === 0) throw new WireError(`an entry with index ${index} and term ${term}; both begin at 1`)
  const isEmpty = length === recordOverheadBytes
  const payload = isEmpty ? noBytes : sliceOf(view, at + recordHeaderBytes, at + length - 1)
  switch (kind) {
    case "command":
      return {
        index,
        term,
        kind,
        data: payload,
        configuration: null,
        encoded: isEmpty ? ownRecord(sliceOf(view, at, at + length)) : around,
      }
    case "noop":
      if (!isEmpty) throw new WireError(`a no-op entry with ${payload.length} bytes of payload`)
      return { index, term, kind, data: noBytes, configuration: null, encoded: ownRecord(sliceOf(view, at, at + length)) }
    case "configuration":
      return {
        index,
        term,
        kind,
        data: noBytes,
        configuration: decodeConfiguration(payload),
        encoded: ownRecord(sliceOf(view, at, at + length)),
      }
    default:
      kind satisfies never
      throw new WireError("unknown kind")
  }
}

/** Folds the length to 16 bits so that any single flipped bit of either shows. */
export function lengthCheck(length: number): number {
  return ((length >>> 16) ^ length ^ 0x5a5a) & 0xffff
}

function seal(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  type: number,
  groupId: number,
  index: number,
  term: number,
): void {
  const length = end - at
  view.setUint32(at, length, true)
  view.setUint16(at + 8, lengthCheck(length), true)
  view.setUint8(at + 10, type)
  bytes[end - 1] = endMark
  view.setUint32(at + 12, groupId, true)
  setU64(view, at + 16, index)
  setU64(view, at + 24, term)
  view.setUint32(at + 4, crc32Between(bytes, at + 8, end), true)
}

function parseOther(type: number, reader: ByteReader, index: number, term: number): LogRecord {
  switch (type) {
    case typeBatch: {
      const votedFor = reader.u32("the vote")
      const segment = reader.u64("a batch's segment")
      const offset = reader.u64("a batch's offset")
      // Before batches could be under way beside each other, everything in front of one was synced, and it did not say so.
      const syncedBytes = reader.remaining === 0 ? offset : reader.u64("the synced length of a batch's segment")
      const hardState = { term, votedFor: votedFor === 0 ? null : votedFor, commitIndex: index }
      return { kind: "batch", hardState, segment, offset, syncedBytes }
    }
    case typeSnapshot: {
      const restarts = reader.flag("a snapshot marker's flag")
      const firstSegment = reader.u64("a snapshot marker's first segment")
      const configuration = readConfiguration(reader)
      return { kind: "snapshot", snapshot: { lastIndex: index, lastTerm: term, configuration }, restarts, firstSegment }
    }
    case typePeer: {
      const peer = reader.u32("a peer's id")
      return { kind: "peer", peer, standing: readPeerStanding(reader) }
    }
    case typeOwn:
      return { kind: "own", standing: readOwnStanding(reader) }
    default:
      throw new WireError(`a record of type ${type}, which this version does not know`)
  }
}

function configurationPayload(entry: Entry): Uint8Array {
  const configuration: Configuration | null = entry.configuration
  if (configuration === null) throw new RangeError(`the configuration entry ${entry.index} holds no configuration`)
  return encodeConfiguration(configuration)
}

function checkGroup(view: DataView, at: number, groupId: number): void {
  const found = view.getUint32(at + 12, true)
  if (found !== groupId) throw new WireError(`a record of group ${found} in group ${groupId}`)
}

function codeOfKind(kind: EntryKind): number {
  switch (kind) {
    case "noop":
      return kindNoop
    case "command":
      return kindCommand
    case "configuration":
      return kindConfiguration
    default:
      kind satisfies never
      throw new RangeError(`unknown kind of entry ${String(kind)}`)
  }
}

function kindOfCode(code: number): EntryKind {
  switch (code) {
    case kindNoop:
      return "noop"
    case kindCommand:
      return "command"
    case kindConfiguration:
      return "configuration"
    default:
      throw new WireError(`an entry of kind ${code}, which this version does not know`)
  }
}
