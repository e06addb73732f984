/** The seeded world: whole replicas over a simulated network, disk and clock, with checkers. Runs anywhere that JavaScript runs. */

export { scriptedClientsFrom } from "./state/client-numbers.ts"
export { SharedList } from "./ground/shared-list.ts"
export { production, type Build } from "./state/build.ts"
export {
  checkers,
  type AppliedEntry,
  type Checker,
  type ChangeEvent,
  type ClientEvent,
  type ClientOperation,
  type DurableView,
  type NodeSummary,
  type NodeView,
  type Restored,
  type StepView,
  type Violation,
} from "./checkers/index.ts"
export { addCoverage, createCoverage, type Coverage } from "./state/coverage.ts"
export { describeAction } from "./state/describe-action.ts"
export type { WorldAction, FaultKind, FaultPlan, LinkAction, MessageAction } from "./state/action.ts"
export type { InFlight } from "./world/in-flight.ts"
export {
  judgeHistory,
  judgeWatch,
  type KeyCall,
  type Change,
  type KeyCompare,
  type WatchDelivery,
  type Key,
  type Operation,
  type Result,
  type KeyTransaction,
  type TransactionStep,
  type Value,
  type HistoryJudgement,
  type Watch,
  type WatchVerdict,
} from "./linearizability/index.ts"
export { calmNetwork, messageName, type Cut, type NetworkOptions } from "./network/network.ts"
export {
  calmOptions,
  swarmOptions,
  type SimulatedClientOptions,
  type DiskOptions,
  type ScriptStep,
  type WorldOptions,
} from "./state/options.ts"
export { Phases, runSeed, runTo, runWorld, SimulationFailure, type RunReport } from "./world/run.ts"
export { keyValueWorkload } from "./workload/key-value-workload.ts"
export type { ReplicaFace } from "./state/simulated-node.ts"
export { registerWorkload, type DescribedCommand, type Workload } from "./workload/workload.ts"
export { World } from "./world/world.ts"
export type { OperatorRequest } from "./state/operator-requests.ts"
export { type ScriptedMoment, type ScriptedOperation, type ScriptedOutcome, type ScriptedRequest } from "./clients/scripted-client.ts"
export { operationId } from "./clients/client.ts"
export type { Damage, DoneAction } from "./state/world-state.ts"
export { describeEvent, type WorldEvent } from "./state/world-event.ts"
export * from "./scenario/index.ts"
export {
  Chronicle,
  createTrace,
  describeMessage,
  describeRule,
  explainStep,
  exportMoment,
  hex,
  labelOf,
  nodeStateOf,
  readOptions,
  readTrace,
  Replay,
  replayTrace,
  ruleOf,
  sentenceOf,
  TraceError,
  traceFormatVersion,
  ReplicaWitness,
  writeTrace,
  type Arrival,
  type Explanation,
  type ExportedEvent,
  type FollowerState,
  type Moment,
  type NodeState,
  type ReplayVerdict,
  type ReplicaStep,
  type RoleName,
  type Rule,
  type SentMessage,
  type ServerStanding,
  type Trace,
  type TraceAction,
  type TraceEnd,
  type TraceMode,
  type TraceSource,
} from "./trace/index.ts"
export {
  defaultMinimizeBudget,
  isSameFailure,
  minimize,
  minimizeTrace,
  subjectOf,
  type Failure,
  type Minimized,
  type MinimizedTrace,
  type MinimizeTraceOptions,
  type MinimizeBudget,
  type MinimizeProgress,
  type ReducedRow,
  type Subject,
} from "./minimize/index.ts"
