/**
 * The options of a replica, their defaults, and a check in words.
 *
 * Every queue, batch and retry of this folder has its bound here, so that overload is an answer and never a growing array. Times that
 * only make sense relative to an election timeout (how long a read waits before it asks again, how long a write may take) are
 * derived from it where they are used.
 */

import type { NodeId, RaftOptions } from "../../core/index.ts"
import { explainBadOptions } from "../../core/index.ts"
import { defaultLogLimits, defaultSnapshotLimits, type StorageIdentity } from "../../storage/index.ts"
import { frameBytesMaxDefault } from "../../wire/index.ts"
import { explainFrameMisfit } from "./frame-fit.ts"

/**
 * The least `verifyEveryEntries` that is not 0. A comparison that finds a difference adds an entry of each server; these must not cause the next
 * comparison.
 */
export const verifyEveryEntriesMin = 32

/** Everything that `openReplica` wants to know of a server beside its disk and its state machine. Fixed for the life of the replica. */
export interface ReplicaOptions extends ReplicaLimits {
  /** The algorithm's own options: the server's id, timeouts, batch sizes. */
  readonly raft: RaftOptions
  /** The identity of the data on the disk; `identity.nodeId` is `raft.id`. */
  readonly identity: StorageIdentity
  /**
   * An unsigned 32-bit number that differs from start to start of this node: proposals are recognized by it and their number. If it is
   * reused, an entry of an earlier life could answer a proposal of this one.
   */
  readonly bootId: number
  /**
   * First members that cannot be met, and without which the operator allows a new cluster to begin. If missing, the first election waits until every
   * first member was met once. Only used by a server whose log is empty.
   */
  readonly beginWithout?: readonly NodeId[]
  /**
   * Keeps what `clone` needs during a restore: the chunks read so far, which take as much memory as the snapshot has bytes. For simulators and
   * debuggers; off if missing, and then `clone` throws while a restore is under way.
   */
  readonly cloneable?: boolean
  /** What happens when the state machine's `apply` throws; `"halt"` if missing. See `OnApplyError`. */
  readonly onApplyError?: OnApplyError
  /**
   * Servers compare the hashes of their state machines whenever this many entries were applied: 0 (never) if missing, otherwise at least
   * `verifyEveryEntriesMin`. Needs the state machine's `hash`, and the same number on all servers. Finds state machines that are not deterministic.
   */
  readonly verifyEveryEntries?: number
}

/**
 * What happens when the state machine's `apply` throws. The command is committed by then, so it stays in every server's log.
 *
 * - `halt`: the server stops, and so does each server that reaches the entry, again after each start, until it runs a state machine that answers
 *   the command. The state stays correct on every server.
 * - `refuse`: the command has no effect and its caller gets `applyFailed`; that it was refused is part of the replicated state, of sessions and
 *   of snapshots. This is correct only if `apply` throws before it changes anything, and for the same commands on every server. Servers that
 *   refuse different commands notice it (`refusals.ts`) and stop. An error of the process (no memory, no stack) halts nevertheless.
 *
 * Servers may be set differently: a server with `halt` stops where the others refuse.
 */
export type OnApplyError = "halt" | "refuse"

/** The bounds of a replica's queues, batches and retries. All are integers from 1, except where 0 is named. Defaults: `defaultReplicaLimits`. */
export interface ReplicaLimits {
  /** Proposals of this server's own callers without an outcome yet; more are refused as `overloaded`. A power of two. */
  readonly pendingProposalsMax: number
  /** Command bytes of those proposals. */
  readonly pendingProposalBytesMax: number
  /** Reads without an answer yet; more are refused as `overloaded`. */
  readonly pendingReadsMax: number
  /** How long a read looks for a leader that confirms it before it is rejected, in milliseconds. */
  readonly readTimeoutMs: number
  /** How long a forwarded proposal may wait for an answer of the leader, or for its entry, before its outcome is unknown, in milliseconds. */
  readonly forwardTimeoutMs: number
  /** Entries applied in one step. If some are left, the next step is due at once; heartbeats are sent in between. */
  readonly applyEntriesMax: number
  /** Command bytes applied in one step; a larger entry is applied alone. */
  readonly applyBytesMax: number
  /** Items in the answers to reads that one step makes, by the state machine's `answerItems`; a larger answer is made alone. */
  readonly answerItemsMax: number
  /** A snapshot is taken once more bytes of log were applied since the last one than this, and than the last snapshot has. */
  readonly snapshotLogBytesMin: number
  /** A snapshot is taken after this many entries, whatever their size: bounds the time of a restart. */
  readonly snapshotLogEntriesMax: number
  /** Log kept behind a snapshot, in bytes, so that a server that was away briefly needs no snapshot. 0 for none. */
  readonly keptTailBytes: number
  /** The length at which a segment of the log is closed, in bytes; see storage's `LogLimits`. */
  readonly logSegmentBytesMax: number
  /** Zeros written ahead of the end of the log, in bytes; 0 for none. See storage's `LogLimits`. */
  readonly logZeroAheadBytes: number
  /** Batches of the log on their way to the disk at once; see storage's `LogLimits`. */
  readonly logBatchesInFlightMax: number
  /** Bytes of a received snapshot that may wait for the disk. Above that, the answer to the sender waits for the disk too. */
  readonly snapshotWriteBytesMax: number
  /** Bytes of a snapshot in one request to the disk, while it is taken or restored. */
  readonly snapshotRequestBytesMax: number
  /** A chunk of the state machine's snapshot that is longer is written in pieces of this length, at most 64 MiB; see storage's `SnapshotLimits`. */
  readonly snapshotPieceBytesMax: number
  /** Bytes of a received snapshot that may wait to be written before further ones are dropped and have to be sent again. */
  readonly snapshotPendingBytesMax: number
  /** How fast a snapshot of this server's state is made, in bytes per second. The rest of processor and disk is left to other work. */
  readonly snapshotBytesPerSecondMax: number
  /** Bytes of one frame that every other server accepts. `open` sets it to `transportLimits.frameBytesMax`. */
  readonly frameBytesMax: number
  /** Bytes of a snapshot in one `installSnapshot` message. */
  readonly snapshotChunkBytes: number
  /** `installSnapshot` messages on their way to one follower. */
  readonly snapshotChunksInflightMax: number
  /** After this long without an answer of a follower, the unconfirmed part of a snapshot is sent again, in milliseconds. */
  readonly snapshotResendMs: number
  /** After this long without an answer of a follower, sending it a snapshot ends, in milliseconds. */
  readonly snapshotSilenceMaxMs: number
  /**
   * A session that is not used for this long, by the cluster's clock, expires, in milliseconds. In force from the next session that this server
   * opens.
   */
  readonly sessionTimeoutMs: number
  /** Sessions kept; the least recently used one is removed for a new one. In force on all servers once this server has opened a session. */
  readonly sessionsMax: number
  /** How long after "disk full" a write is tried again, in milliseconds. */
  readonly diskRetryMs: number
  /** Membership changes, transfers and snapshot requests without an answer; more are refused as `overloaded`. */
  readonly pendingRequestsMax: number
  /** The last events that the report of a halt lists. */
  readonly recentEventsMax: number
}

