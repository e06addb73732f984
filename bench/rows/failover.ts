/**
 * The leader dies: how long until a put succeeds again? Measured with equal election timeouts, and with each system's defaults.
 *
 * A killed process also loses its connections, at once, and Oarlock takes that as a hint. Where the hint is off, and where a frozen process
 * (SIGSTOP) gives none, the rows show what the timeouts alone do.
 */

import { setTimeout as sleep } from "node:timers/promises"
import { killChild } from "../harness/children.ts"
import type { Cluster } from "../harness/cluster.ts"
import { type Comparison, compare, type Target } from "../harness/comparison.ts"
import { type Context, interleave, withCluster } from "../harness/context.ts"
import { type ClusterSettings, defaultCluster } from "../harness/system.ts"

interface Case {
  readonly label: string
  readonly signal: "KILL" | "STOP"
  readonly timeouts: ClusterSettings["timeouts"]
  readonly hints: boolean
  readonly target: Target | null
}

const equal = { heartbeatMs: 30, electionMs: 300 }
const noLonger: Target = { of: "ratio", is: "atMost", bound: 1 }

const cases: readonly Case[] = [
  { label: "kill -9 to first put, elections after 300–600 ms", signal: "KILL", timeouts: equal, hints: true, target: noLonger },
  { label: "the same, with the hint of a lost connection off", signal: "KILL", timeouts: equal, hints: false, target: null },
  {
    label: "kill -9 to first put, own defaults",
    signal: "KILL",
    timeouts: null,
    hints: true,
    target: { of: "figure", is: "atMost", bound: 400 },
  },
  { label: "SIGSTOP to first put, elections after 300–600 ms", signal: "STOP", timeouts: equal, hints: true, target: null },
]

/** A median of fewer says little about a time that is drawn by lot. */
const deathsMin = 7

export async function failover(context: Context): Promise<Comparison[]> {
  const deaths = Math.max(deathsMin, context.args.rounds)
  const comparisons: Comparison[] = []
  for (const { label, signal, timeouts, hints, target } of cases) {
    const rounds = await interleave(context, 1, (system) =>
      withCluster(context, system, { ...defaultCluster, timeouts, hints }, async (cluster) => {
        const times: number[] = []
        for (let death = 1; death <= deaths; death++) times.push(await killLeader(context, cluster, signal))
        context.tell(`  ${system.name}, ${label}: ${times.map(Math.round).join(", ")} ms`)
        return times
      }),
    )
    comparisons.push(compare("failover", label, "ms", { etcd: rounds.etcd.flat(), oarlock: rounds.oarlock.flat() }, target))
  }
  return comparisons
}

/** One death, and the return of the dead. */
async function killLeader(context: Context, cluster: Cluster, signal: "KILL" | "STOP"): Promise<number> {
  const leader = await cluster.leader()
  const others = cluster.nodes.filter((node) => node !== leader)
  const firstPutMs = await context.generator.failover(cluster.system, leader, others, signal)
  await killChild(leader.child)
  await cluster.restart(leader)
  await cluster.answers(leader)
  // Let the returned node catch up and every connection settle: the next death is to find a healthy cluster.
  await sleep(500)
  return firstPutMs
}
