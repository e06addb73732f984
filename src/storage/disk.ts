/**
 * The requests that storage makes of a disk, and the answers of the disk.
 *
 * Storage never touches a file. It emits requests made of these operations; a shell performs them and returns one completion per
 * request. File names are relative to the data folder and contain no path separator.
 */

/**
 * `log` carries the write-ahead log, `snapshot` everything about snapshots. The lanes do not wait for each other, so a large snapshot never
 * delays a vote.
 *
 * Requests of one lane are performed and completed in order. They may overlap in one way only: while requests of the log are at their last
 * operation and that is a sync, later requests may write and sync too. Requests behind a write that failed are not performed: they
 * fail the same way, so that a file never has a hole where the failed write should be.
 */
export type DiskLane = "log" | "snapshot"

/** One operation on one file, or on the folder. File names are relative to the data folder. */
export type DiskOperation =
  /** Write `data`, one buffer after the other, at `offset`; creates the file if it is missing. Repeating it is harmless. */
  | { readonly kind: "write"; readonly file: string; readonly offset: number; readonly data: readonly Uint8Array[] }
  /** Make the contents written so far durable (fdatasync). */
  | { readonly kind: "sync"; readonly file: string }
  /** Cut or extend (with zeros) to `lengthBytes`. */
  | { readonly kind: "truncate"; readonly file: string; readonly lengthBytes: number }
  /** Atomically replaces `to`. */
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  /** Removing a file that is not there is not an error. */
  | { readonly kind: "remove"; readonly file: string }
  /** Make creations, renames and removals durable (fsync of the folder). */
  | { readonly kind: "syncDirectory" }
  /** Gives `lengthBytes` bytes back in the completion; fewer only at the end of the file. At most one in a request. */
  | { readonly kind: "read"; readonly file: string; readonly offset: number; readonly lengthBytes: number }

/** Operations performed in order; the first that fails ends the request. */
export interface DiskRequest {
  /** Repeated in the completion. Unique in one life of the replica: odd for the log, even for the snapshot store. */
  readonly id: number
  /** The queue that the request waits in. */
  readonly lane: DiskLane
  /** At least one. */
  readonly operations: readonly DiskOperation[]
}

/** `full` is ENOSPC or EDQUOT of a write: it may succeed later. `failed` is anything else; after a failed sync nothing is known about the file. */
export type DiskErrorCode = "full" | "failed"

/** The answer to one `DiskRequest`, exactly one for each. */
export type DiskCompletion =
  /** Every operation succeeded. `data`: the bytes of the `read` operation, null if the request had none. `durationMs`: how long the request took. */
  | { readonly id: number; readonly ok: true; readonly data: Uint8Array | null; readonly durationMs: number }
  /** The operation at position `operation` of the request failed, and those behind it were not tried. `message` is the error of the disk. */
  | { readonly id: number; readonly ok: false; readonly code: DiskErrorCode; readonly operation: number; readonly message: string }

/** How recovery reads a disk: synchronously, once, before the replica runs. Errors of the disk are thrown as they are. */
export interface DiskReader {
  /** The names of all files in the data folder, in any order. */
  list(): readonly string[]
  /** The length of a file. Throws if there is no such file. */
  sizeBytes(file: string): number
  /** `lengthBytes` bytes from `offset` on; fewer only where the file ends before. Throws if there is no such file. */
  read(file: string, offset: number, lengthBytes: number): Uint8Array
}

/**
 * Which server of which cluster the data belongs to: in the header of every segment and snapshot, so that a file of another server is never taken
 * for one of this server.
 */
export interface StorageIdentity {
  /** Unsigned 64-bit number as 16 lower-case hexadecimal digits. Same for all servers of a cluster. */
  readonly clusterId: string
  /** The Raft group, an integer from 0 to 2^32 - 1. Always 0 while a process serves one group. */
  readonly groupId: number
  /** The id of the server, an integer from 1. */
  readonly nodeId: number
  /** Drawn once when the data folder is made, 16 lower-case hexadecimal digits: a wiped disk is another incarnation. */
  readonly incarnation: string
}
