/** What the nodes of a cluster of three hold in memory: idle, and after 100,000 keys of 256 bytes. The largest of the three counts. */

import { setTimeout as sleep } from "node:timers/promises"
import type { Cluster } from "../harness/cluster.ts"
import { type Comparison, compare } from "../harness/comparison.ts"
import { type Context, interleave, withCluster } from "../harness/context.ts"
import { residentMb } from "../harness/machine.ts"
import { defaultCluster } from "../harness/system.ts"

/** Time to come to rest, in milliseconds. */
const restMs = 5000
const keys = 100_000

export async function memory(context: Context): Promise<Comparison[]> {
  const rounds = await interleave(context, context.args.rounds, (system) =>
    withCluster(context, system, defaultCluster, async (cluster) => {
      await sleep(restMs)
      const idle = largest(cluster)
      await context.generator.fill(system, [await cluster.leader()], keys)
      await sleep(restMs)
      const filled = largest(cluster)
      context.tell(`  ${system.name}: idle ${idle.toFixed(0)} MB, after ${keys.toLocaleString("en")} keys ${filled.toFixed(0)} MB`)
      return { idle, filled }
    }),
  )
  const figures = (of: "idle" | "filled") => ({
    etcd: rounds.etcd.map((round) => round[of]),
    oarlock: rounds.oarlock.map((round) => round[of]),
  })
  return [
    compare("memory", "idle node", "MB", figures("idle"), { of: "figure", is: "atMost", bound: 90 }),
    compare("memory", "node with 100,000 keys of 256 B", "MB", figures("filled"), { of: "ratio", is: "atMost", bound: 1.2 }),
  ]
}

function largest(cluster: Cluster): number {
  return Math.max(...cluster.nodes.map((node) => residentMb(node.child.pid)))
}
