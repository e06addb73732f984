/**
 * Reads a disk back after a stop, a kill or a power failure: once, synchronously, before the replica runs.
 *
 * Everything that was synced must be there; otherwise recovery refuses, and names file, offset, what it found and what to do. What was not synced
 * may be missing, and only at the very end. `segment-reader.ts` tells the two apart, `log-replay.ts` reads the log, and `snapshot-choice.ts` chooses
 * the snapshot to continue from.
 */

import type { Entry, HardState, NodeId, SnapshotMeta } from "../core/index.ts"
import type { OwnStanding, PeerStanding } from "../wire/index.ts"
import type { DiskOperation, DiskReader, StorageIdentity } from "./disk.ts"
import { checkLatest, readLatest } from "./log-latest.ts"
import { replayLog, type LogReplay } from "./log-replay.ts"
import type { Segment } from "./log-store.ts"
import { adviceOnDamage, RecoveryError } from "./recovery-error.ts"
import { chooseSnapshot, listSnapshots } from "./snapshot-choice.ts"
import type { StoredSnapshot } from "./snapshot-store.ts"

/** The identity that the caller expects on the disk. Recovery refuses a disk with another one. */
export interface ExpectedIdentity {
  /** See `StorageIdentity.clusterId`. */
  readonly clusterId: string
  /** See `StorageIdentity.groupId`. */
  readonly groupId: number
  /** See `StorageIdentity.nodeId`. */
  readonly nodeId: number
  /** Null if the caller does not know it: then any incarnation is accepted, as long as all files agree. */
  readonly incarnation: string | null
}

/** Everything that the disk held. Feed `hardState`, `snapshot`, `entries` to the core (`RaftStart`). */
export interface Recovered {
  /** Null if the disk was empty. */
  readonly identity: StorageIdentity | null
  /** The last term, vote and commit index on the disk (Raft Figure 2, "persistent state"); term 0 on an empty disk. */
  readonly hardState: HardState
  /** Null if the disk was empty; `lastIndex` 0 with the bootstrap configuration if no snapshot was taken yet. */
  readonly snapshot: SnapshotMeta | null
  /** The file of `snapshot`, verified; null while `lastIndex` is 0. Give it to `createSnapshotStore`, read it with `snapshotChunks`. */
  readonly storedSnapshot: StoredSnapshot | null
  /** The entries of the log, with their encoded records. The first index is at most `snapshot.lastIndex + 1`: a kept tail may begin earlier. */
  readonly entries: readonly Entry[]
  /** What this server has recorded about other servers: incarnation, life, and whether their disks went back in time. */
  readonly peers: ReadonlyMap<NodeId, PeerStanding>
  /** What this server has recorded about itself, last by its latest life; null on an empty disk, and in a log of a version without lives. */
  readonly own: OwnStanding | null
  /** What was cut or cleaned up, one sentence each, for the log of the node. */
  readonly notices: readonly string[]
  /** For `createLogStore`. */
  readonly resume: ResumePoint
}

/** Where the log continues, and what the first request repairs. */
export interface ResumePoint {
  /** Truncations and removals that bring the files to the state that was recovered; performed before anything new is written. */
  readonly repairs: readonly DiskOperation[]
  /** The segments of the log that stay, oldest first. New records go to the last one. */
  readonly segments: readonly Segment[]
  /** The snapshot replaces the log, but the log has no record of that yet: the process died in between. */
  readonly restarts: boolean
}

/** Reads and checks everything. Throws `RecoveryError`. `expected` null takes any identity, as long as all files agree (for inspection). */
export function recover(reader: DiskReader, expected: ExpectedIdentity | null): Recovered {
  const files = reader.list()
  const repairs: DiskOperation[] = []
  const notices: string[] = []
  for (const file of files.filter((name) => name.endsWith(".tmp"))) {
    repairs.push({ kind: "remove", file })
    notices.push(`removed ${file}, a snapshot that was never finished`)
  }
  const replay = replayLog(reader, expected)
  repairs.push(...replay.repairs)
  notices.push(...replay.notices)
  if (replay.identity === null) {
    // A log that was cut within its first batch looks like one that was never written.
    if (expected?.incarnation != null) checkLatest(readLatest(reader), expected.incarnation, 0, 0)
    return nothingStored(files, repairs, notices)
  }
  checkLatest(readLatest(reader), replay.identity.incarnation, replay.segments.at(-1)?.sequence ?? 0, replay.own?.life ?? 0)
  const choice = chooseSnapshot(reader, replay, replay.identity)
  // Where the newest snapshot is damaged, the segments that it made superfluous are needed again: they stay, and the next marker says so.
  const isPassedOver = choice.meta.lastIndex < replay.marker.lastIndex
  if (!isPassedOver) repairs.push(...replay.superfluous)
  repairs.push(...choice.repairs)
  notices.push(...choice.notices)
  const { meta } = choice
  const { entries, restarts } = entriesBehind(meta, replay, notices)
  const lastIndex = entries.at(-1)?.index ?? meta.lastIndex
  const commitIndex = Math.max(meta.lastIndex, Math.min(replay.hardState.commitIndex, lastIndex))
  return {
    identity: replay.identity,
    hardState: { ...replay.hardState, commitIndex },
    snapshot: meta,
    storedSnapshot: choice.stored,
    entries,
    peers: replay.peers,
    own: replay.own,
    notices,
    resume: { repairs, segments: isPassedOver ? replay.allSegments : replay.segments, restarts },
  }
}

/**
 * The entries of the log that are valid with this snapshot. The snapshot covers committed entries, so where the log contradicts it or ends before it,
 * the log is discarded (Raft §7): the snapshot was received and became durable, and the process died before the log recorded that.
 */
function entriesBehind(
  meta: SnapshotMeta,
  replay: LogReplay,
  notices: string[],
): { readonly entries: readonly Entry[]; readonly restarts: boolean } {
  const { entries } = replay
  const first = entries[0]
  const lastIndex = entries.at(-1)?.index ?? replay.marker.lastIndex
  const position = first === undefined ? -1 : meta.lastIndex - first.index
  const contradicts = (entries[position]?.term ?? meta.lastTerm) !== meta.lastTerm
  if (lastIndex >= meta.lastIndex && !contradicts) return { entries, restarts: false }
  notices.push(`the snapshot at index ${meta.lastIndex} replaces the log, which ended at ${lastIndex}: it had just been received`)
  return { entries: [], restarts: true }
}

function nothingStored(files: readonly string[], repairs: readonly DiskOperation[], notices: readonly string[]): Recovered {
  const snapshot = listSnapshots(files)[0]
  if (snapshot !== undefined) throw new RecoveryError(snapshot, null, "a snapshot, but the log that belongs to it is gone", adviceOnDamage)
  return {
    identity: null,
    hardState: { term: 0, votedFor: null, commitIndex: 0 },
    snapshot: null,
    storedSnapshot: null,
    entries: [],
    peers: new Map(),
    own: null,
    notices,
    resume: { repairs, segments: [], restarts: false },
  }
}
