/**
 * Reads all segments in order and computes the state of the log: the last hard state, the valid entries, the snapshot that the log continues from.
 *
 * Segments that a snapshot made superfluous may be there as a whole, in part, or not at all: they are removed one by one once the
 * marker that names the oldest needed segment is durable. So trouble in a segment is put on a list, and is an error only if the last marker still
 * needs that segment.
 */

import { emptyConfiguration, type Entry, type HardState, type LogIndex, type NodeId, type SnapshotMeta } from "../core/index.ts"
import type { LogRecord, OwnStanding, PeerStanding } from "../wire/index.ts"
import type { DiskOperation, DiskReader, StorageIdentity } from "./disk.ts"
import type { Segment } from "./log-store.ts"
import { adviceOnDamage, newerVersion, RecoveryError } from "./recovery-error.ts"
import type { ExpectedIdentity } from "./recovery.ts"
import { findLaterBatch, hasLostSector, readSegment, type SegmentPlace } from "./segment-reader.ts"
import {
  decodeSegmentHeader,
  formatVersion,
  segmentFile,
  segmentHeaderBytes,
  segmentVersion,
  sequenceOfFile,
  type SegmentHeader,
} from "./segment.ts"

export interface LogReplay {
  /** Null if there is no log at all. */
  readonly identity: StorageIdentity | null
  readonly hardState: HardState
  /** The last snapshot marker. */
  readonly marker: SnapshotMeta
  /** The configuration that the cluster started with, if the log still has it. */
  readonly beginning: SnapshotMeta | null
  /** The index after which the log was last restarted (a received snapshot replaced it); 0 if never. An older snapshot does not fit the log. */
  readonly restartIndex: LogIndex
  readonly entries: readonly Entry[]
  readonly peers: ReadonlyMap<NodeId, PeerStanding>
  /** What this server has recorded about itself, last by its latest life; null in a log of a version without lives. */
  readonly own: OwnStanding | null
  readonly segments: readonly Segment[]
  /** `segments` and those before them that the last marker no longer needs and that still exist. */
  readonly allSegments: readonly Segment[]
  readonly repairs: readonly DiskOperation[]
  /** Removes the segments that the marker no longer needs. Only allowed if recovery continues from the marker's snapshot or a newer one. */
  readonly superfluous: readonly DiskOperation[]
  readonly notices: readonly string[]
}

/** The sequences of the segments among `files`, ascending. */
export function listSegments(files: readonly string[]): number[] {
  return files
    .map(sequenceOfFile)
    .filter((sequence) => sequence !== null)
    .toSorted((a, b) => a - b)
}

/** Reads the log. Throws a `RecoveryError` if something that was synced is missing or damaged. */
export function replayLog(reader: DiskReader, expected: ExpectedIdentity | null): LogReplay {
  const replay = createReplay(expected)
  const sequences = listSegments(reader.list())
  dropIncompleteSegment(reader, replay, sequences)
  const headers = sequences.map((sequence) => readHeader(reader, replay, sequence))
  for (const [i, sequence] of sequences.entries()) {
    const header = headers[i]!
    const previous = sequences[i - 1]
    if (previous !== undefined && previous !== sequence - 1) addGap(replay, previous + 1, sequence - 1)
    if (typeof header === "string") addTrouble(replay, sequence, 0, header)
    else replaySegment(reader, replay, header, headers[i + 1])
  }
  return finish(replay, sequences)
}

interface Trouble {
  readonly sequence: number
  readonly error: RecoveryError
}

interface Replay {
  readonly expected: ExpectedIdentity | null
  identity: StorageIdentity | null
  hardState: HardState
  marker: SnapshotMeta | null
  beginning: SnapshotMeta | null
  restartIndex: LogIndex
  /** After a restart of the log, the next entry must be the one behind the snapshot; null if any index may come. */
  nextIndex: LogIndex | null
  firstSegment: number
  entries: Entry[]
  readonly peers: Map<NodeId, PeerStanding>
  own: OwnStanding | null
  readonly segments: Segment[]
  readonly repairs: DiskOperation[]
  readonly notices: string[]
  readonly troubles: Trouble[]
}

function createReplay(expected: ExpectedIdentity | null): Replay {
  return {
    expected,
    identity: null,
    hardState: { term: 0, votedFor: null, commitIndex: 0 },
    marker: null,
    beginning: null,
    restartIndex: 0,
    nextIndex: null,
    firstSegment: 1,
    entries: [],
    peers: new Map(),
    own: null,
    segments: [],
    repairs: [],
    notices: [],
    troubles: [],
  }
}

