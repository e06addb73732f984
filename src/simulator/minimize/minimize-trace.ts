/** From a trace that fails to a smaller one, with an account of what was taken away. */

import { method, optional, record, text } from "../../arguments/index.ts"
import { argument, buildOf, workloadOf } from "../ground/read-arguments.ts"
import { readingTrace } from "../ground/trace-error.ts"
import { production, type Build } from "../state/build.ts"
import type { ScriptStep, WorldOptions } from "../state/options.ts"
import { traceOf } from "../trace/read-trace.ts"
import { Replay } from "../trace/replay.ts"
import { createTrace, type Trace } from "../trace/trace.ts"
import type { Workload } from "../workload/workload.ts"
import { runWorld, SimulationFailure } from "../world/run.ts"
import { World } from "../world/world.ts"
import { budgetOf, defaultMinimizeBudget, minimize, type Minimized } from "./minimize.ts"
import type { MinimizeBudget, MinimizeProgress } from "./search.ts"
import { subjectOf } from "./subject.ts"
import type { ReducedRow } from "./summary.ts"

/** How to minimize a trace. */
export interface MinimizeTraceOptions {
  /** The version of Oarlock that runs now, for the new trace. */
  readonly coreVersion: string
  /** The code that the trace was recorded with; production's if left out. */
  readonly build?: Build
  /** The workload that the trace was recorded with; the world's own if left out. */
  readonly workload?: Workload
  /** How much may be tried; `defaultMinimizeBudget` if left out. */
  readonly budget?: MinimizeBudget
  /** Called before each try. */
  readonly tell?: (progress: MinimizeProgress) => void
}

/** The smallest run that was found, as a trace. */
export interface MinimizedTrace extends Minimized {
  /** The trace of that run. Its `explanation` says what was taken away. */
  readonly trace: Trace
}

const traceOptions = record<MinimizeTraceOptions>({
  coreVersion: text,
  build: optional(buildOf),
  workload: optional(workloadOf),
  budget: optional(budgetOf),
  tell: optional(method("a function (progress)")),
})

/**
 * Minimizes the run of a trace. Null if the trace does not fail, or not once what was done from outside is written out as a script. Throws a
 * `TraceError` for a trace that cannot be read.
 */
export function minimizeTrace(trace: Trace, options: MinimizeTraceOptions): MinimizedTrace | null {
  readingTrace(() => traceOf(trace, ""))
  const {
    coreVersion,
    build = production,
    workload,
    budget = defaultMinimizeBudget,
    tell,
  } = argument("minimizeTrace", "options", options, traceOptions)
  const minimized = minimize(subjectOf(build, workload), scriptedOptions(trace, build, workload), budget, tell)
  if (minimized === null) return null
  const world = World.create(minimized.options, build, workload)
  try {
    runWorld(world)
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
  }
  const explanation = explain(trace, minimized)
  return { ...minimized, trace: createTrace(world, { coreVersion, mode: "swarm", build: trace.build, explanation }) }
}

/** The options of a trace, with what was done from outside as a script: at the moment at which it was done. */
function scriptedOptions(trace: Trace, build: Build, workload: Workload | undefined): WorldOptions {
  const { config, actions, mode } = trace
  if (actions.length === 0 && mode === "swarm") return config
  const replay = new Replay(trace, build, workload)
  const { world } = replay
  const script: ScriptStep[] = [...config.script]
  let done = 0
  do {
    for (const { action } of world.actions.slice(done)) script.push({ atMs: world.now, action })
    done = world.actions.length
  } while (replay.step() !== null)
  // The caller that led the world did not heal it in between, unless the script says so.
  const safetyMs = mode === "script" ? Math.max(config.safetyMs, Math.ceil(world.now) + 1) : config.safetyMs
  return { ...config, safetyMs, script: script.toSorted((a, b) => a.atMs - b.atMs) }
}

function explain({ seed, end }: Trace, { failure, runs, rows }: Minimized): readonly string[] {
  const changed = rows.filter(({ before, after }) => before !== after)
  return [
    `Minimized from a run of seed ${seed} with ${end.step} events to ${failure.step}, in ${runs} runs. The same rule breaks: ${failure.checker}.`,
    ...changed.map(describeRow),
  ]
}

function describeRow({ what, before, after }: ReducedRow): string {
  return `${what}: ${before} → ${after}`
}
