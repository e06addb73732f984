/**
 * Reading a disk back after a stop, a kill or a power failure: once, synchronously, before the replica runs.
 *
 * What was synced is there or recovery refuses, naming file, offset, what it found and what to do; what was not synced may be missing, and
 * only at the very end. See `log-store.ts` for how the two are told apart.
 */

import type { Entry, HardState, NodeId, SnapshotMeta } from "../core/index.ts"
import type { DiskOperation, DiskReader, StorageIdentity } from "./disk.ts"
import type { StoredSnapshot } from "./snapshot-store.ts"

/** The disk does not hold what it should; the message names the place and says what to do. The node must not start. */
export declare class RecoveryError extends Error {
  readonly file: string | null
  readonly offset: number | null
}

/** What the caller knows already. `incarnation` null: take the disk's. */
export interface ExpectedIdentity {
  readonly clusterId: string
  readonly groupId: number
  readonly nodeId: number
  readonly incarnation: string | null
}

/** Everything that the disk held. Feed `hardState`, `snapshot`, `entries` to the core (`RaftStart`). */
export interface Recovered {
  /** Null if the disk was empty. */
  readonly identity: StorageIdentity | null
  readonly hardState: HardState
  /** Null if the disk was empty; `lastIndex` 0 with the bootstrap configuration if no snapshot was taken yet. */
  readonly snapshot: SnapshotMeta | null
  /** The file of `snapshot`, verified; null while `lastIndex` is 0. Give it to `createSnapshotStore`, read it with `snapshotChunks`. */
  readonly storedSnapshot: StoredSnapshot | null
  /** With `encoded` set. The first one's index is at most `snapshot.lastIndex + 1`: a kept tail may begin before. */
  readonly entries: readonly Entry[]
  readonly peerIncarnations: ReadonlyMap<NodeId, string>
  /** What was cut or cleaned up, one sentence each, for the log of the node. */
  readonly notices: readonly string[]
  /** For `createLogStore`. */
  readonly resume: ResumePoint
}

/** Where the log goes on, and what the first request repairs. */
export interface ResumePoint {
  readonly repairs: readonly DiskOperation[]
}

/** Reads and checks everything. Throws `RecoveryError`. `expected` null takes any identity, as long as all files agree (for inspection). */
export declare function recover(reader: DiskReader, expected: ExpectedIdentity | null): Recovered

/** Whose data this is, from the first header that can be read; null on an empty disk. For shells that know only a folder. */
export declare function readIdentity(reader: DiskReader): StorageIdentity | null

/** The chunks of a stored snapshot in order, for `StateMachine.restore()` at recovery. Checks every checksum again; throws `RecoveryError`. */
export declare function snapshotChunks(reader: DiskReader, snapshot: StoredSnapshot): Iterable<Uint8Array>
