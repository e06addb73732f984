/**
 * A snapshot as a file: header, the state machine's chunks with their borders, footer.
 *
 *     0  "OARLKSNP"             24  group id, node id, incarnation of the server that took it (16 bytes)
 *     8  u32 format version     40  u64 last index, u64 last term, configuration
 *    12  u32 header length      the header's last 4 bytes: CRC-32 of those before
 *    16  cluster id, 8 bytes
 *
 * Each chunk is `u32 length | u32 CRC-32 | bytes`. A long chunk is written as several such pieces: the length of each but the last has its highest bit
 * set, and the reader joins them again. The footer is `u32 0xffffffff | u32 CRC-32 of the rest of the footer | u64 bytes before the
 * footer | u64 count of pieces | u32 CRC-32 of all bytes before the footer`. The whole file travels to other servers as it is.
 */

import type { SnapshotMeta } from "../core/index.ts"
import { ByteReader, ByteWriter, crc32, readConfiguration, WireError, writeConfiguration } from "../wire/index.ts"
import type { StorageIdentity } from "./disk.ts"
import { explainStart, formatVersion, readIdentity, versionOf, writeIdentity, writeMagic } from "./segment.ts"

const magic = "OARLKSNP"
const footerMark = 0xffff_ffff
/** Added to the length of a piece that is not the last of its chunk. */
const goesOnMark = 0x8000_0000
export const snapshotFooterBytes = 28
export const chunkHeaderBytes = 8
const headerBytesMax = 16 << 20

/** `snapshot-<lastIndex>-<lastTerm>.snap`, twenty digits each, so that names sort as snapshots do. */
export function snapshotFile(meta: SnapshotMeta): string {
  return `snapshot-${String(meta.lastIndex).padStart(20, "0")}-${String(meta.lastTerm).padStart(20, "0")}.snap`
}

/** Index and term in a snapshot's name, or null if it is no snapshot. */
export function positionOfFile(file: string): { readonly lastIndex: number; readonly lastTerm: number } | null {
  const match = /^snapshot-(\d{20})-(\d{20})\.snap$/.exec(file)
  if (match === null) return null
  const lastIndex = Number(match[1])
  const lastTerm = Number(match[2])
  return Number.isSafeInteger(lastIndex) && Number.isSafeInteger(lastTerm) ? { lastIndex, lastTerm } : null
}

export function encodeSnapshotHeader(identity: StorageIdentity, meta: SnapshotMeta): Uint8Array {
  const writer = new ByteWriter(256)
  writeMagic(writer, magic)
  writer.u32(formatVersion)
  writer.u32(0)
  writeIdentity(writer, identity)
  writer.u64(meta.lastIndex)
  writer.u64(meta.lastTerm)
  writeConfiguration(writer, meta.configuration)
  writer.view.setUint32(12, writer.length + 4, true)
  writer.u32(crc32(writer.written()))
  return writer.take()
}

/** The header before the bytes of a piece of a chunk. `goesOn`: the piece is not the last of its chunk. */
export function encodeChunkHeader(piece: Uint8Array, goesOn: boolean): Uint8Array {
  const writer = new ByteWriter(chunkHeaderBytes)
  writer.u32(goesOn ? piece.length + goesOnMark : piece.length)
  writer.u32(crc32(piece))
  return writer.take()
}

/** The bytes that a chunk of `lengthBytes` takes in a file, with the headers of its pieces. */
export function chunkFileBytes(lengthBytes: number, pieceBytesMax: number): number {
  return lengthBytes + chunkHeaderBytes * Math.max(1, Math.ceil(lengthBytes / pieceBytesMax))
}

export function encodeSnapshotFooter(bytesBefore: number, chunkCount: number, checksum: number): Uint8Array {
  const rest = new ByteWriter(20)
  rest.u64(bytesBefore)
  rest.u64(chunkCount)
  rest.u32(checksum)
  const writer = new ByteWriter(snapshotFooterBytes)
  writer.u32(footerMark)
  writer.u32(crc32(rest.written()))
  writer.raw(rest.written())
  return writer.take()
}

