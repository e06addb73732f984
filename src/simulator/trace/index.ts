/** Traces: a run in a file, written, read, made to happen again, explained and exported. */

export { Chronicle, type Moment, type ServerStanding } from "./chronicle.ts"
export { describeMessage, labelOf } from "./describe-message.ts"
export { explainStep, sentenceOf, type Explanation } from "./explain.ts"
export { exportMoment } from "./export-events.ts"
export { TraceError } from "../ground/trace-error.ts"
export type { FollowerState, NodeState, RoleName } from "../observe/node-state.ts"
export { readOptions } from "../state/read-options.ts"
export { readTrace } from "./read-trace.ts"
export { hex } from "./hex.ts"
export { Replay, replayTrace, type ReplayVerdict } from "./replay.ts"
export { describeRule, ruleOf } from "./rules.ts"
export {
  createTrace,
  traceFormatVersion,
  writeTrace,
  type Trace,
  type TraceAction,
  type TraceEnd,
  type TraceMode,
  type TraceSource,
} from "./trace.ts"
export { ReplicaWitness, type ReplicaStep } from "./witness.ts"
