/**
 * The simulator: a seeded world of whole replicas over a simulated network, disk and clock, with checkers. Runs anywhere that JavaScript runs.
 *
 * For programs that run a seed, a scenario or a trace, or look at a world between its steps. What only our own programs need of it is in `internal.ts`.
 */

export { scriptedClientsFrom } from "./state/client-numbers.ts"
export { production, type Build } from "./state/build.ts"
export type { ClientOperation, DurableView, NodeView, Violation } from "./checkers/index.ts"
export type { Coverage } from "./state/coverage.ts"
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
export { calmNetwork, type Cut, type NetworkOptions } from "./network/network.ts"
export {
  calmOptions,
  swarmOptions,
  type SimulatedClientOptions,
  type DiskOptions,
  type ScriptStep,
  type WorldOptions,
} from "./state/options.ts"
export { runSeed, runTo, runWorld, SimulationFailure, type RunReport } from "./world/run.ts"
export { keyValueWorkload } from "./workload/key-value-workload.ts"
export type { ReplicaFace } from "./state/simulated-node.ts"
export { registerWorkload, type DescribedCommand, type Workload } from "./workload/workload.ts"
export { World } from "./world/world.ts"
export type { OperatorRequest } from "./state/operator-requests.ts"
export type { ScriptedMoment, ScriptedOperation, ScriptedOutcome, ScriptedRequest } from "./clients/scripted-client.ts"
export type { Damage, DoneAction } from "./state/world-state.ts"
export { describeEvent, type WorldEvent } from "./state/world-event.ts"
export {
  parseScenario,
  runScenario,
  ScenarioError,
  ScenarioRun,
  type Place,
  type PlacedCommand,
  type Scenario,
  type ScenarioRunOptions,
} from "./scenario/index.ts"
export {
  createTrace,
  readTrace,
  Replay,
  replayTrace,
  TraceError,
  traceFormatVersion,
  writeTrace,
  type FollowerState,
  type NodeState,
  type ReplayVerdict,
  type RoleName,
  type Trace,
  type TraceAction,
  type TraceEnd,
  type TraceMode,
  type TraceSource,
} from "./trace/index.ts"
export {
  defaultMinimizeBudget,
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
