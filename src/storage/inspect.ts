/**
 * The contents of a data folder as plain rows and a verdict: for `oarlock wal inspect` and `oarlock wal verify`. Only reads, never repairs. After
 * trouble in one file it continues with the next file.
 */

import type { Configuration, EntryKind } from "../core/index.ts"
import type { LogRecord } from "../wire/index.ts"
import { recordOverheadBytes, WireError } from "../wire/index.ts"
import type { DiskReader } from "./disk.ts"
import { listSegments } from "./log-replay.ts"
import { RecoveryError } from "./recovery-error.ts"
import { recover, type Recovered } from "./recovery.ts"
import { readSegment } from "./segment-reader.ts"
import { decodeSegmentHeader, segmentFile, segmentHeaderBytes, type SegmentHeader } from "./segment.ts"
import { listSnapshots } from "./snapshot-choice.ts"
import { chunkFileBytes, chunkHeaderBytes, createSnapshotParser, parseSnapshot, snapshotFooterBytes } from "./snapshot-file.ts"
import { defaultSnapshotLimits } from "./snapshot-store.ts"

/** One header, record, chunk or footer of a file, or the bytes behind the last of them. */
export interface InspectionRow {
  /** The name of the segment or snapshot, relative to the data folder. */
  readonly file: string
  /** The byte of the file at which it begins. */
  readonly offset: number
  /** The kind of row. `end` is the last row of a file: the bytes behind the last good record or chunk. */
  readonly type: "header" | LogRecord["kind"] | "chunk" | "footer" | "end"
  /** The index of an entry, the last index of a snapshot marker or header, the commit index of a batch. Null where there is none. */
  readonly index: number | null
  /** Of an entry, of a batch (the term on disk then), or of the last entry that a snapshot covers. Null where there is none. */
  readonly term: number | null
  /** The kind of an entry, otherwise null. */
  readonly kind: EntryKind | null
  /** The contents, in words. */
  readonly detail: string
  /** Its length in the file. */
  readonly bytes: number
  /** False where the bytes are damaged or torn. */
  readonly ok: boolean
  /** What is wrong, in words; null if `ok`. */
  readonly problem: string | null
}

/** Whether a node would start on this folder. */
export interface FolderVerdict {
  /** Whether it would start. */
  readonly ok: boolean
  /** Why it would not start, as the message of the `RecoveryError`; null if `ok`. */
  readonly problem: string | null
  /** What a start would cut off or remove, one sentence each. */
  readonly notices: readonly string[]
  /** What a start would begin with; null if not `ok`. */
  readonly recovered: Recovered | null
}

/** Every row of every segment and snapshot, in the order of their names. */
export function* inspectFolder(reader: DiskReader): Generator<InspectionRow, void, undefined> {
  const files = reader.list()
  const sequences = listSegments(files)
  for (const [i, sequence] of sequences.entries()) {
    const next = sequences[i + 1] === sequence + 1 ? headerOf(reader, sequence + 1) : null
    yield* inspectSegment(reader, sequence, next === null || typeof next === "string" ? null : next.previousBytes)
  }
  for (const file of listSnapshots(files).toReversed()) yield* inspectSnapshot(reader, file)
}

/** Recovers as a start would, and reports the result. Changes nothing. */
export function verifyFolder(reader: DiskReader): FolderVerdict {
  try {
    const recovered = recover(reader, null)
    return { ok: true, problem: null, notices: recovered.notices, recovered }
  } catch (error) {
    if (error instanceof RecoveryError) return { ok: false, problem: error.message, notices: [], recovered: null }
    throw error
  }
}

/** The rows of one segment. `endOffset`: where the next segment says that this one ends; null for the last. */
function* inspectSegment(reader: DiskReader, sequence: number, endOffset: number | null): Generator<InspectionRow, void, undefined> {
  const file = segmentFile(sequence)
  const header = headerOf(reader, sequence)
  if (typeof header === "string") {
    yield { ...row(file, 0, "header", ""), bytes: Math.min(segmentHeaderBytes, reader.sizeBytes(file)), ok: false, problem: header }
    return
  }
  const { clusterId, groupId, nodeId, incarnation } = header.identity
  const owner = `cluster ${clusterId}, group ${groupId}, node ${nodeId}, incarnation ${incarnation}`
  yield { ...row(file, 0, "header", owner), index: header.firstIndex, bytes: segmentHeaderBytes }
  for (const step of readSegment(reader, { file, sequence, groupId, startOffset: segmentHeaderBytes, endOffset })) {
    switch (step.kind) {
      case "record":
        yield rowOfRecord(file, step.offset, step.lengthBytes, step.record)
        break
      case "end":
        yield { ...row(file, step.offset, "end", "nothing but zeros from here on"), bytes: reader.sizeBytes(file) - step.offset }
        break
      case "torn": {
        const detail = "the end of a write that was never confirmed; a start cuts it off"
        yield { ...row(file, step.offset, "end", detail), bytes: reader.sizeBytes(file) - step.offset, ok: false, problem: step.found }
        break
      }
      case "damaged":
        yield {
          ...row(file, step.offset, "end", "damaged after it was on disk; a start refuses it"),
          bytes: reader.sizeBytes(file) - step.offset,
          ok: false,
          problem: step.found,
        }
        break
      default:
        step satisfies never
    }
  }
}

