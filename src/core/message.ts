/**
 * What servers say to each other: Figure 2's RPCs as one-way messages, a request and its reply side by side.
 *
 * There is no request id: a reply carries what the sender needs to place it (term, index, round), so lost, repeated, late and
 * reordered messages are all harmless. Every message carries a term, and a higher one is adopted from any of them but a pre-vote's
 * (Raft §5.1; dissertation §9.6).
 */

import type { Entry, LogIndex, Member, NodeId, SnapshotMeta, Term } from "./types.ts"

interface Envelope<Kind extends string> {
  /** Which message it is. */
  readonly kind: Kind
  /** The sender. */
  readonly from: NodeId
  /** The receiver. */
  readonly to: NodeId
  /** The sender's current term; in a `preVote` and a granted `preVoteReply`, the term that the sender would campaign for. */
  readonly term: Term
}

/** "Would you vote for me?" (dissertation §9.6). Raises nobody's term. */
export interface PreVote extends Envelope<"preVote"> {
  /** The index of the last entry of the sender's log. */
  readonly lastLogIndex: LogIndex
  /** The term of that entry. The two decide whose log is more up to date (Raft §5.4.1). */
  readonly lastLogTerm: Term
}

/** The answer to `preVote`. */
export interface PreVoteReply extends Envelope<"preVoteReply"> {
  /** Whether the sender would vote for the pre-candidate in the term of this message. */
  readonly granted: boolean
}

/** Asks for a vote (Raft §5.2, §5.4.1). */
export interface RequestVote extends Envelope<"requestVote"> {
  /** The index of the last entry of the sender's log. */
  readonly lastLogIndex: LogIndex
  /** The term of that entry. The two decide whose log is more up to date (Raft §5.4.1). */
  readonly lastLogTerm: Term
  /** Sent by the target of a leadership transfer: voters answer even if they hear from a leader (dissertation §4.2.3). */
  readonly force: boolean
}

/** The answer to `requestVote`. */
export interface RequestVoteReply extends Envelope<"requestVoteReply"> {
  /** Whether the sender has voted for the candidate in this term. A vote is on disk before this is sent. */
  readonly granted: boolean
}

/** Raft §5.3. Without entries it is a heartbeat, a probe, or the news of a commit. */
export interface AppendEntries extends Envelope<"appendEntries"> {
  /** The index of the entry right before `entries`. */
  readonly prevLogIndex: LogIndex
  /** The term of that entry. A follower without it refuses (Raft §5.3). */
  readonly prevLogTerm: Term
  /** Entries in order, the first at `prevLogIndex + 1`. */
  readonly entries: readonly Entry[]
  /** The leader's commit index. */
  readonly leaderCommit: LogIndex
  /**
   * The leader's round of confirmation that was current when this was sent; echoed by the reply (dissertation §6.4). 0 in the mere news of a
   * commit, which is answered only if it is refused.
   */
  readonly round: number
}

/** The answer to `appendEntries`, sent once its entries are on disk. */
export interface AppendEntriesReply extends Envelope<"appendEntriesReply"> {
  /** Whether the follower has the entry at `prevLogIndex`. */
  readonly success: boolean
  /** On success: this follower's log equals the leader's up to here. On failure: the `prevLogIndex` that did not fit. */
  readonly index: LogIndex
  /** On failure: the last position where the logs may still agree, the follower's view: skip to here (Raft §5.3, last paragraphs). Otherwise 0. */
  readonly hintIndex: LogIndex
  /** On failure: the term of the follower's entry at `hintIndex`. Otherwise 0. */
  readonly hintTerm: Term
  /** The `round` of the request. */
  readonly round: number
}

/**
 * One chunk of a snapshot, Raft §7, Figure 13. The core checks the term and hands the chunk to the replica, which gathers, verifies and stores.
 */
export interface InstallSnapshot extends Envelope<"installSnapshot"> {
  /** What the snapshot stands for. */
  readonly snapshot: SnapshotMeta
  /** Size of the whole snapshot file in bytes. */
  readonly sizeBytes: number
  /** Checksum (CRC-32) of the whole snapshot file. */
  readonly checksum: number
  /** Where `data` belongs in the file, in bytes. */
  readonly offset: number
  /** The bytes of this chunk. */
  readonly data: Uint8Array
  /** True for the chunk that ends at `sizeBytes`. */
  readonly done: boolean
}

/** The answer to a chunk. */
export interface InstallSnapshotReply extends Envelope<"installSnapshotReply"> {
  /** The last index of the snapshot that is received. */
  readonly lastIndex: LogIndex
  /** How many bytes from the start the receiver has: where the sender goes on, also after a broken connection. */
  readonly nextOffset: number
  /** True once the snapshot is durable and installed (or was not needed any more). */
  readonly done: boolean
}

/** "Campaign now": the last step of a leadership transfer (dissertation §3.10). */
export type TimeoutNow = Envelope<"timeoutNow">

/** A follower asks the leader for a read index on behalf of its own clients (dissertation §6.4). */
export interface ReadIndexRequest extends Envelope<"readIndex"> {
  /** The follower's own counter; never a client's id. */
  readonly readId: number
}

/** The answer to a `readIndex` request. */
export interface ReadIndexReply extends Envelope<"readIndexReply"> {
  /** The `readId` of the request. */
  readonly readId: number
  /** The index to wait for, or null if the sender could not confirm it (not the leader, overloaded, transferring). */
  readonly readIndex: LogIndex | null
}

/** A proposal on its way to the leader from the server that took it. */
export interface ForwardedProposal {
  /** The number of the proposal, counted by the server that took it. */
  readonly id: number
  /** What is to be replicated: a command with its envelope. */
  readonly data: Uint8Array
}

/** Proposals that a follower took from its clients. They name their origin in `data`, so the taker recognizes them when they are applied. */
export interface ForwardProposals extends Envelope<"forwardProposals"> {
  /** In the order in which they are to be appended. */
  readonly proposals: readonly ForwardedProposal[]
}

/**
 * Which forwarded proposals were certainly not taken into the log, and why. Acceptance needs no reply: the log itself tells. But a message that
 * arrives again is answered (`repeated`), so that its sender need not send it any more.
 */
export interface ForwardProposalsReply extends Envelope<"forwardProposalsReply"> {
  /** The start of the origin that they are of, as their `data` says: a later life of the same server counts its proposals anew. */
  readonly bootId: number
  /** For `repeated` nothing is rejected: the first number of the message, which was decided on when it came first. */
  readonly rejected: readonly number[]
  /** Why they were not taken; `repeated`: the message had arrived before. */
  readonly reason: RejectReason | "repeated"
}

/** Any message between servers. */
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

/** The kind of a message. */
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
