/** The minimizer: from a failing run to the smallest one that fails in the same way. */

export { defaultMinimizeBudget, minimize, type Minimized } from "./minimize.ts"
export { minimizeTrace, type MinimizedTrace, type MinimizeTraceOptions } from "./minimize-trace.ts"
export type { MinimizeBudget, MinimizeProgress } from "./search.ts"
export { subjectOf, type Failure, type Subject } from "./subject.ts"
export type { ReducedRow } from "./summary.ts"
