/**
 * The words that every file of the core uses: who, when in the log, and what an entry is.
 *
 * Raft §5.3 and Figure 2. Terms and indexes are positions in a history that never shrinks, so plain numbers serve: they are
 * checked integers below 2^53, which at a million entries a second lasts for 285 years.
 */

/** A server's identity: an integer from 1 to 2^32 - 1. Never reused once removed (see `Configuration.highestId`). */
export type NodeId = number

/** A term number, Raft §5.1. 0 before the first election. An integer below 2^53. */
export type Term = number

/** A position in the log, Raft §5.3. The first entry has index 1; 0 stands for "before the log". An integer below 2^53. */
export type LogIndex = number

/** A moment on a monotonic clock, in milliseconds. Only differences mean anything; it never goes back. May have a fraction. */
export type Milliseconds = number

/** A server that belongs to the cluster, voting or not. Addresses are opaque to the core: the shells read them. */
export interface Member {
  /** The server's identity. */
  readonly id: NodeId
  /** A human's name for it, unique in a configuration; empty if it has none. */
  readonly name: string
  /** Where other servers reach it, as `host:port`. */
  readonly peerAddress: string
  /** Where clients reach it, as `host:port`; empty if it serves none. */
  readonly clientAddress: string
}

/**
 * Who belongs to the cluster and who votes (Raft §6; dissertation §4).
 *
 * In a joint configuration `votersOutgoing` holds the old voters, and every decision needs a majority of both lists.
 */
export interface Configuration {
  /** The index of the entry that holds this configuration, and its version: a change names the version it was made for. 0 for the one a cluster starts with. */
  readonly index: LogIndex
  /** The voters; while joint, the new ones (C_new). Ascending. */
  readonly voters: readonly NodeId[]
  /** The old voters (C_old) while joint, otherwise empty. Ascending. */
  readonly votersOutgoing: readonly NodeId[]
  /** Servers that replicate but never count (dissertation §4.2.1). Ascending. */
  readonly learners: readonly NodeId[]
  /** Learners that the leader makes voters as soon as they have caught up. A subset of `learners`. */
  readonly promoting: readonly NodeId[]
  /** While joint: voters of C_old that become learners when C_new takes over (a demotion). Otherwise empty. */
  readonly learnersNext: readonly NodeId[]
  /** Every server named above, ascending by id. */
  readonly members: readonly Member[]
  /** The highest id that the cluster has ever had: new servers must be above it, so that an id is never reused. */
  readonly highestId: NodeId
}

/** `noop`: what a new leader appends (Raft §8). `command`: for the state machine. `configuration`: a change of members (Raft §6). */
export type EntryKind = "noop" | "command" | "configuration"

/**
 * How the log record of an entry is kept. Opaque to the core, which only carries it: the encoder of entries (`wire`) makes slots and reads them.
 *
 * A shared slot says the same of every entry that has it, and holds no bytes of its own: the record follows from the entry's `data`.
 */
export interface RecordSlot {
  /** Whether the slot holds no bytes of its own. */
  readonly isShared: boolean
}

/** One log entry, Raft §5.3. Never changed once made; shared freely between logs, messages and clones. */
export interface Entry {
  /** Its position in the log. */
  readonly index: LogIndex
  /** The term in which a leader created it. */
  readonly term: Term
  /** What it holds. */
  readonly kind: EntryKind
  /** What a command says; opaque to the core. Empty for the other kinds. Only who encodes the entry replaces it, by an equal view of other bytes. */
  data: Uint8Array
  /** The configuration of a configuration entry, otherwise null. */
  readonly configuration: Configuration | null
  /**
   * The entry's log record, or null before it is encoded: a cache, so that the socket, this disk and the follower's disk all see the same bytes, made
   * once. No part of the state: never hashed, never compared.
   */
  encoded: RecordSlot | null
}

/** What must be on disk before any promise leaves, beside the log: Figure 2, "persistent state". */
export interface HardState {
  /** The latest term that the server has seen. */
  readonly term: Term
  /** The candidate that it voted for in `term`; null if none. */
  readonly votedFor: NodeId | null
  /** The highest index known to be committed. Not needed for safety, only for a faster restart: it may lag behind. */
  readonly commitIndex: LogIndex
}

/** What a snapshot stands for: every entry up to `lastIndex`, and the configuration in force there (Raft §7, Figure 13). */
export interface SnapshotMeta {
  /** The last entry that the snapshot covers; 0 if there is no snapshot. */
  readonly lastIndex: LogIndex
  /** The term of that entry. */
  readonly lastTerm: Term
  /** The configuration in force there. */
  readonly configuration: Configuration
}

/** An index and the term of the entry there. */
export interface LogPosition {
  /** The index; 0 before the log. */
  readonly index: LogIndex
  /** The term of the entry there; 0 before the log. */
  readonly term: Term
}
