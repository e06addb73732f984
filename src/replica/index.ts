/** One whole replica: events in, effects out; and the contract that a state machine has to keep. */

export type { Effects, MachineRejectReason, Outcome, ReadResult, SessionRejectReason } from "./effect.ts"
export type { Proposal, Read, ReadConsistency, ReplicaEvent, SessionToken } from "./event.ts"
export {
  callApply,
  callClone,
  callHash,
  callRestore,
  callSnapshot,
  describeThrown,
  MachineError,
  stackOf,
  type MachineCall,
} from "./machine/machine-calls.ts"
export type { Observation } from "./observation.ts"
export { openReplica, RecoveryError } from "./open-replica.ts"
export {
  defaultReplicaLimits,
  explainBadReplicaOptions,
  type OnApplyError,
  type ReplicaLimits,
  type ReplicaOptions,
} from "./options/options.ts"
export type { Replica } from "./replica.ts"
export { ClockComparison } from "./clock-comparison.ts"
export { explainMissingHash, stateMachine } from "./machine/read-machine.ts"
export type { ApplyContext, MachinePoint, SnapshotSink, StateMachine } from "./machine/state-machine.ts"
export { isSameBeginning, type Life } from "./peers.ts"
export type { PeerStatus, ReplicaStatus } from "./status.ts"
export { commandOf, envelopeBytes, EnvelopeType, explainBadEnvelope, typeOf } from "./machine/envelope.ts"
export { type IsBefore, type MapRange, numberBefore, OrderedMap, stringBefore } from "./collections/index.ts"
