/** The core's public face: Raft as a synchronous state machine, and the words to speak with it. */

export { Raft, type ProposeResult, type RaftStart } from "./raft.ts"
export type { Write } from "./durability.ts"
export type { PeerPromise } from "./evidence.ts"
export { hashBytes, hashValue } from "./hash.ts"
export { invariant, InvariantError } from "./invariants/invariant.ts"
export type { ChangeResult } from "./membership/membership.ts"
export type {
  AppendEntries,
  AppendEntriesReply,
  ForwardedProposal,
  ForwardProposals,
  ForwardProposalsReply,
  InstallSnapshot,
  InstallSnapshotReply,
  MembershipChange,
  Message,
  MessageKind,
  PreVote,
  PreVoteReply,
  ReadIndexReply,
  ReadIndexRequest,
  RejectReason,
  RequestVote,
  RequestVoteReply,
  TimeoutNow,
} from "./message.ts"
export type { RaftObservation } from "./observation.ts"
export { defaultRaftOptions, explainBadOptions, type RaftOptions } from "./options.ts"
export type { Ready, ReadReady } from "./outbox.ts"
export type { Progress, ProgressState } from "./progress/progress.ts"
export {
  bootstrapConfiguration,
  configurationBytesMost,
  emptyConfiguration,
  isJoint,
  isMember,
  isVoter,
  memberOf,
} from "./quorum/configuration.ts"
export { majorityOf, type VoteResult } from "./quorum/majority.ts"
export { quorumValue, quorumVote } from "./quorum/quorum.ts"
export { fractionOf, hashNumbers, mixNumber } from "./randomness.ts"
export type { InstallResult } from "./replication/snapshot.ts"
export type { Leader, RaftState, Role } from "./state.ts"
export type { TransferResult } from "./membership/transfer.ts"
export type {
  Configuration,
  Entry,
  EntryKind,
  HardState,
  LogIndex,
  LogPosition,
  Member,
  Milliseconds,
  NodeId,
  RecordSlot,
  SnapshotMeta,
  Term,
} from "./types.ts"
