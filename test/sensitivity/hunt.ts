/**
 * Runs a planted bug through seed after seed until a checker notices, and shows that the checker notices nothing in the same run of production code.
 */

import {
  calmOptions,
  minimize,
  production,
  runSeed,
  runTo,
  SimulationFailure,
  subjectOf,
  swarmOptions,
  type Build,
  type Workload,
  type WorldOptions,
} from "../../src/simulator/index.ts"
import { mutatedBuild, mutatedWorkload, type Mutant } from "./mutant.ts"

export interface Finding {
  readonly seed: number
  /** Seeds tried, this one included. */
  readonly tries: number
  readonly checker: string
  readonly reason: string
  /** Events of the world up to the discovery. */
  readonly events: number
  readonly nodes: number
  /** Runs the found seed again, up to the event of the discovery, with production's code. Null, or what it breaks: then the options are to blame, not the bug. */
  control(): string | null
  /** The smallest run that was found to fail in the same way. */
  smallest(): Smallest
}

/** What a minimized run is made of. */
export interface Smallest {
  readonly nodes: number
  /** What is done to the world: steps of a script, and plans of faults. */
  readonly deeds: number
  readonly clients: number
  readonly events: number
}

/** What is spent on one bug: enough for most, and little enough for all. */
const minimizeBudget = { runsMax: 120, stepsMax: 60_000 }

/** The first of `seedsMax` seeds from `firstSeed` on in which the bug is noticed, or null. */
export async function hunt(mutant: Mutant, firstSeed: number, seedsMax: number): Promise<Finding | null> {
  const code = { build: await mutatedBuild(mutant), workload: await mutatedWorkload(mutant) }
  for (let seed = firstSeed; seed < firstSeed + seedsMax; seed++) {
    const failure = failureOf(mutant, seed, code)
    if (failure === null) continue
    const { violation, eventNumber, options } = failure
    return {
      seed,
      tries: seed - firstSeed + 1,
      ...violation,
      events: eventNumber,
      nodes: options.nodes + options.spares,
      control: () => controlOf(mutant, seed, eventNumber),
      smallest: () => smallestOf(code, options, eventNumber),
    }
  }
  return null
}

/** The seed's world, but for what the mutant asks for. Neither spares nor leases unless it wants them: they make most runs longer, and few bugs likelier. */
export function optionsOf({ world, raft, replica }: Mutant, seed: number): Partial<WorldOptions> {
  const drawn = swarmOptions(seed)
  return {
    spares: 0,
    healShare: 0,
    safetyMs: 3_000,
    writesMin: 5,
    ...world,
    raft: { ...drawn.raft, leaseReads: false, ...raft },
    // What a mutant asks for need not fit the frame that the seed has drawn for its own limits.
    replica: { ...drawn.replica, frameBytesMax: calmOptions.replica.frameBytesMax, ...replica },
  }
}

interface Mutated {
  readonly build: Build
  readonly workload: Workload | undefined
}

function failureOf(mutant: Mutant, seed: number, { build, workload }: Mutated): SimulationFailure | null {
  try {
    runSeed(seed, optionsOf(mutant, seed), build, workload)
    return null
  } catch (error) {
    if (error instanceof SimulationFailure) return error
    throw error
  }
}

function controlOf(mutant: Mutant, seed: number, eventNumber: number): string | null {
  const { violation } = runTo(seed, eventNumber, optionsOf(mutant, seed), production)
  return violation === null ? null : `${violation.checker}: ${violation.reason}`
}

function smallestOf({ build, workload }: Mutated, options: WorldOptions, eventNumber: number): Smallest {
  const minimized = minimize(subjectOf(build, workload), options, minimizeBudget)
  const { nodes, spares, faults, script, clients } = minimized?.options ?? options
  return {
    nodes: nodes + spares,
    deeds: faults.length + script.length,
    clients: clients.count,
    events: minimized?.failure.step ?? eventNumber,
  }
}
