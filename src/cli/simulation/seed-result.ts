/**
 * What came of one seed: one line of JSON in a results file. Machines that share a campaign each write such a file; `--merge` adds them up.
 *
 * A line stands for itself, so files can be cut, joined and sorted with any tool.
 */

import { createTrace, runWorld, SimulationFailure, World, type Trace } from "../../simulator/index.ts"
import { optionsOf, type SeedSpec } from "./seed-options.ts"

export interface SeedResult {
  readonly seed: number
  /** The version of Oarlock that ran it. */
  readonly coreVersion: string
  /** What the command line changed about the seed's options; missing if nothing. */
  readonly changed?: string
  readonly nodes: number
  readonly events: number
  readonly simulatedMs: number
  readonly wallMs: number
  /** `World.hash()` at the end: on every machine the same. */
  readonly hash: number
  readonly violation: SeedViolation | null
  /** Counters that are not 0. */
  readonly coverage: Readonly<Record<string, number>>
}

export interface SeedViolation {
  readonly checker: string
  readonly reason: string
}

export interface SeedRun {
  readonly result: SeedResult
  /** How to see a failure again. */
  readonly trace: Trace | null
}

/** Runs one seed to its end. `nowMs` is a clock for the speed. */
export function runSeedForResult(seed: number, spec: SeedSpec, changed: string, coreVersion: string, nowMs: () => number): SeedRun {
  const startedMs = nowMs()
  const world = World.create(optionsOf(seed, spec))
  const violation = verdictOf(world)
  const wallMs = Math.round((nowMs() - startedMs) * 10) / 10
  const trace = violation === null ? null : createTrace(world, { coreVersion, mode: "swarm" })
  const result: SeedResult = {
    seed,
    coreVersion,
    ...(changed === "" ? {} : { changed }),
    nodes: world.options.nodes,
    events: world.eventNumber,
    simulatedMs: Math.round(world.now * 1000) / 1000,
    wallMs,
    hash: trace?.end.hash ?? world.hash(),
    violation: trace?.end.violation ?? violation,
    coverage: Object.fromEntries(Object.entries(world.coverage).filter(([, count]) => count > 0)),
  }
  return { result, trace }
}

function verdictOf(world: World): SeedViolation | null {
  try {
    runWorld(world)
    return null
  } catch (error) {
    if (error instanceof SimulationFailure) return error.violation
    // The simulator itself fell over. The seed makes that happen again as well.
    return { checker: "simulator", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** Reads a line of a results file. Throws with the reason in words. */
export function parseResult(line: string): SeedResult {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Error("this is no whole line of JSON")
  }
  const result = value as SeedResult
  const isNumber = (each: unknown): boolean => typeof each === "number" && Number.isFinite(each)
  const numbers = ["seed", "nodes", "events", "simulatedMs", "wallMs", "hash"] as const
  const wrong = typeof value === "object" && value !== null ? numbers.find((name) => !isNumber(result[name])) : "seed"
  if (wrong !== undefined) throw new Error(`this is no result of a seed: ${wrong} is no number`)
  if (typeof result.coreVersion !== "string") throw new Error("this is no result of a seed: coreVersion is no text")
  if (typeof result.coverage !== "object" || !Object.values(result.coverage ?? { x: "" }).every(isNumber)) {
    throw new Error("this is no result of a seed: coverage holds something else than numbers")
  }
  if (result.violation !== null && typeof result.violation?.checker !== "string") {
    throw new Error("this is no result of a seed: violation is neither null nor a broken rule")
  }
  return result
}
