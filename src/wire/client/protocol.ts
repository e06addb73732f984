/**
 * The numbers of the client protocol: versions, operations, statuses, reasons, limits. `docs/native-protocol.md` is the same in prose.
 *
 * Numbers are never given a second meaning. A peer that meets one it does not know treats an operation as a bad request, a reason as
 * `other`, and a feature bit as absent.
 */

/** The versions of the protocol that this code speaks. `hello` settles on the highest that both sides know. */
export const protocolVersionMin = 1
export const protocolVersionMax = 1

/** `u32 length | u64 id | u8 op or status`: what stands before every body. */
export const frameHeaderBytes = 13

/** What `length` counts beside the body. */
export const frameOverheadBytes = 9

/**
 * The largest `length`. Below 2^24, so that the fourth byte of a connection is 0: that is how a port tells this protocol from HTTP, whose
 * first bytes are printable, and from TLS, which begins with 0x16 0x03.
 */
export const frameLengthMax = 0xff_ffff

/**
 * Operations below this number belong to the key-value store: their bytes, from the number on, are a command or a query of `wire/kv`.
 */
export const storeOperationsEnd = 32

export const operation = {
  /** `u16 key length | key | value`. */
  put: 1,
  /** Linearizable. `u16 key length | key`; the answer's body is the value alone. */
  get: 2,
  hello: 32,
  status: 33,
  /** A query of the store with a consistency and an index that the answer must not be older than. */
  read: 34,
  /** A writing operation of the store that takes effect once, however often it is sent. */
  inSession: 35,
  openSession: 36,
  keepSession: 37,
  closeSession: 38,
  changeMembership: 39,
  transferLeadership: 40,
  takeSnapshot: 41,
  /** A subscription: an `update` at once and after every change, until it is cancelled. */
  watchLeader: 42,
  cancel: 43,
} as const

export const status = {
  ok: 0,
  /** Certainly not done. */
  rejected: 1,
  /** May have happened, or still may. */
  unknown: 2,
  /** Not understood; certainly not done; the same bytes will never be. */
  badRequest: 3,
  /** `get` of a key that does not exist. */
  notFound: 4,
  /** As `rejected`: there is too much to do just now. */
  overloaded: 5,
  /** Understood and certain, but the store says no: a compacted revision, a duplicate key … */
  refused: 6,
  /** Not the last response to its request: more follow. */
  update: 7,
} as const

export type StatusCode = (typeof status)[keyof typeof status]

/** The names of reasons by number; names are those of the core and the replica. Append only. */
export const reasonNames = [
  "other",
  "notLeader",
  "noLeader",
  "overloaded",
  "transferring",
  "tooLarge",
  "diskFull",
  "lostLeadership",
  "changeInProgress",
  "staleConfiguration",
  "noCommittedEntryInTerm",
  "wouldLoseQuorum",
  "unknownMember",
  "duplicateMember",
  "reusedId",
  "invalidChange",
  "notCaughtUp",
  "stopped",
  "sessionExpired",
  "sequenceForgotten",
  "cancelled",
  "wrongCluster",
  "unsupportedVersion",
  "applyFailed",
  "snapshotFailed",
] as const

export type Reason = (typeof reasonNames)[number]

/** Bits of `hello`'s features: what a server can do beyond version 1's minimum, which is `put` and `get`. */
export const feature = {
  sessions: 1 << 0,
  readConsistency: 1 << 1,
  membership: 1 << 2,
  watchLeader: 1 << 3,
  cancel: 1 << 4,
  leaseReads: 1 << 5,
} as const
