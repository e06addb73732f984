/**
 * What can be set about a replica, the defaults, and a check in words.
 *
 * Every queue, batch and retry of this folder has its bound here, so that overload is an answer and never a growing array. Times that
 * only make sense relative to an election timeout (how long a read waits before it asks again, how long an own write may take) are
 * derived from it where they are used, and say so.
 */

import type { NodeId, RaftOptions } from "../../core/index.ts"
import { explainBadOptions } from "../../core/index.ts"
import { defaultLogLimits, defaultSnapshotLimits, type StorageIdentity } from "../../storage/index.ts"
import { frameBytesMaxDefault } from "../../wire/index.ts"
import { explainFrameMisfit } from "./frame-fit.ts"

/** The least `verifyEveryEntries` that is not 0. A comparison with a difference takes an entry of each server: they must not bring about the next one. */
export const verifyEveryEntriesMin = 32

/** Everything that `openReplica` wants to know of a server beside its disk and its state machine. Fixed for the life of the replica. */
export interface ReplicaOptions extends ReplicaLimits {
  /** The algorithm's own options: the server's id, timeouts, batch sizes. */
  readonly raft: RaftOptions
  /** Whose data the disk holds; `identity.nodeId` is `raft.id`. */
  readonly identity: StorageIdentity
  /**
   * An unsigned 32-bit number that differs from start to start of this node: what makes "my proposal number 7" mean one thing only. A
   * reused one could let an entry of an earlier life answer a proposal of this one.
   */
  readonly bootId: number
  /**
   * First members without which a new cluster may begin, on the operator's word: they cannot be met. Without it, the first election waits until every
   * first member was met once. Only a server whose log is empty looks at it.
   */
  readonly beginWithout?: readonly NodeId[]
  /**
   * Keep what `clone` needs in the middle of a restore: the chunks read so far, so as much memory as the snapshot is large. For simulators and
   * debuggers; off if missing, and then `clone` throws while a restore is under way.
   */
  readonly cloneable?: boolean
  /** What follows when the state machine's `apply` throws; `"halt"` if missing. See `OnApplyError`. */
  readonly onApplyError?: OnApplyError
  /**
   * Servers compare the hashes of their state machines after every so many entries: 0 (never) if missing, otherwise at least `verifyEveryEntriesMin`.
   * Needs `hash`, and for a finding the same number on all servers. Finds state machines that are not deterministic; see `verify.ts`.
   */
  readonly verifyEveryEntries?: number
}

/**
 * A command is committed before anyone applies it: when `apply` throws, it stands in every server's log for good.
 *
 * - `halt`: the server stops, and so does each one that comes to the entry, again after each start, until it runs a state machine that answers
 *   the command. Nothing can be wrong with the state then.
 * - `refuse`: the command has no effect and its caller hears `applyFailed`; that it was refused is part of the replicated state, of sessions and
 *   of snapshots. It relies on the state machine: `apply` throws before it changes anything, and for the same commands on every server. Where servers
 *   do not agree, they notice (`refusals.ts`) and stop. An error of the process (no memory, no stack) halts all the same.
 *
 * Servers need not be set alike: one that is to halt halts where others refuse.
 */
export type OnApplyError = "halt" | "refuse"

