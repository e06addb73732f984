/** SIGSTOP of the leader, then SIGCONT: it steps down and serves no stale read (dissertation §6.4). */

import { afterEach, expect, test } from "vitest"
import type { OarlockError } from "../../src/client/index.ts"
import { eventually, RealCluster } from "./real-cluster.ts"

let cluster: RealCluster
afterEach(() => cluster.close())

test(
  "a leader that slept through an election steps down when it wakes, and answers no read from the past",
  { timeout: 90_000 },
  async () => {
    cluster = await RealCluster.start({ nodes: 3 })
    const client = cluster.client()
    await client.put("x", "old")
    const paused = await cluster.leader()
    const { term } = (await cluster.status(paused))!
    const readers = Array.from({ length: 20 }, () => cluster.client({ endpoints: [cluster.place(paused).client], timeoutMs: 10_000 }))
    await Promise.all(readers.map((reader) => reader.get("x")))
    cluster.signal(paused, "SIGSTOP")

    const others = cluster.client({ endpoints: [1, 2, 3].filter((id) => id !== paused).map((id) => cluster.place(id).client) })
    // In a session: what was on its way to the sleeper is unknown otherwise, and rightly so.
    const session = await others.openSession()
    await session.put("x", "new")
    // They stand in the sleeper's socket when it wakes: the moment at which a stale leader would answer them.
    const reads = readers.map((reader) => reader.get("x").then((pair) => Buffer.from(pair!.value).toString()))
    cluster.signal(paused, "SIGCONT")

    for (const value of await Promise.all(reads)) expect(value).toBe("new")
    const status = await eventually("it follows the new term", async () => {
      const now = await cluster.status(paused)
      return now !== null && now.term > term ? now : null
    })
    expect(status.term).toBeGreaterThan(term)
  },
)

test(
  "a leader that is stopped is left by its clients as soon as another leads: no patience of theirs runs out before",
  { timeout: 40_000 },
  async () => {
    cluster = await RealCluster.start({ nodes: 3 })
    // Longer than the test may take: only the news of another leader can end the wait.
    const client = cluster.client({ silenceMs: 90_000, attemptTimeoutMs: 90_000, timeoutMs: 90_000 })
    const session = await client.openSession()
    await session.put("x", "old")
    const stopped = await cluster.leader()
    // The client has a second connection by now, and asks the leader by the first.
    for (let i = 0; i < 50; i++) await client.get("x")
    const { term } = (await cluster.status(stopped))!
    cluster.signal(stopped, "SIGSTOP")
    const bare = client.put("y", "1").then(
      () => "done",
      (error: unknown) => (error as OarlockError).outcome,
    )
    const [written, read] = await Promise.all([session.put("x", "new"), client.get("x")])
    expect(written.revision).toBeGreaterThan(1)
    expect(["old", "new"]).toContain(Buffer.from(read!.value).toString())
    expect(["done", "unknown"]).toContain(await bare)
    const leader = await eventually("another leads", async () => {
      const statuses = await Promise.all(cluster.running.filter((id) => id !== stopped).map((id) => cluster.status(id)))
      return statuses.find((status) => status?.role === "leader")
    })
    expect(leader.term).toBeGreaterThan(term)
    await client.put("y", "2")
    cluster.signal(stopped, "SIGCONT")
  },
)
