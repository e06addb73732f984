/**
 * Oarlock embedded: open a node on a folder, give it your state machine, propose commands, read.
 *
 * This is the package's main entry. It also carries what you need to write a state machine, and the types of what you get to see.
 */

export { open } from "./open.ts"
export { OarlockNode, callTimeoutMs } from "./node.ts"
export { handOverMs } from "./calls/hand-over.ts"
export type { CloseOptions, NodeEvents, NodeStatus, QueryOptions } from "./node.ts"
export type { Committed, ReadAnswer } from "./calls/call.ts"
export type { Session } from "./calls/session.ts"
export { OarlockError } from "../requests/index.ts"
export type { CallOptions, ChangeOptions, FailedOutcome, OarlockErrorCode, OarlockErrorOptions, ReadOptions } from "../requests/index.ts"
export { defaultClusterToken } from "./opening/open-options.ts"
export type { OpenOptions } from "./opening/open-options.ts"
export type { MemberOptions, WrittenChange } from "../arguments/index.ts"
export type { NodeLog, LogLevel } from "./errors/log.ts"

export type { Engine } from "./engine.ts"
export type { Receiver, RequestId } from "./calls/pending-requests.ts"
export type { LoopFigures } from "./replica-loop.ts"
export type { Stall } from "./watching/stall-watch.ts"
export { defaultTransportLimits } from "./peer-transport/index.ts"
export type { LinkDirection, PeerFigures, PeerTlsOptions, TransportLimits } from "./peer-transport/index.ts"
export type { SyncPolicy } from "./disk/node-disk.ts"
export { clusterIdOf, readIdentity } from "./disk/data-folder.ts"
export { fileDiskReader } from "./disk/file-disk-reader.ts"

export { defaultRaftOptions } from "../core/index.ts"
export type { Configuration, LogIndex, Member, MembershipChange, NodeId, RaftOptions, RejectReason, Term } from "../core/index.ts"
export { numberBefore, OrderedMap, stringBefore } from "../replica/index.ts"
export type {
  ApplyContext,
  IsBefore,
  MachineCall,
  MachineRejectReason,
  Observation,
  OnApplyError,
  PeerStatus,
  MapRange,
  ReadConsistency,
  ReplicaLimits,
  ReplicaStatus,
  SessionRejectReason,
  SessionToken,
  SnapshotSink,
  StateMachine,
} from "../replica/index.ts"
