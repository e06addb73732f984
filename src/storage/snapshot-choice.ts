/**
 * Chooses the snapshot that a recovered log continues from: the newest that is whole and that the log continues without a gap.
 *
 * A newer, damaged snapshot may be passed over only if the log still holds every entry from the older snapshot up to the end of the damaged
 * one. Otherwise acknowledged entries would be missing, and the server must not start.
 */

import type { SnapshotMeta } from "../core/index.ts"
import { WireError } from "../wire/index.ts"
import type { DiskOperation, DiskReader, StorageIdentity } from "./disk.ts"
import type { LogReplay } from "./log-replay.ts"
import { adviceOnDamage, newerVersion, RecoveryError } from "./recovery-error.ts"
import { formatVersion } from "./segment.ts"
import {
  createSnapshotParser,
  parseSnapshot,
  positionOfFile,
  rewindSnapshot,
  snapshotVersion,
  type SnapshotParser,
} from "./snapshot-file.ts"
import { defaultSnapshotLimits, type StoredSnapshot } from "./snapshot-store.ts"

export interface SnapshotChoice {
  readonly meta: SnapshotMeta
  /** Null if the log starts with the cluster and needs none. */
  readonly stored: StoredSnapshot | null
  readonly repairs: readonly DiskOperation[]
  readonly notices: readonly string[]
}

/** The snapshot files among `files`, the newest first. */
export function listSnapshots(files: readonly string[]): string[] {
  return files
    .filter((file) => positionOfFile(file) !== null)
    .toSorted()
    .toReversed()
}

/** Throws `RecoveryError` if no good snapshot fits the log. */
export function chooseSnapshot(reader: DiskReader, replay: LogReplay, identity: StorageIdentity): SnapshotChoice {
  const repairs: DiskOperation[] = []
  const notices: string[] = []
  const damaged: RecoveryError[] = []
  const files = listSnapshots(reader.list())
  for (const [i, file] of files.entries()) {
    const verdict = verifySnapshot(reader, file, identity)
    if (verdict instanceof RecoveryError) {
      if (!hasAllOf(file, replay)) throw verdict
      damaged.push(verdict)
      continue
    }
    if (!canContinueFrom(verdict.meta, replay)) break
    for (const other of files.filter((_, position) => position !== i)) repairs.push({ kind: "remove", file: other })
    notices.push(...damaged.map((error) => passedOver(error, `the log continues from the older ${file}`)))
    return { meta: verdict.meta, stored: verdict, repairs, notices }
  }
  const { beginning } = replay
  if (beginning !== null && canContinueFrom(beginning, replay)) {
    for (const file of files) repairs.push({ kind: "remove", file })
    notices.push(...damaged.map((error) => passedOver(error, "the log is whole from its first entry on")))
    return { meta: beginning, stored: null, repairs, notices }
  }
  if (damaged[0] !== undefined) throw damaged[0]
  const first = firstIndexOf(replay)
  throw new RecoveryError(null, null, `the log begins at index ${first}, and no snapshot here covers what is before it`, adviceOnDamage)
}

/**
 * Reads a whole snapshot file and checks everything in it. Returns the error if the file is damaged, and throws it if the file is another
 * cluster's.
 */
export function verifySnapshot(reader: DiskReader, file: string, identity: StorageIdentity | null): StoredSnapshot | RecoveryError {
  const start = reader.read(file, 0, Math.min(12, reader.sizeBytes(file)))
  const version = snapshotVersion(start)
  if (version !== null && version > formatVersion) throw newerVersion(file, version)
  const parser = createSnapshotParser(true)
  try {
    const chunks = parseFile(reader, file, parser)
    while (chunks.next().done !== true) continue
  } catch (error) {
    if (error instanceof RecoveryError) return error
    throw error
  }
  const { meta, checksum, bytesTaken: sizeBytes } = parser
  const position = positionOfFile(file)
  if (meta === null || meta.lastIndex !== position?.lastIndex || meta.lastTerm !== position.lastTerm) {
    return new RecoveryError(file, 40, "a snapshot of another index or term than its name says", adviceOnDamage)
  }
  const owner = parser.identity
  if (identity !== null && (owner?.clusterId !== identity.clusterId || owner.groupId !== identity.groupId)) {
    const found = `a snapshot of cluster ${owner?.clusterId}, group ${owner?.groupId}, not of ${identity.clusterId}, ${identity.groupId}`
    throw new RecoveryError(file, 16, found, "Start this server with its own data folder; nothing was changed.")
  }
  return { meta, file, sizeBytes, checksum }
}

/** The chunks of a stored snapshot in order, for `StateMachine.restore()` at recovery. Checks every checksum; throws a `RecoveryError` at damage. */
export function snapshotChunks(reader: DiskReader, snapshot: StoredSnapshot): Iterable<Uint8Array> {
  return parseFile(reader, snapshot.file, createSnapshotParser())
}

function* parseFile(reader: DiskReader, file: string, parser: SnapshotParser): Generator<Uint8Array, void, undefined> {
  const { requestBytesMax, chunkBytesMax } = defaultSnapshotLimits
  const sizeBytes = reader.sizeBytes(file)
  while (parser.bytesTaken < sizeBytes) {
    const bytes = reader.read(file, parser.bytesTaken, Math.min(requestBytesMax, sizeBytes - parser.bytesTaken))
    if (bytes.length === 0) break
    let chunks: Uint8Array[]
    try {
      chunks = parseSnapshot(parser, bytes, chunkBytesMax)
    } catch (error) {
      if (error instanceof WireError) throw new RecoveryError(file, parser.parsedBytes, error.message, adviceOnDamage)
      throw error
    }
    yield* chunks
    // To read the start of a chunk again costs less than to join its two parts. A chunk that is longer than a request has to be joined.
    if (chunks.length > 0) rewindSnapshot(parser)
  }
  if (!parser.isComplete) throw new RecoveryError(file, parser.parsedBytes, "the snapshot ends here, before its footer", adviceOnDamage)
}

/**
 * Whether no entry is missing between this snapshot and the log. A snapshot that is ahead of the whole log fits as well: it was received, and replaces
 * the log.
 */
function canContinueFrom(meta: SnapshotMeta, replay: LogReplay): boolean {
  const first = firstIndexOf(replay)
  return meta.lastIndex >= replay.restartIndex && first <= meta.lastIndex + 1
}

/**
 * Whether the log reaches the end of the snapshot in `file`, and agrees with it there. If not, some committed entries stood in that snapshot only: it
 * had been received and acknowledged, and the log had not recorded it yet.
 */
function hasAllOf(file: string, replay: LogReplay): boolean {
  const { lastIndex, lastTerm } = positionOfFile(file)!
  const { entries, marker } = replay
  const found = entries[lastIndex - firstIndexOf(replay)]
  return lastIndex <= (entries.at(-1)?.index ?? marker.lastIndex) && (found === undefined || found.term === lastTerm)
}

function passedOver(error: RecoveryError, because: string): string {
  return `removed the damaged snapshot ${error.file ?? ""} (${error.message.split(". ")[0]}): ${because}`
}

/** The index of the first entry of the log, or of the next one if it has none. */
function firstIndexOf(replay: LogReplay): number {
  return replay.entries[0]?.index ?? replay.marker.lastIndex + 1
}
