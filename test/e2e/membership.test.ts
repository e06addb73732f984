/** Membership with real processes: grow and shrink under load, a wiped disk, a follower that missed the compacted log. */

import { afterEach, expect, test } from "vitest"
import { OarlockError, type Client } from "../../src/client/index.ts"
import { eventually, RealCluster } from "./real-cluster.ts"

let cluster: RealCluster
afterEach(() => cluster.close())

/** Writes numbered keys until stopped, and remembers which were acknowledged. */
function startLoad(client: Client): { readonly acknowledged: Set<string>; stop(): Promise<void> } {
  const acknowledged = new Set<string>()
  const state = { isStopped: false }
  const done = (async () => {
    for (let i = 0; !state.isStopped; i++) {
      try {
        await client.put(`load-${i}`, String(i))
        acknowledged.add(`load-${i}`)
      } catch (error) {
        if (!(error instanceof OarlockError)) throw error
        // After a test that failed the client is closed, and refuses at once: to try again would leave nobody else a turn.
        if (error.code === "closed") return
      }
    }
  })()
  return {
    acknowledged,
    stop: () => {
      state.isStopped = true
      return done
    },
  }
}

async function votersOf(client: Client): Promise<number[]> {
  return (await client.members()).filter((member) => member.standing === "voter").map((member) => member.id)
}

async function addVoter(client: Client, id: number): Promise<void> {
  const place = await cluster.addPlace(id)
  cluster.spawnJoining(id)
  await client.changeMembership([
    { kind: "addVoter", member: { id, name: `n${id}`, peerAddress: place.peer, clientAddress: place.client } },
  ])
}

test("a cluster grows from one to three to five and shrinks back under load, and loses nothing", { timeout: 120_000 }, async () => {
  cluster = await RealCluster.start({ nodes: 1 })
  const client = cluster.client()
  const load = startLoad(client)
  await eventually("the load runs", () => load.acknowledged.size > 10)
  for (const id of [2, 3, 4, 5]) await addVoter(client, id)
  expect(await votersOf(client)).toEqual([1, 2, 3, 4, 5])
  for (const id of [1, 2, 3, 4]) {
    await client.changeMembership([{ kind: "remove", id }])
    await cluster.stop(id)
  }
  const before = load.acknowledged.size
  await eventually("the last one goes on alone", () => load.acknowledged.size > before + 10)
  await load.stop()
  expect(await votersOf(client)).toEqual([5])
  for (const key of load.acknowledged) expect(await client.get(key)).not.toBeNull()
})

test("a wiped node is refused as its old self, in words, and comes back under a new id by learning", { timeout: 90_000 }, async () => {
  cluster = await RealCluster.start({ nodes: 3 })
  const client = cluster.client()
  await client.put("kept", "yes")
  const leader = await cluster.leader()
  const victim = leader === 3 ? 2 : 3
  await cluster.kill(victim)
  cluster.wipe(victim)
  cluster.spawn(victim)
  await eventually("it says why it is refused", () => /lost its disk|wiped/.test(cluster.log(victim)))
  const status = await cluster.status(leader)
  expect(status?.role).toBe("leader")
  await cluster.kill(victim)

  await client.changeMembership([{ kind: "remove", id: victim }])
  await addVoter(client, 4)
  expect(await votersOf(client)).toEqual([1, 2, 3, 4].filter((id) => id !== victim))
  const own = cluster.client({ endpoints: [cluster.place(4).client] })
  expect(Buffer.from((await own.get("kept", { consistency: "stale" }))!.value).toString()).toBe("yes")
})

test(
  "a follower that missed the compacted log catches up by snapshot, although its connection is cut twice",
  { timeout: 120_000 },
  async () => {
    cluster = await RealCluster.start({ nodes: 3, proxies: true })
    const client = cluster.client()
    const leader = await cluster.leader()
    const victim = leader === 3 ? 2 : 3
    await cluster.kill(victim)
    const value = Buffer.alloc(64 << 10, "x")
    for (let i = 0; i < 400; i += 40) {
      await Promise.all(Array.from({ length: 40 }, (_, j) => client.put(`big-${i + j}`, value)))
    }
    for (const id of cluster.running) await client.snapshot({ endpoint: cluster.place(id).client })

    let cuts = 0
    const proxy = cluster.proxies.get(victim)!
    proxy.cutWhen = (hello, bytes) => {
      if (hello.purpose !== "snapshot" || cuts >= 2 || bytes < 4 << 20) return false
      cuts += 1
      return true
    }
    cluster.spawn(victim)
    const target = (await cluster.status(await cluster.leader()))!.appliedIndex
    await eventually("the follower has caught up", async () => ((await cluster.status(victim))?.appliedIndex ?? 0) >= target, 60_000)
    expect(cuts).toBe(2)
    const own = cluster.client({ endpoints: [cluster.place(victim).client] })
    expect((await own.get("big-399", { consistency: "stale" }))?.value.length).toBe(value.length)
  },
)
