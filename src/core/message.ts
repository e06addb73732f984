/**
 * What servers say to each other: Figure 2's RPCs as one-way messages, a request and its reply side by side.
 *
 * There is no request id: a reply carries what the sender needs to place it (term, index, round), so lost, repeated, late and
 * reordered messages are all harmless. Every message carries a term, and a higher one is adopted from any of them but a pre-vote's
 * (Raft §5.1; dissertation §9.6).
 */

import type { Entry, LogIndex, Member, NodeId, SnapshotMeta, Term } from "./types.ts"

interface Envelope {
  readonly from: NodeId
  readonly to: NodeId
  /** The sender's current term; in a `preVote` and a granted `preVoteReply`, the term that the sender would campaign for. */
  readonly term: Term
}

/** "Would you vote for me?" (dissertation §9.6). Raises nobody's term. */
export interface PreVote extends Envelope {
  readonly kind: "preVote"
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
}

export interface PreVoteReply extends Envelope {
  readonly kind: "preVoteReply"
  readonly granted: boolean
}

/** Raft §5.2, §5.4.1. */
export interface RequestVote extends Envelope {
  readonly kind: "requestVote"
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
  /** Sent by the target of a leadership transfer: voters answer even if they hear from a leader (dissertation §4.2.3). */
  readonly force: boolean
}

export interface RequestVoteReply extends Envelope {
  readonly kind: "requestVoteReply"
  readonly granted: boolean
}

/** Raft §5.3. Without entries it is a heartbeat, a probe, or the news of a commit. */
export interface AppendEntries extends Envelope {
  readonly kind: "appendEntries"
  readonly prevLogIndex: LogIndex
  readonly prevLogTerm: Term
  readonly entries: readonly Entry[]
  readonly leaderCommit: LogIndex
  /**
   * The leader's round of confirmation that was current when this was sent; echoed by the reply (dissertation §6.4). 0 in the mere news of a
   * commit, which is answered only if it is refused.
   */
  readonly round: number
}

/** The answer to `appendEntries`, sent once its entries are on disk. */
export interface AppendEntriesReply extends Envelope {
  readonly kind: "appendEntriesReply"
  readonly success: boolean
  /** On success: this follower's log equals the leader's up to here. On failure: the `prevLogIndex` that did not fit. */
  readonly index: LogIndex
  /** On failure: the last position where the logs may still agree, the follower's view: skip to here (Raft §5.3, last paragraphs). Otherwise 0. */
  readonly hintIndex: LogIndex
  /** On failure: the term of the follower's entry at `hintIndex`. Otherwise 0. */
  readonly hintTerm: Term
  readonly round: number
}

/**
 * One chunk of a snapshot, Raft §7, Figure 13. The core checks the term and hands the chunk to the replica, which gathers, verifies and stores.
 */
export interface InstallSnapshot extends Envelope {
  readonly kind: "installSnapshot"
  readonly snapshot: SnapshotMeta
  /** Size of the whole snapshot file in bytes. */
  readonly sizeBytes: number
  /** Checksum (CRC-32) of the whole snapshot file. */
  readonly checksum: number
  /** Where `data` belongs in the file, in bytes. */
  readonly offset: number
  readonly data: Uint8Array
  /** True for the chunk that ends at `sizeBytes`. */
  readonly done: boolean
}

export interface InstallSnapshotReply extends Envelope {
  readonly kind: "installSnapshotReply"
  readonly lastIndex: LogIndex
  /** How many bytes from the start the receiver has: where the sender goes on, also after a broken connection. */
  readonly nextOffset: number
  /** True once the snapshot is durable and installed (or was not needed any more). */
  readonly done: boolean
}

/** "Campaign now": the last step of a leadership transfer (dissertation §3.10). */
export interface TimeoutNow extends Envelope {
  readonly kind: "timeoutNow"
}

/** A follower asks the leader for a read index on behalf of its own clients (dissertation §6.4). */
export interface ReadIndexRequest extends Envelope {
  readonly kind: "readIndex"
  /** The follower's own counter; never a client's id. */
  readonly readId: number
}

export interface ReadIndexReply extends Envelope {
  readonly kind: "readIndexReply"
  readonly readId: number
  /** The index to wait for, or null if the sender could not confirm it (not the leader, overloaded, transferring). */
  readonly readIndex: LogIndex | null
}

/** A proposal on its way from the server that took it to the leader. `id` is the taker's own counter. */
export interface ForwardedProposal {
  readonly id: number
  readonly data: Uint8Array
}

/** Proposals that a follower took from its clients. They name their origin in `data`, so the taker recognizes them when they are applied. */
export interface ForwardProposals extends Envelope {
  readonly kind: "forwardProposals"
  readonly proposals: readonly ForwardedProposal[]
}

/**
 * Which forwarded proposals were certainly not taken into the log, and why. Acceptance needs no reply: the log itself tells. But a message that
 * arrives again is answered (`repeated`), so that its sender need not send it any more.
 */
export interface ForwardProposalsReply extends Envelope {
  readonly kind: "forwardProposalsReply"
  /** The start of the origin that they are of, as their `data` says: a later life of the same server counts its proposals anew. */
  readonly bootId: number
  /** For `repeated` nothing is rejected: the first number of the message, which was decided on when it came first. */
  readonly rejected: readonly number[]
  readonly reason: RejectReason | "repeated"
}

export type Message =
  | PreVote
  | PreVoteReply
  | RequestVote
  | RequestVoteReply
  | AppendEntries
  | AppendEntriesReply
  | InstallSnapshot
  | InstallSnapshotReply
  | TimeoutNow
  | ReadIndexRequest
  | ReadIndexReply
  | ForwardProposals
  | ForwardProposalsReply

export type MessageKind = Message["kind"]

/** Why something was certainly not done: safe to try again. The texts are in `replica`'s errors. */
export type RejectReason =
  | "notLeader"
  | "noLeader"
  | "overloaded"
  | "transferring"
  | "tooLarge"
  | "diskFull"
  | "lostLeadership"
  | "changeInProgress"
  | "staleConfiguration"
  | "noCommittedEntryInTerm"
  | "wouldLoseQuorum"
  | "unknownMember"
  | "duplicateMember"
  | "reusedId"
  | "invalidChange"
  | "notCaughtUp"
  | "stopped"

/** One step of a membership change; several can be made as one. */
export type MembershipChange =
  | { readonly kind: "addLearner"; readonly member: Member }
  /** Joins as a learner and is promoted by the leader once it has caught up (dissertation §4.2.1). */
  | { readonly kind: "addVoter"; readonly member: Member }
  /** Refused with `notCaughtUp` if the learner is behind. */
  | { readonly kind: "promote"; readonly id: NodeId }
  | { readonly kind: "demote"; readonly id: NodeId }
  | { readonly kind: "remove"; readonly id: NodeId }
  /** New addresses or a new name for a server that belongs already. */
  | { readonly kind: "update"; readonly member: Member }
