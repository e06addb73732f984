/**
 * What was begun last on this disk: a note of the newest segment and the newest life, in a file of its own beside the log.
 *
 * A log that was cut short looks like one whose end was never written, unless something else knows better. The note is written once a segment, or a
 * life, is durable, so it never says more than was there; it may say less. It is no part of the log: without it, or where it is damaged, recovery
 * does as it would without.
 *
 *     0  "OARLKEND"    8  incarnation, 8 bytes    16  u64 segment    24  u64 life    32  u32 CRC-32 of bytes 0 to 31
 */

import { ByteReader, ByteWriter, crc32 } from "../wire/index.ts"
import type { DiskOperation, DiskReader } from "./disk.ts"
import { adviceOnDamage, RecoveryError } from "./recovery-error.ts"
import { segmentFile, writeMagic } from "./segment.ts"

/** The name of that file. */
export const latestFile = "log.latest"

const magic = "OARLKEND"
const noteBytes = 36

export interface Latest {
  readonly incarnation: string
  readonly segment: number
  readonly life: number
}

/** To be performed behind the sync that made it true. `isFirst`: the file may not be there yet. */
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

/** Null if there is none, or none that can be relied on. */
export function readLatest(reader: DiskReader): Latest | null {
  if (!reader.list().includes(latestFile) || reader.sizeBytes(latestFile) < noteBytes) return null
  const bytes = reader.read(latestFile, 0, noteBytes)
  if (new ByteReader(bytes, noteBytes - 4).u32("the checksum") !== crc32(bytes.subarray(0, noteBytes - 4))) return null
  const content = new ByteReader(bytes, magic.length)
  return { incarnation: content.id64("the incarnation"), segment: content.u64("the segment"), life: content.u64("the life") }
}

/** Throws a `RecoveryError` if the log ends before what the note says was begun: its end is gone. */
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
