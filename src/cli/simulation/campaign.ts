/**
 * Many seeds on several processors: workers are kept busy until the seeds, the time or the patience with failures runs out.
 *
 * Seeds are dealt out as workers ask for them. Which worker runs a seed changes nothing about it, so the outcome is the same with any number of
 * jobs.
 */

import { Worker } from "node:worker_threads"
import type { SeedSpec } from "./seed-options.ts"
import type { SeedRun } from "./seed-result.ts"
import type { SeedWorkerData } from "./seed-worker.ts"

export interface CampaignOptions {
  readonly spec: SeedSpec
  readonly coreVersion: string
  readonly jobs: number
  /** In the order in which they are begun. May never end. */
  readonly seeds: Iterator<number>
  readonly signal: AbortSignal
  /** What it throws ends the campaign. */
  readonly onRun: (run: SeedRun) => void
}

/** Seeds that wait at a worker, the one under way included: it never waits for us, and little is given up in the end. */
const seedsAhead = 3

/** Ends when all seeds are run, or when `signal` says so; what is under way then is given up. Throws if a worker breaks, and what `onRun` throws. */
export async function runCampaign({ spec, coreVersion, jobs, seeds, signal, onRun }: CampaignOptions): Promise<void> {
  const workers: Worker[] = []
  const data: SeedWorkerData = { spec, coreVersion }
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) resolve()
      signal.addEventListener("abort", () => resolve(), { once: true })
      let pending = 0
      const deal = (worker: Worker): void => {
        const next = seeds.next()
        if (next.done === true) return
        pending += 1
        // A thread, not a window: there is no origin.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        worker.postMessage(next.value)
      }
      for (let job = 0; job < jobs; job++) {
        const worker = new Worker(workerFile, { workerData: data })
        workers.push(worker)
        worker.on("error", reject)
        worker.on("message", (run: SeedRun) => {
          if (signal.aborted) return
          pending -= 1
          try {
            deal(worker)
            onRun(run)
          } catch (error) {
            return reject(error instanceof Error ? error : new Error(String(error)))
          }
          if (pending === 0) resolve()
        })
        for (let ahead = 0; ahead < seedsAhead; ahead++) deal(worker)
      }
      if (pending === 0) resolve()
    })
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

/** Beside this file, compiled like it. */
const workerFile = new URL(import.meta.url.endsWith(".ts") ? "./seed-worker.ts" : "./seed-worker.js", import.meta.url)

/** The seeds of one part of a campaign: every `of`-th from `first + index` on, `count` of them all parts together. They wrap at 2^32. */
export function* seedsOf(first: number, count: number, index: number, of: number): Generator<number, void> {
  for (let offset = index; offset < count; offset += of) yield (first + offset) % 0x1_0000_0000
}
