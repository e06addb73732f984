/** SIGSTOP of the leader, then SIGCONT: it steps down and serves no stale read (dissertation §6.4). */

import { afterEach, expect, test } from "vitest"
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
    const readers = Array.from({ length: 20 }, () => cluster.client({ endpoints: [cluster.place(paused).client], deadlineMs: 10_000 }))
    await Promise.all(readers.map((reader) => reader.get("x")))
    cluster.signal(paused, "SIGSTOP")

    const others = cluster.client({ endpoints: [1, 2, 3].filter((id) => id !== paused).map((id) => cluster.place(id).client) })
    // In a session: what was on its way to the sleeper is unknown otherwise, and rightly so.
    const session = await others.session()
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
