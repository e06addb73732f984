/**
 * A node with a full store dies by kill -9 and starts again: from exec to the answer of a linearizable read.
 *
 * A cluster of one, so that it is recovery that is measured, and the election of oneself, but no other node's help.
 */

import { killChild } from "../harness/children.ts"
import { type Comparison, compare } from "../harness/comparison.ts"
import { type Context, interleave, withCluster } from "../harness/context.ts"
import { defaultCluster } from "../harness/system.ts"

const restarts = 3
const patienceSeconds = 120

export async function recovery(context: Context): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const keys of [100_000, 1_000_000]) {
    const label = `restart with ${keys.toLocaleString("en")} keys`
    const rounds = await interleave(context, 1, (system) =>
      withCluster(context, system, { ...defaultCluster, nodes: 1 }, async (cluster) => {
        const node = cluster.nodes[0]!
        context.tell(`  ${system.name}: writing ${keys.toLocaleString("en")} keys …`)
        const seconds = await context.generator.fill(system, [node], keys)
        const times: number[] = []
        for (let restart = 0; restart < restarts; restart++) {
          await killChild(node.child)
          // The reader is there first: its own start is not to be part of the time.
          const answered = context.generator.ready(system, node, patienceSeconds)
          const began = Date.now()
          await cluster.restart(node)
          times.push(((await answered) - began) / 1000)
        }
        const list = times.map((time) => time.toFixed(2)).join(", ")
        context.tell(`  ${system.name}, ${label}: ${list} s (written in ${seconds.toFixed(1)} s)`)
        return times
      }),
    )
    const target = keys === 1_000_000 ? ({ of: "ratio", is: "atMost", bound: 1 } as const) : null
    comparisons.push(compare("recovery", label, "s", { etcd: rounds.etcd.flat(), oarlock: rounds.oarlock.flat() }, target))
  }
  return comparisons
}
