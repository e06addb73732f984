/**
 * A segment of the log as a file: its name and its header. Records follow the header without gaps; zeros may follow the last record.
 *
 *     0  "OARLKWAL"             28  u32 node id           56  u64 length of the segment before it (0: there is none)
 *     8  u32 format version     32  incarnation, 8 bytes  64  u32 reserved, 0
 *    12  u32 header length, 72  40  u64 sequence          68  u32 CRC-32 of bytes 0 to 67
 *    16  cluster id, 8 bytes    48  u64 first index
 *    24  u32 group id
 *
 * The header fits one disk sector, so it is written as a whole or not at all. It holds the length at which the segment before it was closed: so it
 * shows where that segment has lost its end, also at a record's border.
 */

import type { LogIndex } from "../core/index.ts"
import { ByteReader, ByteWriter, crc32 } from "../wire/index.ts"
import type { StorageIdentity } from "./disk.ts"

export interface SegmentHeader {
  readonly identity: StorageIdentity
  /** 1 for the first segment; also the file's name. */
  readonly sequence: number
  /** The index of the next new entry when the segment was begun. For people only: recovery uses the records. */
  readonly firstIndex: LogIndex
  readonly previousBytes: number
}

export const segmentHeaderBytes = 72

/** The version of segments and snapshot files that this build writes, and the only one that it reads. */
export const formatVersion = 1

const magic = "OARLKWAL"

export function segmentFile(sequence: number): string {
  if (sequence !== named.sequence) named = { sequence, file: `${String(sequence).padStart(20, "0")}.wal` }
  return named.file
}

/** The last name that was made. Nearly every batch goes to the same file as the one before. */
let named = { sequence: 0, file: "00000000000000000000.wal" }

/** The sequence in a segment's name, or null if it is no segment. */
export function sequenceOfFile(file: string): number | null {
  if (!/^\d{20}\.wal$/.test(file)) return null
  const sequence = Number(file.slice(0, 20))
  return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : null
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const writer = new ByteWriter(segmentHeaderBytes)
  writeMagic(writer, magic)
  writer.u32(formatVersion)
  writer.u32(segmentHeaderBytes)
  writeIdentity(writer, header.identity)
  writer.u64(header.sequence)
  writer.u64(header.firstIndex)
  writer.u64(header.previousBytes)
  writer.u32(0)
  writer.u32(crc32(writer.written()))
  return writer.take()
}

/** The header, or why `bytes` do not begin with a header that this version reads, as a phrase. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | string {
  if (bytes.length < segmentHeaderBytes) return `${bytes.length} bytes where a segment's header needs ${segmentHeaderBytes}`
  const problem = explainStart(bytes, magic, "log segment")
  if (problem !== null) return problem
  const header = bytes.subarray(0, segmentHeaderBytes)
  const reader = new ByteReader(header, 16)
  if (new ByteReader(header, 68).u32("checksum") !== crc32(header.subarray(0, 68))) return "a segment header whose checksum does not match"
  const identity = readIdentity(reader)
  return {
    identity,
    sequence: reader.u64("the sequence"),
    firstIndex: reader.u64("the first index"),
    previousBytes: reader.u64("the length of the previous segment"),
  }
}

export function writeMagic(writer: ByteWriter, text: string): void {
  for (const character of text) writer.u8(character.charCodeAt(0))
}

export function writeIdentity(writer: ByteWriter, identity: StorageIdentity): void {
  writer.id64(identity.clusterId)
  writer.u32(identity.groupId)
  writer.u32(identity.nodeId)
  writer.id64(identity.incarnation)
}

export function readIdentity(reader: ByteReader): StorageIdentity {
  const clusterId = reader.id64("the cluster id")
  const groupId = reader.u32("the group id")
  const nodeId = reader.u32("the node id")
  return { clusterId, groupId, nodeId, incarnation: reader.id64("the incarnation") }
}

/** Checks magic and version, whose places are the same in every format version. Says in a phrase why the file cannot be read, or returns null. */
export function explainStart(bytes: Uint8Array, magicText: string, what: string): string | null {
  const problem = explainMagic(bytes, magicText, what)
  if (problem !== null) return problem
  const version = new ByteReader(bytes, 8).u32("the format version")
  if (version === formatVersion) return null
  return `a ${what} of format version ${version}, but this Oarlock reads version ${formatVersion}`
}

/** The format version of a file that begins like a segment, otherwise null. */
export function segmentVersion(bytes: Uint8Array): number | null {
  return versionOf(bytes, magic)
}

/** The format version of a file that begins with this magic, otherwise null. */
export function versionOf(bytes: Uint8Array, magicText: string): number | null {
  if (bytes.length < 12 || explainMagic(bytes, magicText, "") !== null) return null
  return new ByteReader(bytes, 8).u32("the format version")
}

function explainMagic(bytes: Uint8Array, magicText: string, what: string): string | null {
  for (let i = 0; i < magicText.length; i++) {
    if (bytes[i] !== magicText.charCodeAt(i)) return `no ${what}: it does not begin with "${magicText}"`
  }
  return null
}