/** Removes the last segment if its first batch was never synced: then nothing in it was ever confirmed. */
function dropIncompleteSegment(reader: DiskReader, replay: Replay, sequences: number[]): void {
  const sequence = sequences.at(-1)
  if (sequence === undefined) return
  const file = segmentFile(sequence)
  const fileBytes = reader.sizeBytes(file)
  if (typeof decodeSegmentHeader(reader.read(file, 0, Math.min(fileBytes, segmentHeaderBytes))) !== "string") return
  const bytes = reader.read(file, 0, fileBytes)
  const isCut = bytes.length < segmentHeaderBytes || hasLostSector(bytes, 0, segmentHeaderBytes)
  const isAlone = sequences.length === 1 && sequence !== 1
  if (!isCut || isAlone || findLaterBatch(bytes, 0, sequence) !== null) return
  sequences.pop()
  replay.repairs.push({ kind: "remove", file })
  replay.notices.push(`removed ${file}: it was being made when the process died, and nothing in it had been confirmed`)
}

function readHeader(reader: DiskReader, replay: Replay, sequence: number): SegmentHeader | string {
  const file = segmentFile(sequence)
  const bytes = reader.read(file, 0, Math.min(reader.sizeBytes(file), segmentHeaderBytes))
  const version = segmentVersion(bytes)
  if (version !== null && version > formatVersion) throw newerVersion(file, version)
  const header = decodeSegmentHeader(bytes)
  if (typeof header === "string") return header
  checkIdentity(file, header.identity, replay.expected, replay.identity)
  replay.identity ??= header.identity
  return header.sequence === sequence ? header : `the header of segment ${header.sequence}`
}

/** A file of another server or cluster is not damage: the folder, or an option, is the wrong one. So it is refused at once. */
function checkIdentity(file: string, found: StorageIdentity, expected: ExpectedIdentity | null, first: StorageIdentity | null): void {
  const wanted = expected ?? first
  if (wanted === null) return
  const advice = "Start this server with its own data folder, or give the settings that belong to this one; nothing was changed."
  if (found.clusterId !== wanted.clusterId) {
    throw new RecoveryError(file, null, `data of cluster ${found.clusterId}, not of ${wanted.clusterId}`, advice)
  }
  if (found.groupId !== wanted.groupId)
    throw new RecoveryError(file, null, `data of group ${found.groupId}, not of ${wanted.groupId}`, advice)
  if (found.nodeId !== wanted.nodeId) throw new RecoveryError(file, null, `data of server ${found.nodeId}, not of ${wanted.nodeId}`, advice)
  const incarnation = expected?.incarnation ?? first?.incarnation ?? null
  if (incarnation !== null && found.incarnation !== incarnation) {
    throw new RecoveryError(file, null, `incarnation ${found.incarnation} of this server, not ${incarnation}`, advice)
  }
}

function addGap(replay: Replay, from: number, through: number): void {
  const file = segmentFile(through)
  const count = through - from + 1
  const found = count === 1 ? "this segment is missing" : `this segment and the ${count - 1} before it are missing`
  replay.troubles.push({ sequence: through, error: new RecoveryError(file, null, found, adviceOnDamage) })
  forgetEntries(replay)
}

function addTrouble(replay: Replay, sequence: number, offset: number, found: string): void {
  const error = new RecoveryError(segmentFile(sequence), offset, found, adviceOnDamage)
  replay.troubles.push({ sequence, error })
  forgetEntries(replay)
}

/** Trouble is ignored only if a later marker does not need the segment. Then the log begins behind the trouble, without the entries before it. */
function forgetEntries(replay: Replay): void {
  replay.entries = []
  replay.nextIndex = null
  replay.segments.length = 0
}

function replaySegment(reader: DiskReader, replay: Replay, header: SegmentHeader, next: SegmentHeader | string | undefined): void {
  const { sequence } = header
  const file = segmentFile(sequence)
  const fileBytes = reader.sizeBytes(file)
  const endOffset = typeof next === "object" && next.sequence === sequence + 1 ? next.previousBytes : null
  const place: SegmentPlace = { file, sequence, groupId: header.identity.groupId, startOffset: segmentHeaderBytes, endOffset }
  let lowestIndex: LogIndex | null = null
  for (const step of readSegment(reader, place)) {
    switch (step.kind) {
      case "record": {
        const problem = replayRecord(replay, step.record)
        if (problem !== null) return addTrouble(replay, sequence, step.offset, problem)
        if (step.record.kind === "entry") lowestIndex = Math.min(lowestIndex ?? Infinity, step.record.entry.index)
        if (step.record.kind === "snapshot" && step.record.restarts) lowestIndex = null
        break
      }
      case "end":
        replay.segments.push({ sequence, sizeBytes: step.offset, fileBytes, lowestIndex })
        return
      case "torn":
        replay.notices.push(
          `cut ${fileBytes - step.offset} bytes off ${file} at byte ${step.offset}: ${step.found}, the end of a write that was never confirmed`,
        )
        replay.repairs.push({ kind: "truncate", file, lengthBytes: step.offset })
        replay.segments.push({ sequence, sizeBytes: step.offset, fileBytes: step.offset, lowestIndex })
        return
      case "damaged":
        return addTrouble(replay, sequence, step.offset, step.found)
      default:
        step satisfies never
    }
  }
}

