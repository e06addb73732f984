/** What every row gets: the machine, the systems that can be measured on it, and a way to say how far it is. */

import { join } from "node:path"
import type { BenchArguments } from "./arguments.ts"
import { Cluster } from "./cluster.ts"
import type { Figures } from "./comparison.ts"
import type { LoadGenerator } from "./load-generator.ts"
import type { Machine } from "./machine.ts"
import type { ClusterSettings, System, SystemName } from "./system.ts"

export interface Context {
  readonly args: BenchArguments
  readonly machine: Machine
  readonly generator: LoadGenerator
  readonly systems: readonly System[]
  /** One line of progress. */
  readonly tell: (line: string) => void
}

let clusters = 0

/** Starts a cluster, lets `use` measure it, and stops it, whatever happens. */
export async function withCluster<T>(
  context: Context,
  system: System,
  settings: ClusterSettings,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = await Cluster.start(system, settings, join(context.machine.folder, `${system.name}-${++clusters}`))
  try {
    return await use(cluster)
  } finally {
    await cluster.stop()
  }
}

/**
 * Runs `measure` for each system in each round, so that a machine that grows slower meanwhile does so for both. Systems take turns at
 * being first. What fails for one system is told, and leaves its list shorter.
 */
export async function interleave<T>(
  context: Context,
  rounds: number,
  measure: (system: System, round: number) => Promise<T>,
): Promise<Figures<T>> {
  const figures: Record<SystemName, T[]> = { etcd: [], oarlock: [] }
  for (let round = 1; round <= rounds; round++) {
    const order = round % 2 === 1 ? context.systems : context.systems.toReversed()
    for (const system of order) {
      try {
        figures[system.name].push(await measure(system, round))
      } catch (error) {
        context.tell(`  ${system.name}, round ${round}: ${(error as Error).message}`)
        process.exitCode = 1
      }
    }
  }
  return figures
}
