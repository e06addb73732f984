/** Traces: a run in a file, written, read, and made to happen again. */

export { TraceError } from "./json-reader.ts"
export { readOptions } from "./read-options.ts"
export { readTrace } from "./read-trace.ts"
export { hex, Replay, replayTrace, type ReplayVerdict } from "./replay.ts"
export { describeRule, ruleOf, type Rule } from "./rules.ts"
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
