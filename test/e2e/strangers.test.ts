// Health under attack: strangers do everything that they can at the ports of a real cluster, all at once, and a client that behaves notices little.

import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, expect, test } from "vitest"
import { eventually, RealCluster } from "./real-cluster.ts"
import { Strangers } from "./strangers.ts"

/**
 * What a server may take: as it starts, untaken answers, requests under way (docs/limits.md), and as much again of what the collector has not got round to.
 * Without bounds for all connections together it is several gigabytes.
 */
const residentMiBMax = 1024
const attackMs = 15_000

let cluster: RealCluster
const strangers = new Strangers()
afterEach(async () => {
  strangers.stop()
  await cluster.close()
})

test(
  "strangers that never read, never end and never speak take no leadership, little memory, and nobody's turn",
  { timeout: 120_000 },
  async () => {
    // Timings of a machine with other things to do: this one runs the strangers as well.
    cluster = await RealCluster.start({ nodes: 3, args: ["--election-timeout", "1500", "--heartbeat-interval", "100"] })
    const client = cluster.client({ silenceMs: 10_000, attemptTimeoutMs: 10_000 })
    await client.put("big", new Uint8Array(1 << 20))
    for (let key = 0; key < 2_000; key += 200)
      await Promise.all(Array.from({ length: 200 }, (_, each) => client.put(`key/${key + each}`, "value")))
    const leader = await cluster.leader()
    const { term } = (await cluster.status(leader))!
    for (const { client: clients, listenPeer } of cluster.places.values()) {
      strangers.attackClients(clients, "big")
      strangers.attackPeers(listenPeer)
    }

    const session = await client.openSession()
    let written = 0
    let mostMiB = 0
    const endsAtMs = performance.now() + attackMs
    while (performance.now() < endsAtMs) {
      written++
      await client.put("good", `put ${written}`)
      expect(Buffer.from((await client.get("good"))!.value).toString()).toBe(`put ${written}`)
      await session.put("good in a session", `put ${written}`)
      mostMiB = Math.max(mostMiB, ...cluster.running.map((id) => residentMiB(cluster.pid(id))))
      await sleep(20)
    }
    expect(strangers.connected).toBeGreaterThan(300)
    // How many depends on what else the machine has to do; whose turn it is among reads is told by order, in test/native/cluster.test.ts.
    expect(written).toBeGreaterThan(5)
    expect(mostMiB).toBeLessThan(residentMiBMax)
    expect(cluster.running).toEqual([1, 2, 3])
    const now = await eventually("the leader finds time to say what it is", () => cluster.status(leader))
    expect([now.role, now.term]).toEqual(["leader", term])

    strangers.stop()
    // A long answer has room again.
    const big = await eventually("nobody's answers are in the way", async () => (await client.get("big"))?.value)
    expect(big).toHaveLength(1 << 20)
    console.info(`${written} rounds in ${attackMs} ms, at most ${mostMiB} MiB`)
  },
)

/** 0 where the system does not tell. */
function residentMiB(pid: number): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}