/** The format version of a file that begins like a snapshot, otherwise null. */
export function snapshotVersion(bytes: Uint8Array): number | null {
  return versionOf(bytes, magic)
}

/** How far a snapshot file was read. Plain data; the bytes in `rest` are shared. */
export interface SnapshotParser {
  /** Bytes taken so far, `rest` included. */
  bytesTaken: number
  /** CRC-32 of the first `parsedBytes` bytes. Once complete: of the whole file. */
  checksum: number
  /** Bytes of the header, chunks and footer that were parsed: `bytesTaken` without `rest`. */
  parsedBytes: number
  /** The bytes of a header, chunk or footer that has not arrived as a whole yet. In pieces, so that a long chunk is joined only once. */
  rest: readonly Uint8Array[]
  /** How many bytes `rest` needs before it can be parsed. */
  wantedBytes: number
  /** The server that took the snapshot; null until the header was parsed. */
  identity: StorageIdentity | null
  /** What the snapshot covers; null until the header was parsed. */
  meta: SnapshotMeta | null
  /** Pieces of chunks parsed so far. */
  chunkCount: number
  /** The pieces so far of a chunk that is not complete; null if the last piece ended its chunk. Always empty with `onlyVerifies`, to save memory. */
  pieces: readonly Uint8Array[] | null
  /** The caller does not need the chunks: long ones are checked piece by piece and not put together. */
  readonly onlyVerifies: boolean
  /** The footer was parsed, and agrees with everything before it. */
  isComplete: boolean
}

/** A parser for one snapshot file, at its first byte. `onlyVerifies`: the caller does not need the chunks, so long ones are not put together. */
export function createSnapshotParser(onlyVerifies = false): SnapshotParser {
  const counts = { bytesTaken: 0, checksum: 0, parsedBytes: 0, chunkCount: 0 }
  return { ...counts, rest: [], wantedBytes: 0, identity: null, meta: null, pieces: null, onlyVerifies, isComplete: false }
}

/**
 * Takes the next bytes of the file and returns the chunks that they complete. `chunkBytesMax` is the most that a piece may have. Throws a `WireError`
 * in words if this is no good snapshot.
 */
export function parseSnapshot(parser: SnapshotParser, bytes: Uint8Array, chunkBytesMax: number): Uint8Array[] {
  parser.bytesTaken += bytes.length
  if (parser.rest.length > 0 && parser.bytesTaken - parser.parsedBytes < parser.wantedBytes) {
    parser.rest = [...parser.rest, copyOf(bytes)]
    return []
  }
  const input = parser.rest.length === 0 ? bytes : joined([...parser.rest, bytes])
  const chunks: Uint8Array[] = []
  let at = 0
  for (;;) {
    const length = parseNext(parser, input.subarray(at), chunkBytesMax, chunks)
    if (length === 0) break
    parser.checksum = crc32(input.subarray(at, at + length), parser.checksum)
    parser.parsedBytes += length
    at += length
  }
  const left = input.subarray(at)
  parser.rest = left.length === 0 ? [] : [copyOf(left)]
  parser.wantedBytes = lengthOfNext(parser, left)
  return chunks
}

/** The length of the header, chunk or footer that begins with `bytes`; one byte more than `bytes` if they do not show it yet. */
function lengthOfNext({ meta }: SnapshotParser, bytes: Uint8Array): number {
  const lengthAt = meta === null ? 12 : 0
  if (bytes.length < lengthAt + 4) return bytes.length + 1
  const length = new ByteReader(bytes, lengthAt).u32("a length")
  if (meta === null) return length
  return length === footerMark ? snapshotFooterBytes : chunkHeaderBytes + (length % goesOnMark)
}

/** A copy, because the caller may use its buffer again. Not `slice`, which returns a view if the bytes are a Node `Buffer`. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** Drops the bytes that are not parsed yet: the caller passes them again, from `parser.bytesTaken` on. */
export function rewindSnapshot(parser: SnapshotParser): void {
  parser.bytesTaken = parser.parsedBytes
  parser.rest = []
}

