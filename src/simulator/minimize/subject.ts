/** What is minimized: a way to run options, and to see how they fail. */

import { explainMisfit } from "../../arguments/index.ts"
import type { Violation } from "../checkers/index.ts"
import { argument, buildOf, optionalArgument, workloadOf } from "../ground/read-arguments.ts"
import { production, type Build } from "../state/build.ts"
import type { WorldOptions } from "../state/options.ts"
import { worldOptions } from "../state/read-options.ts"
import type { Workload } from "../workload/workload.ts"
import { Phases } from "../world/run.ts"
import { World } from "../world/world.ts"
import { unrollStrikes } from "./unroll.ts"

/** How a run failed. */
export interface Failure extends Violation {
  /** How many events had happened. */
  readonly step: number
  /** World time in milliseconds. */
  readonly atMs: number
}

/** What is minimized: a way to run options and to see how they fail. `subjectOf` makes one that runs the simulator. */
export interface Subject {
  /** Runs `options`, for at most `stepsMax` events. Null if no rule broke. Has to be deterministic. */
  run(options: WorldOptions, stepsMax: number): Failure | null
  /** The same run with what its fault plans did written out as a script, as far as it goes; see `unrollStrikes`. */
  unroll(options: WorldOptions): WorldOptions
}

/** A subject that runs the simulator with that code: production's, and the workload that the options name, if left out. */
export function subjectOf(build: Build = production, workload?: Workload): Subject {
  argument("subjectOf", "build", build, buildOf)
  optionalArgument("subjectOf", "workload", workload, workloadOf)
  return {
    run: (options, stepsMax) => {
      // Options that no world can be made of, as a reduction may leave them behind: no run at all, so no failing one.
      if (explainMisfit(() => worldOptions(options, "")) !== null) return null
      const world = World.create(options, build, workload)
      const phases = new Phases(world)
      try {
        while (world.eventNumber < stepsMax && phases.step());
      } catch (error) {
        // A scripted client was told to do what it cannot: no run at all, so no failing one.
        if (error instanceof RangeError) return null
        throw error
      }
      const { violation, eventNumber: step, now: atMs } = world
      return violation === null ? null : { ...violation, step, atMs }
    },
    unroll: (options) => unrollStrikes(options, build, workload),
  }
}

/**
 * Whether two runs fail in the same way: by the same rule, and, where a rule is as wide as "nothing throws", with the same words but for the
 * numbers.
 */
export function isSameFailure(a: Violation, b: Violation): boolean {
  return a.checker === b.checker && (!wideRules.has(a.checker) || wordsOf(a.reason) === wordsOf(b.reason))
}

const wideRules = new Set(["replica", "halt", "recovery", "disk"])

function wordsOf(reason: string): string {
  return reason.split("\n", 1)[0]!.replaceAll(/\d+/g, "").slice(0, 80)
}
