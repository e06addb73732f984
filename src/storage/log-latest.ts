/**
 * A note of the newest segment and the newest life on this disk, in a file of its own beside the log.
 *
 * A log that was cut short at a record's border looks like a log whose end was never written. The note shows the difference. It is written once a
 * segment, or a life, is durable, so it never names more than was there; it may name less. It is not part of the log: where it is missing or damaged,
 * recovery ignores it.
 *
 *     0  "OARLKEND"    8  incarnation, 8 bytes    16  u64 segment    24  u64 life    32  u32 CRC-32 of bytes 0 to 31
 */

import { ByteReader, ByteWriter, crc32 } from "../wire/index.ts"
import type { DiskOperation, DiskReader } from "./disk.ts"
import { adviceOnDamage, RecoveryError } from "./recovery-error.ts"
import { segmentFile, writeMagic } from "./segment.ts"

/** The name of that file, relative to the data folder. */
export const latestFile = "log.latest"

const magic = "OARLKEND"
const noteBytes = 36

export interface Latest {
  readonly incarnation: string
  readonly segment: number
  readonly life: number
}

/** Writes the note. To be performed after the sync that made the segment and the life durable. `isFirst`: the file may not exist yet. */
export function noteLatest({ incarnation, segment, life }: Latest, isFirst: boolean): DiskOperation[] {
  const writer = new ByteWriter(noteBytes)
  writeMagic(writer, magic)
  writer.id64(incarnation)
  writer.u64(segment)
  writer.u64(life)
  writer.u32(crc32(writer.written()))
  const operations: DiskOperation[] = [
    { kind: "write", file: latestFile, offset: 0, data: [writer.take()] },
    { kind: "sync", file: latestFile },
  ]
  return isFirst ? [...operations, { kind: "syncDirectory" }] : operations
}

/** The note; null if there is none, or if it is damaged. */
export function readLatest(reader: DiskReader): Latest | null {
  if (!reader.list().includes(latestFile) || reader.sizeBytes(latestFile) < noteBytes) return null
  const bytes = reader.read(latestFile, 0, noteBytes)
  if (new ByteReader(bytes, noteBytes - 4).u32("the checksum") !== crc32(bytes.subarray(0, noteBytes - 4))) return null
  const content = new ByteReader(bytes, magic.length)
  return { incarnation: content.id64("the incarnation"), segment: content.u64("the segment"), life: content.u64("the life") }
}

/** Throws a `RecoveryError` if the log ends before the segment or the life that the note names: then the end of the log is missing. */
export function checkLatest(latest: Latest | null, incarnation: string, segment: number, life: number): void {
  if (latest === null || latest.incarnation !== incarnation) return
  if (segment < latest.segment) {
    const found = `this segment is missing: the log goes on in it, and ends with ${segmentFile(segment)} here`
    throw new RecoveryError(segmentFile(latest.segment), null, found, adviceOnDamage)
  }
  if (life < latest.life) {
    const found = `the log was cut short: start ${latest.life} of this server stood in it, and now it ends in start ${life}`
    throw new RecoveryError(segmentFile(segment), null, found, adviceOnDamage)
  }
}