/** Parses one header, chunk or footer at the start of `bytes` and returns its length; 0 if it has not arrived as a whole. */
function parseNext(parser: SnapshotParser, bytes: Uint8Array, chunkBytesMax: number, chunks: Uint8Array[]): number {
  if (parser.isComplete) {
    if (bytes.length > 0) throw new WireError(`${bytes.length} bytes behind the snapshot's end`)
    return 0
  }
  if (parser.meta === null) return parseHeader(parser, bytes)
  if (bytes.length < chunkHeaderBytes) return 0
  const reader = new ByteReader(bytes)
  const marked = reader.u32("a chunk's length")
  const checksum = reader.u32("a chunk's checksum")
  if (marked === footerMark) return parseFooter(parser, bytes, checksum)
  const length = marked % goesOnMark
  if (length > chunkBytesMax) throw new WireError(`a chunk of ${length} bytes; at most ${chunkBytesMax} are allowed`)
  if (reader.remaining < length) return 0
  const piece = reader.raw(length, "a chunk")
  if (crc32(piece) !== checksum) throw new WireError(`the checksum of chunk ${parser.chunkCount + 1} does not match its bytes`)
  parser.chunkCount += 1
  takePiece(parser, piece, marked >= goesOnMark, chunks)
  return chunkHeaderBytes + length
}

/** Most chunks are one piece. The pieces of a long chunk are kept until its last one. */
function takePiece(parser: SnapshotParser, piece: Uint8Array, goesOn: boolean, chunks: Uint8Array[]): void {
  const before = parser.pieces
  if (!goesOn) {
    chunks.push(before === null ? piece : joined([...before, piece]))
    parser.pieces = null
  } else {
    parser.pieces = parser.onlyVerifies ? [] : [...(before ?? []), copyOf(piece)]
  }
}

function parseHeader(parser: SnapshotParser, bytes: Uint8Array): number {
  if (bytes.length < 16) return 0
  const problem = explainStart(bytes, magic, "snapshot")
  if (problem !== null) throw new WireError(problem)
  const length = new ByteReader(bytes, 12).u32("the header's length")
  if (length < 64 || length > headerBytesMax) throw new WireError(`a snapshot header of ${length} bytes`)
  if (bytes.length < length) return 0
  const header = bytes.subarray(0, length - 4)
  if (new ByteReader(bytes, length - 4).u32("checksum") !== crc32(header))
    throw new WireError("the snapshot header's checksum does not match")
  const reader = new ByteReader(header, 16)
  parser.identity = readIdentity(reader)
  const lastIndex = reader.u64("the last index")
  const lastTerm = reader.u64("the last term")
  parser.meta = { lastIndex, lastTerm, configuration: readConfiguration(reader) }
  reader.finish("the snapshot's header")
  return length
}

function parseFooter(parser: SnapshotParser, bytes: Uint8Array, checksum: number): number {
  if (bytes.length < snapshotFooterBytes) return 0
  if (parser.pieces !== null) throw new WireError("the snapshot ends in the middle of a chunk")
  const rest = bytes.subarray(chunkHeaderBytes, snapshotFooterBytes)
  if (crc32(rest) !== checksum) throw new WireError("the snapshot footer's checksum does not match")
  const reader = new ByteReader(rest)
  const bytesBefore = reader.u64("the snapshot's size")
  const chunkCount = reader.u64("the number of chunks")
  const contents = reader.u32("the checksum of the contents")
  if (bytesBefore !== parser.parsedBytes || chunkCount !== parser.chunkCount || contents !== parser.checksum) {
    const says = `${chunkCount} chunks in ${bytesBefore} bytes`
    throw new WireError(
      `the snapshot's footer says ${says}, but ${parser.chunkCount} in ${parser.parsedBytes} are here, or in another order`,
    )
  }
  parser.isComplete = true
  return snapshotFooterBytes
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
