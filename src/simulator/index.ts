/** The seeded world: whole replicas over a simulated network, disk and clock, with checkers. Runs anywhere that JavaScript runs. */

export { AppendList } from "./append-list.ts"
export { production, type Build } from "./build.ts"
export {
  checkers,
  type Applied,
  type Checker,
  type ClientEvent,
  type ClientOperation,
  type DurableView,
  type NodeSummary,
  type NodeView,
  type Restored,
  type StepView,
  type Violation,
} from "./checkers/index.ts"
export { addCoverage, createCoverage, type Coverage } from "./coverage.ts"
export type { Action, FaultKind, FaultPlan } from "./faults.ts"
export { calmNetwork, messageName, type Cut, type NetworkOptions } from "./network.ts"
export { calmOptions, swarmOptions, type ClientOptions, type DiskOptions, type WorldOptions } from "./options.ts"
export { runSeed, runTo, runWorld, SimulationFailure, type RunReport } from "./run.ts"
export { keyValueWorkload } from "./key-value-workload.ts"
export type { ReplicaFace } from "./simulated-node.ts"
export { registerWorkload, type Workload } from "./workload.ts"
export { World } from "./world.ts"
export { describeEvent, type WorldEvent } from "./world-event.ts"
