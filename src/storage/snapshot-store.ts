/**
 * The snapshots of one replica: taking one, receiving one from the leader, reading one for a peer or for the state machine (Raft §7).
 *
 * A snapshot is written beside the last good one (`.tmp`), synced, renamed, the folder synced, and only then are older ones removed:
 * an interrupted or damaged one never replaces a good one. Everything runs in the `snapshot` lane, in requests of about 1 MiB, so that the
 * caller can slice the work.
 */

import type { LogIndex, SnapshotMeta } from "../core/index.ts"
import type { DiskCompletion, DiskRequest, StorageIdentity } from "./disk.ts"

/** A complete, durable snapshot file. */
export interface StoredSnapshot {
  readonly meta: SnapshotMeta
  readonly file: string
  readonly sizeBytes: number
  /** CRC-32 of the whole file: what `InstallSnapshot.checksum` carries. */
  readonly checksum: number
}

export interface SnapshotLimits {
  /** Bytes in one write or read request. */
  readonly requestBytesMax: number
  /** The longest chunk that a state machine may yield. */
  readonly chunkBytesMax: number
}

export const defaultSnapshotLimits: SnapshotLimits = { requestBytesMax: 1 << 20, chunkBytesMax: 64 << 20 }

/** The whole state: plain data. Treat the fields as private but `latest`. */
export interface SnapshotStore {
  readonly identity: StorageIdentity
  /** The newest durable snapshot, or null. */
  latest: StoredSnapshot | null
}

/** What a completion meant; null where there is nothing to tell. */
export type SnapshotProgress =
  /** `taken`: ours is durable, now compact the log. `received`: the leader's is durable, now hand it to the core and restore from it. */
  | { readonly kind: "stored"; readonly origin: "taken" | "received"; readonly snapshot: StoredSnapshot }
  /** The answer to `readSnapshot`. */
  | { readonly kind: "read"; readonly readId: number; readonly offset: number; readonly data: Uint8Array }
  /** Chunks of a restore in order, as the state machine wrote them; `done` with the last ones. Go on with `continueRestore`. */
  | { readonly kind: "restored"; readonly chunks: readonly Uint8Array[]; readonly done: boolean }
  /** The snapshot being taken or received was given up and its file removed: no room. Try again later. */
  | { readonly kind: "full"; readonly origin: "taken" | "received"; readonly message: string }
  /** What was received is not what the leader said it sent: thrown away, to be sent again from the start. */
  | { readonly kind: "damaged"; readonly lastIndex: LogIndex; readonly message: string }
  /** The disk cannot be trusted any more: halt. */
  | { readonly kind: "failed"; readonly message: string }

/** One piece of a snapshot file, as an `InstallSnapshot` message carries it. */
export interface ReceivedPiece {
  readonly snapshot: SnapshotMeta
  readonly sizeBytes: number
  readonly checksum: number
  readonly offset: number
  readonly data: Uint8Array
}

/** `latest` comes from recovery (`Recovered.storedSnapshot`). */
export declare function createSnapshotStore(
  identity: StorageIdentity,
  latest: StoredSnapshot | null,
  limits?: SnapshotLimits,
): SnapshotStore

/** Begins to take a snapshot. At most one at a time: check `isTakingSnapshot`. */
export declare function beginSnapshot(store: SnapshotStore, meta: SnapshotMeta): void
export declare function isTakingSnapshot(store: SnapshotStore): boolean
/** Whether the writer has room: pull the next chunk from `StateMachine.snapshot()` only then, so that memory stays bounded. */
export declare function wantsSnapshotChunk(store: SnapshotStore): boolean
/** The next chunk of the state machine; its borders are kept. */
export declare function addSnapshotChunk(store: SnapshotStore, chunk: Uint8Array): void
/** That was all: footer, sync, rename, sync of the folder; then `stored`. */
export declare function finishSnapshot(store: SnapshotStore): void
/** Gives up the one being taken, if any. */
export declare function abandonSnapshot(store: SnapshotStore): void

/**
 * Takes a piece of the leader's snapshot and returns how many bytes from the start are held: what `InstallSnapshotReply.nextOffset` says. A piece
 * that does not continue where the last one ended is dropped, so a broken connection resumes. Another snapshot (newer, or another checksum)
 * replaces one that is unfinished; an older one is ignored. When all bytes are durable, `stored` comes out; when they are wrong, `damaged`.
 */
export declare function receiveSnapshotPiece(store: SnapshotStore, piece: ReceivedPiece): number
/** Gives up the one being received, if any. */
export declare function abandonReceived(store: SnapshotStore): void

/** Keeps the file of `snapshot` from being removed while a peer is sent from it. Each pin needs its `unpinSnapshot`. */
export declare function pinSnapshot(store: SnapshotStore, snapshot: StoredSnapshot): void
export declare function unpinSnapshot(store: SnapshotStore, snapshot: StoredSnapshot): void
/** Asks for raw file bytes, for `InstallSnapshot.data`. `readId` is the caller's and comes back in `read`. */
export declare function readSnapshot(
  store: SnapshotStore,
  snapshot: StoredSnapshot,
  readId: number,
  offset: number,
  lengthBytes: number,
): void

/** Begins to read `latest` for the state machine, at run time. Chunks come in `restored`; replaces an unfinished restore. */
export declare function beginRestore(store: SnapshotStore): void
/** Asks for the next chunks of the restore: call when the last ones were given to the state machine. */
export declare function continueRestore(store: SnapshotStore): void

/** The next thing the disk has to do, or null. Call it after every input. */
export declare function nextSnapshotRequest(store: SnapshotStore): DiskRequest | null
export declare function completeSnapshotRequest(store: SnapshotStore, completion: DiskCompletion): SnapshotProgress | null
/** Whether `id` is the snapshot store's request under way. */
export declare function isSnapshotRequest(store: SnapshotStore, id: number): boolean

export declare function cloneSnapshotStore(store: SnapshotStore): SnapshotStore
export declare function hashSnapshotStore(store: SnapshotStore): number
