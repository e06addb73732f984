/**
 * A worker thread that runs seeds, one after the other. Nothing is made anew between two of them, so that compiled code stays compiled.
 */

import { parentPort, workerData } from "node:worker_threads"
import { flagsOf, type SeedSpec } from "./seed-options.ts"
import { runSeedForResult, type SeedRun } from "./seed-result.ts"

export interface SeedWorkerData {
  readonly spec: SeedSpec
  readonly coreVersion: string
}

const { spec, coreVersion } = workerData as SeedWorkerData
const changed = flagsOf(spec).trim()

parentPort!.on("message", (seed: number) => {
  const seedRun: SeedRun = runSeedForResult(seed, spec, changed, coreVersion, () => performance.now())
  // A port to the thread that started us, not a window: there is no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort!.postMessage(seedRun)
})
