/**
 * The write-ahead log (Raft §5.1, "persistent state"): what must be durable goes in as plain records, disk requests come out, their
 * completions go back in. It never touches a file.
 *
 * Group commit: while one request is under way everything new waits, and the next request carries all of it with one sync. The log is a
 * chain of segments; a record is written once, at an offset that is known beforehand, so that repeating a write after "disk full" is
 * harmless. Each batch opens with a record that says "everything before me was synced": that is what lets recovery tell a torn tail
 * from corruption in the middle. Truncation is no operation of its own: a later record with an index that the log holds already
 * replaces the tail from there on, on disk as in memory.
 */

import type { Configuration, Entry, HardState, LogIndex, NodeId, SnapshotMeta } from "../core/index.ts"
import type { DiskCompletion, DiskRequest, StorageIdentity } from "./disk.ts"
import type { Recovered } from "./recovery.ts"

/** The named limits of the log. */
export interface LogLimits {
  /** A segment that has this many bytes is closed, and the next one begun. One batch is never split, so a segment can be longer. */
  readonly segmentBytesMax: number
}

export const defaultLogLimits: LogLimits = { segmentBytesMax: 64 << 20 }

/** One write as the core seals it (`Raft.takeWrite()`). Numbers grow. */
export interface LogWrite {
  readonly number: number
  readonly hardState: HardState | null
  readonly entries: readonly Entry[]
}

/** The whole state: plain data, shared bytes never change. Treat the fields as private; `status` and the functions below are the face. */
export interface LogStore {
  readonly identity: StorageIdentity
  /** `starting`: recovery's repairs (or a new log's first file) are not durable yet. */
  status: "starting" | "ready" | "full" | "failed"
}

/** What a completion meant. */
export type LogProgress =
  /** Everything up to write `persisted` is durable; null if the request carried no write. `becameReady`: the first request is done, promises may leave from now on. */
  | { readonly kind: "done"; readonly persisted: number | null; readonly becameReady: boolean; readonly recovered: boolean }
  /** No room: the writes stay queued, and `retry` tries again. */
  | { readonly kind: "full"; readonly message: string }
  /** The disk cannot be trusted any more: halt. */
  | { readonly kind: "failed"; readonly message: string }

/**
 * A log that goes on where `recovered` ended, or a new one if the disk was empty (`recovered.snapshot` null), which then begins with
 * `bootstrap`. The first request repairs or creates files and syncs what recovery read: until its completion (`becameReady`) nothing that
 * was recovered may be promised to anyone, because a killed process can leave records behind that no sync ever covered.
 */
export declare function createLogStore(
  identity: StorageIdentity,
  recovered: Recovered,
  bootstrap: Configuration,
  limits?: LogLimits,
): LogStore

/** Queues a write. Order is kept among `append`, `recordPeerIncarnation`, `compactLog` and `restartLog`. */
export declare function append(store: LogStore, write: LogWrite): void

/** Queues the incarnation of a peer's disk: a later one under the same id is another server. */
export declare function recordPeerIncarnation(store: LogStore, peer: NodeId, incarnation: string): void

/** `snapshot` is durable in the snapshot store: drop segments that hold nothing from `keepFrom` on (at most `snapshot.lastIndex + 1`). */
export declare function compactLog(store: LogStore, snapshot: SnapshotMeta, keepFrom: LogIndex): void

/** A received snapshot is durable and replaces the log: everything before is void, the next entry is `snapshot.lastIndex + 1`. */
export declare function restartLog(store: LogStore, snapshot: SnapshotMeta): void

/** The next thing the disk has to do, or null while one is under way, nothing waits, the disk is full or it failed. Call it after every input. */
export declare function nextLogRequest(store: LogStore): DiskRequest | null

/** Takes the completion of the request under way. Only for `lane: "log"` ids: see `isLogRequest`. */
export declare function completeLogRequest(store: LogStore, completion: DiskCompletion): LogProgress

/** Whether `id` is the log's request under way. */
export declare function isLogRequest(store: LogStore, id: number): boolean

/** After `full`: let `nextLogRequest` try again. For the caller's timer. */
export declare function retryLog(store: LogStore): void

/** Whether nothing waits and nothing is under way. */
export declare function isLogIdle(store: LogStore): boolean

/** An independent copy, sharing the bytes. */
export declare function cloneLogStore(store: LogStore): LogStore

/** An unsigned 32-bit hash of the state. */
export declare function hashLogStore(store: LogStore): number
