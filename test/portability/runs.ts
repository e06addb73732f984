// What every engine is asked to do: runs of a few seeds, which draw different clusters and faults, and the replay of a trace.
// Bundled for other engines; nothing in here may reach for anything that only one of them has.

import { createTrace, readTrace, replayTrace, runWorld, swarmOptions, World, writeTrace } from "../../src/simulator/index.ts"

export interface Outcome {
  readonly seed: number
  readonly events: number
  readonly simulatedMs: number
  readonly hash: number
  /** A trace that was written and read back replays to the same hash. */
  readonly replays: boolean
  /** The text of the trace: numbers are printed and read alike. */
  readonly trace: string
}

const seeds = [7, 23, 60, 61]

export function portableRuns(): readonly Outcome[] {
  return seeds.map((seed) => {
    const world = World.create({
      ...swarmOptions(seed),
      safetyMs: 1_500,
      writesMin: 0,
      workload: seed % 2 === 0 ? "keyValue" : "registers",
    })
    const { events, simulatedMs, hash } = runWorld(world)
    const trace = writeTrace(createTrace(world, { coreVersion: "0", mode: "swarm" }))
    return { seed, events, simulatedMs, hash, replays: replayTrace(readTrace(trace)).isSame, trace }
  })
}