/** Adds `record` to the state, or says in a phrase why the record cannot stand here. */
function replayRecord(replay: Replay, record: LogRecord): string | null {
  switch (record.kind) {
    case "batch":
      if (record.hardState.term < replay.hardState.term) {
        return `term ${record.hardState.term} after term ${replay.hardState.term}`
      }
      replay.hardState = record.hardState
      return null
    case "snapshot":
      replay.marker = record.snapshot
      if (record.snapshot.lastIndex === 0) replay.beginning = record.snapshot
      // The last marker is decisive. It may need older segments than the one before: a start that passes over a damaged snapshot writes such a marker.
      replay.firstSegment = record.firstSegment
      if (record.restarts) {
        replay.entries = []
        replay.restartIndex = record.snapshot.lastIndex
        replay.nextIndex = record.snapshot.lastIndex + 1
      }
      return null
    case "peer":
      replay.peers.set(record.peer, record.standing)
      return null
    case "own":
      if (record.standing.life < (replay.own?.life ?? 0)) return `life ${record.standing.life} after life ${replay.own?.life}`
      replay.own = record.standing
      return null
    case "entry":
      return replayEntry(replay, record.entry)
    default:
      record satisfies never
      return null
  }
}

function replayEntry(replay: Replay, entry: Entry): string | null {
  const { entries } = replay
  const first = entries[0]
  const nextIndex = first === undefined ? replay.nextIndex : first.index + entries.length
  if (entry.term > replay.hardState.term) return `entry ${entry.index} of term ${entry.term} before that term was recorded`
  if (nextIndex !== null && entry.index > nextIndex) return `entry ${entry.index} where ${nextIndex} must stand`
  if (first === undefined && nextIndex !== null && entry.index < nextIndex)
    return `entry ${entry.index}, which the snapshot before it covers`
  // A later record with an index that the log already has replaces the tail from that index on.
  if (first !== undefined && entry.index < nextIndex!) entries.length = Math.max(0, entry.index - first.index)
  const previous = entries.at(-1)
  if (previous !== undefined && entry.term < previous.term)
    return `entry ${entry.index} of term ${entry.term} behind one of ${previous.term}`
  entries.push(entry)
  return null
}

function finish(replay: Replay, sequences: readonly number[]): LogReplay {
  const { firstSegment, marker } = replay
  const oldest = sequences[0]
  if (oldest !== undefined && oldest > firstSegment) {
    throw new RecoveryError(segmentFile(firstSegment), null, `this segment is missing, the oldest one here is ${oldest}`, adviceOnDamage)
  }
  const trouble = replay.troubles.find(({ sequence }) => sequence >= firstSegment)
  if (trouble !== undefined) throw trouble.error
  if (oldest === 1 && sequences.length === 1 && marker === null) return incompleteLog()
  if (oldest !== undefined && marker === null) {
    throw new RecoveryError(segmentFile(oldest), segmentHeaderBytes, "a log without its first records", adviceOnDamage)
  }
  const notNeeded = sequences.filter((sequence) => sequence < firstSegment)
  return {
    identity: replay.identity,
    hardState: replay.hardState,
    marker: marker ?? emptyReplay.marker,
    beginning: replay.beginning,
    restartIndex: replay.restartIndex,
    entries: replay.entries,
    peers: replay.peers,
    own: replay.own,
    segments: replay.segments.filter(({ sequence }) => sequence >= firstSegment),
    allSegments: replay.segments,
    repairs: replay.repairs,
    superfluous: notNeeded.map((sequence) => ({ kind: "remove", file: segmentFile(sequence) })),
    notices: replay.notices,
  }
}

/**
 * The very first batch ends before the marker that it must hold: the process died while the log was being made. If a later batch had been written, or
 * if the marker had been damaged later, it would have been found as trouble before this.
 */
function incompleteLog(): LogReplay {
  const file = segmentFile(1)
  const notice = `removed ${file}: the log was being made when the process died, and nothing in it had been confirmed`
  return {
    ...emptyReplay,
    repairs: [{ kind: "remove", file }],
    notices: [notice],
  }
}

const emptyReplay: LogReplay = {
  identity: null,
  hardState: { term: 0, votedFor: null, commitIndex: 0 },
  marker: { lastIndex: 0, lastTerm: 0, configuration: emptyConfiguration },
  beginning: null,
  restartIndex: 0,
  entries: [],
  peers: new Map(),
  own: null,
  segments: [],
  allSegments: [],
  repairs: [],
  superfluous: [],
  notices: [],
}