/** The rows of one snapshot: its header, its chunks, its footer, or where it is damaged. */
function* inspectSnapshot(reader: DiskReader, file: string): Generator<InspectionRow, void, undefined> {
  const { requestBytesMax, chunkBytesMax, pieceBytesMax } = defaultSnapshotLimits
  const parser = createSnapshotParser()
  const sizeBytes = reader.sizeBytes(file)
  let isHeaderTold = false
  let chunkCount = 0
  for (let offset = 0; offset < sizeBytes; offset += requestBytesMax) {
    const bytes = reader.read(file, offset, Math.min(requestBytesMax, sizeBytes - offset))
    let problem: string | null = null
    let chunks: Uint8Array[] = []
    try {
      chunks = parseSnapshot(parser, bytes, chunkBytesMax)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      problem = error.message
    }
    if (parser.meta !== null && !isHeaderTold) {
      isHeaderTold = true
      const { lastIndex, lastTerm, configuration } = parser.meta
      const detail = `taken by node ${parser.identity?.nodeId}, voters ${configuration.voters.join(" ")}`
      yield { ...row(file, 0, "header", detail), index: lastIndex, term: lastTerm }
    }
    let at = parser.parsedBytes - (parser.isComplete ? snapshotFooterBytes : 0)
    for (const piece of parser.pieces ?? []) at -= chunkHeaderBytes + piece.length
    for (const chunk of chunks) at -= chunkFileBytes(chunk.length, pieceBytesMax)
    for (const chunk of chunks) {
      const lengthBytes = chunkFileBytes(chunk.length, pieceBytesMax)
      yield { ...row(file, at, "chunk", `chunk ${++chunkCount}`), bytes: lengthBytes }
      at += lengthBytes
    }
    if (problem !== null) {
      yield { ...row(file, parser.parsedBytes, "end", "damaged"), bytes: sizeBytes - parser.parsedBytes, ok: false, problem }
      return
    }
  }
  const footer = row(file, sizeBytes - snapshotFooterBytes, "footer", `${chunkCount} chunks, ${sizeBytes} bytes in all`)
  if (parser.isComplete) yield { ...footer, bytes: snapshotFooterBytes }
  else yield { ...row(file, parser.parsedBytes, "end", "damaged"), ok: false, problem: "the snapshot ends here, before its footer" }
}

function headerOf(reader: DiskReader, sequence: number): SegmentHeader | string {
  const file = segmentFile(sequence)
  return decodeSegmentHeader(reader.read(file, 0, Math.min(segmentHeaderBytes, reader.sizeBytes(file))))
}

function row(file: string, offset: number, type: InspectionRow["type"], detail: string): InspectionRow {
  return { file, offset, type, index: null, term: null, kind: null, detail, bytes: 0, ok: true, problem: null }
}

function rowOfRecord(file: string, offset: number, lengthBytes: number, record: LogRecord): InspectionRow {
  const base = { ...row(file, offset, record.kind, ""), bytes: lengthBytes }
  switch (record.kind) {
    case "entry": {
      const { index, term, kind, configuration } = record.entry
      const detail = configuration === null ? `${lengthBytes - recordOverheadBytes} bytes of payload` : votersOf(configuration)
      return { ...base, index, term, kind, detail }
    }
    case "batch": {
      const { term, votedFor, commitIndex } = record.hardState
      return { ...base, index: commitIndex, term, detail: votedFor === null ? "no vote" : `voted for ${votedFor}` }
    }
    case "snapshot": {
      const { lastIndex, lastTerm, configuration } = record.snapshot
      const what = record.restarts ? "the log begins anew behind it" : "the log continues it"
      return {
        ...base,
        index: lastIndex,
        term: lastTerm,
        detail: `${what}, ${votersOf(configuration)}, needs segments from ${record.firstSegment}`,
      }
    }
    case "peer": {
      const { incarnation, life, isCondemned } = record.standing
      return {
        ...base,
        detail: `node ${record.peer} has incarnation ${incarnation}, life ${life}${isCondemned ? ", gone back in time" : ""}`,
      }
    }
    case "own": {
      const { life, genesis, hasBegun, isCondemned } = record.standing
      const cluster = genesis === null ? "its cluster unknown" : `cluster begun as ${genesis}`
      return {
        ...base,
        detail: `life ${life}, ${cluster}${hasBegun ? "" : ", waiting to begin"}${isCondemned ? ", gone back in time" : ""}`,
      }
    }
    default:
      record satisfies never
      return base
  }
}

function votersOf(configuration: Configuration): string {
  const voters = `voters ${configuration.voters.join(" ")}`
  return configuration.votersOutgoing.length === 0 ? voters : `${voters} (leaving ${configuration.votersOutgoing.join(" ")})`
}