/** Limits for servers on a local network with a few hundred megabytes of memory to spare. */
export const defaultReplicaLimits: ReplicaLimits = {
  pendingProposalsMax: 65_536,
  pendingProposalBytesMax: 64 << 20,
  pendingReadsMax: 65_536,
  readTimeoutMs: 3_000,
  forwardTimeoutMs: 3_000,
  applyEntriesMax: 1024,
  applyBytesMax: 4 << 20,
  answerItemsMax: 4_096,
  snapshotLogBytesMin: 64 << 20,
  snapshotLogEntriesMax: 1_000_000,
  keptTailBytes: 4 << 20,
  logSegmentBytesMax: defaultLogLimits.segmentBytesMax,
  logZeroAheadBytes: defaultLogLimits.zeroAheadBytes,
  logBatchesInFlightMax: defaultLogLimits.batchesInFlightMax,
  snapshotWriteBytesMax: 1 << 20,
  snapshotRequestBytesMax: defaultSnapshotLimits.requestBytesMax,
  snapshotPieceBytesMax: defaultSnapshotLimits.pieceBytesMax,
  snapshotPendingBytesMax: defaultSnapshotLimits.pendingBytesMax,
  snapshotBytesPerSecondMax: 128 << 20,
  frameBytesMax: frameBytesMaxDefault,
  snapshotChunkBytes: 256 << 10,
  snapshotChunksInflightMax: 4,
  snapshotResendMs: 500,
  snapshotSilenceMaxMs: 10_000,
  sessionTimeoutMs: 60_000,
  sessionsMax: 65_536,
  diskRetryMs: 500,
  pendingRequestsMax: 1_024,
  recentEventsMax: 64,
}

/** Says in a sentence what is wrong with `options`, or returns null. */
export function explainBadReplicaOptions(options: ReplicaOptions): string | null {
  const bad = explainBadOptions(options.raft)
  if (bad !== null) return bad
  const { bootId, identity, pendingProposalsMax } = options
  if (identity.nodeId !== options.raft.id) return `the disk belongs to node ${identity.nodeId}, but this is node ${options.raft.id}`
  if (options.beginWithout?.includes(options.raft.id) === true)
    return `beginWithout names node ${options.raft.id} itself: it names the servers that cannot be met`
  if (!Number.isInteger(bootId) || bootId < 0 || bootId > 0xffff_ffff) return `boot id ${bootId} is not an integer from 0 to 4294967295`
  for (const name of Object.keys(defaultReplicaLimits) as (keyof ReplicaLimits)[]) {
    // 0 is valid for these two; any other limit of 0 would stop the replica.
    const least = name === "keptTailBytes" || name === "logZeroAheadBytes" ? 0 : 1
    if (!Number.isSafeInteger(options[name]) || options[name] < least)
      return `${name} is ${options[name]}; it must be an integer from ${least}`
  }
  if (options.sessionTimeoutMs > 0xffff_ffff || options.sessionsMax > 0xffff_ffff)
    return "sessionTimeoutMs and sessionsMax must fit 32 bits"
  if ((pendingProposalsMax & (pendingProposalsMax - 1)) !== 0)
    return `pendingProposalsMax is ${pendingProposalsMax}; it must be a power of two`
  const { chunkBytesMax } = defaultSnapshotLimits
  if (options.snapshotPieceBytesMax > chunkBytesMax) {
    return `snapshotPieceBytesMax is ${options.snapshotPieceBytesMax}, but a piece of more than ${chunkBytesMax} bytes (chunkBytesMax) counts as damaged when the snapshot is read: lower it to at most that`
  }
  const { onApplyError = "halt", verifyEveryEntries = 0 } = options
  if (!Number.isSafeInteger(verifyEveryEntries) || (verifyEveryEntries !== 0 && verifyEveryEntries < verifyEveryEntriesMin))
    return `verifyEveryEntries is ${String(verifyEveryEntries)}; it must be 0, or an integer from ${verifyEveryEntriesMin}`
  if (onApplyError !== "halt" && onApplyError !== "refuse") return `onApplyError is ${String(onApplyError)}; it must be "halt" or "refuse"`
  return explainFrameMisfit(options)
}