/** The bounds of a replica's queues, batches and retries. All are integers from 1, except where 0 is named. Defaults: `defaultReplicaLimits`. */
export interface ReplicaLimits {
  /** Proposals of this server's own callers without an outcome yet; more are refused as `overloaded`. A power of two. */
  readonly pendingProposalsMax: number
  /** Command bytes of those. */
  readonly pendingProposalBytesMax: number
  /** Reads without an answer yet; more are refused as `overloaded`. */
  readonly pendingReadsMax: number
  /** How long a read looks for a leader that confirms it before it is rejected, in milliseconds. */
  readonly readTimeoutMs: number
  /** How long a proposal on its way to the leader may be without word from it before its outcome is unknown, in milliseconds. */
  readonly forwardTimeoutMs: number
  /** Entries applied in one step. A step that leaves some asks to be called again at once, so that heartbeats keep their moments. */
  readonly applyEntriesMax: number
  /** Command bytes applied in one step; a larger entry is applied alone. */
  readonly applyBytesMax: number
  /** Items in the answers to reads that one step makes, by the state machine's `answerItems`; a larger answer is made alone. */
  readonly answerItemsMax: number
  /** A snapshot is taken once the log applied since the last one outweighs both this many bytes and the last snapshot's size. */
  readonly snapshotLogBytesMin: number
  /** A snapshot is taken after this many entries, whatever they weigh: bounds the time of a restart. */
  readonly snapshotLogEntriesMax: number
  /** Log kept behind a snapshot, in bytes, so that a server that was away briefly needs no snapshot. 0 for none. */
  readonly keptTailBytes: number
  /** The length at which a segment of the log is closed, in bytes; see storage's `LogLimits`. */
  readonly logSegmentBytesMax: number
  /** Zeros written ahead of the end of the log, in bytes; 0 for none. See storage's `LogLimits`. */
  readonly logZeroAheadBytes: number
  /** Batches of the log on their way to the disk at once; see storage's `LogLimits`. */
  readonly logBatchesInFlightMax: number
  /** Bytes of a received snapshot that may wait for the disk before its sender has to wait too. */
  readonly snapshotWriteBytesMax: number
  /** Bytes of a snapshot in one request to the disk, while it is taken or restored: the slices of that work. */
  readonly snapshotRequestBytesMax: number
  /** A chunk of the state machine's snapshot that is longer is written in pieces of this length, at most 64 MiB; see storage's `SnapshotLimits`. */
  readonly snapshotPieceBytesMax: number
  /** Bytes of a received snapshot that may wait to be written before further ones are dropped and have to be sent again. */
  readonly snapshotPendingBytesMax: number
  /** How fast the own snapshot is made, in bytes per second: what is left of processor and disk is for the writes that go on meanwhile. */
  readonly snapshotBytesPerSecondMax: number
  /** Bytes of one frame to another server: what all servers accept, see `transportLimits.frameBytesMax`, which `open` takes it from. */
  readonly frameBytesMax: number
  /** Bytes of a snapshot in one `installSnapshot` message. */
  readonly snapshotChunkBytes: number
  /** `installSnapshot` messages on their way to one follower: the throttle of catch-up. */
  readonly snapshotChunksInflightMax: number
  /** Without a word from a follower for this long, what it did not confirm is sent again, in milliseconds. */
  readonly snapshotResendMs: number
  /** Without a word from a follower for this long, sending it a snapshot is given up, in milliseconds. */
  readonly snapshotSilenceMaxMs: number
  /** A session that is not heard of for this long, by the cluster's clock, expires, in milliseconds. In force once a session was opened with it. */
  readonly sessionTimeoutMs: number
  /** Sessions kept; the least recently used makes room. In force once a session was opened with it. */
  readonly sessionsMax: number
  /** How often a write that found the disk full is tried again, in milliseconds. */
  readonly diskRetryMs: number
  /** Membership changes, transfers and snapshot requests without an answer; more are refused as `overloaded`. */
  readonly pendingRequestsMax: number
  /** Events remembered for the report of a halt. */
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
    return `beginWithout names node ${options.raft.id} itself: it names those that cannot be met, and is for the others to hear`
  if (!Number.isInteger(bootId) || bootId < 0 || bootId > 0xffff_ffff) return `boot id ${bootId} is not an integer from 0 to 4294967295`
  for (const name of Object.keys(defaultReplicaLimits) as (keyof ReplicaLimits)[]) {
    // To keep or write ahead nothing is a choice; every other limit of nothing would stop the replica.
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
    return `snapshotPieceBytesMax is ${options.snapshotPieceBytesMax}, but whoever reads a snapshot takes a piece of more than ${chunkBytesMax} bytes for damaged (chunkBytesMax): lower it to at most that`
  }
  const { onApplyError = "halt", verifyEveryEntries = 0 } = options
  if (!Number.isSafeInteger(verifyEveryEntries) || (verifyEveryEntries !== 0 && verifyEveryEntries < verifyEveryEntriesMin))
    return `verifyEveryEntries is ${String(verifyEveryEntries)}; it must be 0, or an integer from ${verifyEveryEntriesMin}`
  if (onApplyError !== "halt" && onApplyError !== "refuse") return `onApplyError is ${String(onApplyError)}; it must be "halt" or "refuse"`
  return explainFrameMisfit(options)
}
