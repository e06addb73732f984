/**
 * A worker thread that runs seeds. It is told a handful at a time and answers with what came of them; nothing is made anew between two seeds, so
 * that compiled code stays compiled.
 */

import { parentPort, workerData } from "node:worker_threads"
import { flagsOf, type SeedSpec } from "./seed-options.ts"
import { runSeedForResult, type SeedRun } from "./seed-result.ts"

export interface SeedWorkerData {
  readonly spec: SeedSpec
  readonly coreVersion: string
}

/** To the worker: seeds to run. From the worker: one of these for each such list. */
export type SeedWorkerAnswer = readonly SeedRun[]

const { spec, coreVersion } = workerData as SeedWorkerData
const changed = flagsOf(spec).trim()

parentPort!.on("message", (seeds: readonly number[]) => {
  const answer: SeedWorkerAnswer = seeds.map((seed) => runSeedForResult(seed, spec, changed, coreVersion, () => performance.now()))
  // A port to the thread that started us, not a window: there is no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort!.postMessage(answer)
})
