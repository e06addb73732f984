// A whole replica in a small cluster: elections, proposals from any server, reads on any server.

import { describe, expect, test } from "vitest"
import { between, TestCluster } from "./cluster.ts"
import { asText } from "./counter-machine.ts"

const committed = (cluster: TestCluster, id: number): string => {
  const outcome = cluster.outcome(id)
  if (outcome.kind !== "committed") throw new Error(`${id} is ${outcome.kind}: ${outcome.message}`)
  return asText(outcome.result)
}

describe("a cluster of three", () => {
  test("elects one leader, and commits what is proposed there", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    const id = cluster.propose(leader, "add x 5")
    expect(committed(cluster, id)).toBe("5")
    cluster.untilEqual()
    for (const { machine } of cluster.running) expect(machine.query("x")).toBe(5)
    expect(cluster.running.filter(({ replica }) => replica!.status().role === "leader")).toHaveLength(1)
  })

  test("commits what is proposed on a follower, in one message of one step", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    const follower = leader === 1 ? 2 : 1
    const effects = cluster.feed(follower, {
      kind: "propose",
      proposals: [1_001, 1_002, 1_003].map((id) => ({ id, command: new TextEncoder().encode("add x 1"), session: null })),
    })
    expect(effects!.messages.map(({ kind }) => kind)).toEqual(["forwardProposals"])
    expect([1_001, 1_002, 1_003].map((id) => committed(cluster, id))).toEqual(["1", "2", "3"])
  })

  test("answers linearizable reads on every server with what was just committed", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    committed(cluster, cluster.propose(leader, "add x 5"))
    for (const node of [1, 2, 3]) {
      expect(cluster.answer(cluster.read(node, "x"))).toMatchObject({ kind: "answered", answer: 5 })
    }
  })

  test("answers all reads of one step with one round of messages", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.run(20)
    const reads = Array.from({ length: 100 }, (_, i) => ({
      id: 5_000 + i,
      query: "x",
      consistency: "linearizable" as const,
      minimumIndex: 0,
    }))
    const effects = cluster.feed(leader, { kind: "read", reads })
    expect(effects!.messages.map(({ kind }) => kind)).toEqual(["appendEntries", "appendEntries"])
    for (const { id } of reads) expect(cluster.answer(id)).toMatchObject({ kind: "answered" })
  })

  test("elects another leader when one is cut off, which then answers nothing and steps down", () => {
    const cluster = new TestCluster([1, 2, 3])
    const old = cluster.untilLeader()
    const others = [1, 2, 3].filter((id) => id !== old)
    committed(cluster, cluster.propose(old, "add x 1"))
    cluster.isLost = between([old], others)
    const read = cluster.read(old, "x")
    const lease = cluster.read(old, "x", "lease")
    const lost = cluster.propose(old, "add x 100")
    cluster.until(() => cluster.leader !== null && cluster.leader !== old)
    expect(committed(cluster, cluster.propose(cluster.leader!, "add x 1"))).toBe("2")
    expect(cluster.answer(read)).toMatchObject({ kind: "rejected", reason: "noLeader" })
    expect(cluster.answer(lease)).toMatchObject({ kind: "rejected", reason: "noLeader" })
    expect(cluster.replica(old).status().role).not.toBe("leader")
    expect(cluster.outcomes.has(lost)).toBe(false)
    expect(cluster.answer(cluster.read(old, "x", "stale"))).toMatchObject({ kind: "answered", answer: 1 })
    cluster.isLost = () => false
    expect(cluster.outcome(lost)).toMatchObject({ kind: "rejected", reason: "lostLeadership" })
    cluster.untilEqual()
    expect(cluster.answer(cluster.read(old, "x"))).toMatchObject({ answer: 2 })
  })

  test("keeps a proposal waiting through a lost leadership, and answers it if it is committed after all", () => {
    const cluster = new TestCluster([1, 2, 3])
    const old = cluster.untilLeader()
    cluster.untilEqual()
    cluster.run(20)
    // Everyone hears of the entry, but nobody's answer comes back.
    cluster.isLost = ({ to }) => to === old
    const id = cluster.propose(old, "add x 7")
    cluster.run(3)
    cluster.isLost = ({ from, to }) => from === old || to === old
    cluster.until(() => cluster.leader !== null && cluster.leader !== old)
    expect(cluster.outcomes.has(id)).toBe(false)
    cluster.isLost = () => false
    expect(committed(cluster, id)).toBe("7")
  })
})

describe("one server alone", () => {
  test("leads at once and commits", () => {
    const cluster = new TestCluster([1])
    cluster.untilLeader(20)
    expect(committed(cluster, cluster.propose(1, "add x 1"))).toBe("1")
    expect(cluster.answer(cluster.read(1, "x"))).toMatchObject({ answer: 1 })
  })
})
