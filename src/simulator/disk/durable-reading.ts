/**
 * What recovery would find on a server's disk if power failed now and nothing unsynced survived: asked after every vote and many an
 * acknowledgement, so it must not read the whole disk each time.
 *
 * A log mostly grows at its end. What was read once stands as long as every durable file is the very same content, the last segment with more
 * records behind; then only those are read. For anything else (another segment, a snapshot, a truncation, a loss of power) recovery reads
 * everything again, with production's code.
 */

import type { Term } from "../../core/index.ts"
import type { StorageIdentity } from "../../storage/index.ts"
import { isRecordIntact, parseRecord, recordLength, type LogRecord } from "../../wire/index.ts"
import type { DurableView } from "../checkers/index.ts"
import { SharedList } from "../ground/shared-list.ts"
import type { Build } from "../state/build.ts"
import type { DurableFile, SimulatedDisk } from "./disk.ts"
import { dataBytes, readBytes, type FileContent } from "./file-content.ts"

/** What is known of a disk, and of which contents. Never changed. */
export interface DurableReading {
  readonly view: DurableView | null
  /** The durable files that were read, in the order of the directory. */
  readonly files: readonly DurableFile[]
  /** Null if reading cannot go on from there. */
  readonly end: LogEnd | null
}

/** Where a log ends, and how it got there from what recovery had found. */
interface LogEnd {
  /** The position of the last segment among the files, and where its records end. */
  readonly segment: number
  readonly offset: number
  readonly recovered: DurableView
  /** From here on `terms` count, and no longer those that recovery had found. */
  readonly from: number
  readonly terms: SharedList<Term>
}

/** Where records begin in a segment. */
const segmentHeaderBytes = 72

/** Brings `known` up to date. */
export function readDurable(known: DurableReading | null, disk: SimulatedDisk, build: Build, identity: StorageIdentity): DurableReading {
  const files = disk.durableFiles()
  return (known === null ? null : readOn(known, files, identity.groupId)) ?? readAll(files, disk, build, identity)
}

/** What is known and what came behind it; null if that is not all that happened. */
function readOn(known: DurableReading, files: readonly DurableFile[], groupId: number): DurableReading | null {
  if (files.length !== known.files.length) return null
  let hasGrown = false
  for (let position = 0; position < files.length; position++) {
    const [now, before] = [files[position]!, known.files[position]!]
    if (now.inode !== before.inode || now.file !== before.file) return null
    if (now.content === before.content) continue
    if (position !== known.end?.segment || !isSameUpTo(known.end.offset, before, now)) return null
    hasGrown = true
  }
  if (!hasGrown) return known
  return known.view === null || known.end === null ? null : readRecords(known.view, known.end, files, groupId)
}

/** Whether nothing changed before `offset`. */
function isSameUpTo(offset: number, before: DurableFile, now: DurableFile): boolean {
  for (let change = before.changedFrom.length; change < now.changedFrom.length; change++) {
    if (now.changedFrom.at(change)! < offset) return false
  }
  return now.changedFrom.length > before.changedFrom.length
}

function readRecords(view: DurableView, end: LogEnd, files: readonly DurableFile[], groupId: number): DurableReading | null {
  const { recovered, segment } = end
  let { from, terms } = end
  let { term, votedFor } = view
  terms = terms.clone()
  const offset = walkRecords(files[segment]!.content, end.offset, groupId, (record, at) => {
    if (record.kind === "batch") {
      ;({ term, votedFor } = record.hardState)
      return record.offset === at
    }
    if (record.kind === "peer" || record.kind === "own") return true
    if (record.kind === "snapshot") return false
    const { index } = record.entry
    if (index > from + terms.length || index <= recovered.snapshotIndex) return false
    if (index < from) [from, terms] = [index, new SharedList()]
    else if (index < from + terms.length) terms = new SharedList([...terms].slice(0, index - from))
    terms.push(record.entry.term)
    return true
  })
  if (offset === null) return null
  const grown: DurableView = {
    term,
    votedFor,
    snapshotIndex: recovered.snapshotIndex,
    lastIndex: Math.max(recovered.snapshotIndex, from + terms.length - 1),
    termAt: (index) => (index < from ? recovered.termAt(index) : (terms.at(index - from) ?? null)),
  }
  return { view: grown, files, end: { segment, offset, recovered, from, terms } }
}

function readAll(files: readonly DurableFile[], disk: SimulatedDisk, build: Build, identity: StorageIdentity): DurableReading {
  const durable = disk.clone()
  durable.loseEverythingUnsynced()
  const view = build.durable(durable.reader(), identity)
  let segment = -1
  for (const [position, { file }] of files.entries()) {
    if (file.endsWith(".wal") && (segment === -1 || file > files[segment]!.file)) segment = position
  }
  if (view === null || segment === -1) return { view, files, end: null }
  const offset = walkRecords(files[segment]!.content, segmentHeaderBytes, identity.groupId, () => true)
  if (offset === null) return { view, files, end: null }
  return { view, files, end: { segment, offset, recovered: view, from: view.lastIndex + 1, terms: new SharedList() } }
}

/** Shows `take` the records from `from` on, and returns where they end. Null if it refuses one, or if they end in something else than zeros. */
function walkRecords(
  content: FileContent,
  from: number,
  groupId: number,
  take: (record: LogRecord, offset: number) => boolean,
): number | null {
  const bytes = readBytes(content, from, dataBytes(content) - from)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  for (let length = recordLength(bytes, view, at); length !== null; length = recordLength(bytes, view, at)) {
    if (!isRecordIntact(bytes, view, at, length)) return null
    if (!take(parseRecord(bytes, view, at, length, groupId), from + at)) return null
    at += length
  }
  const end = from + at
  while (at < bytes.length && bytes[at] === 0) at += 1
  return at === bytes.length ? end : null
}
