// What a replica owes to its disk: restarts, lost power, full, stalled and failing disks.

import { describe, expect, test } from "vitest"
import { TestCluster } from "./cluster.ts"
import { asText } from "./counter-machine.ts"
import { add, expectEqualStates, kindsOf, small } from "./stories.ts"

describe("a restart", () => {
  test("finds everything that was committed, though power was lost on all servers at once", () => {
    const cluster = new TestCluster([1, 2, 3])
    add(cluster, cluster.untilLeader(), 30)
    const before = cluster.replica(cluster.leader!).status()
    for (const id of [1, 2, 3]) cluster.crash(id)
    for (const id of [1, 2, 3]) cluster.start(id)
    const leader = cluster.untilLeader()
    expect(cluster.answer(cluster.read(leader, "c0"))).toMatchObject({ answer: 3 })
    expect(cluster.replica(leader).status().term).toBeGreaterThan(before.term)
    expectEqualStates(cluster)
  })

  test("goes on from the snapshot, applies only what came after, and keeps its sessions", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: small })
    const leader = cluster.untilLeader()
    cluster.outcome(cluster.ask(leader, (id) => ({ kind: "openSession", id })))
    add(cluster, leader, 200)
    cluster.run(50)
    const { snapshotIndex } = cluster.replica(leader).status()
    expect(snapshotIndex).toBeGreaterThan(100)
    for (const id of [1, 2, 3]) cluster.crash(id)
    for (const id of [1, 2, 3]) cluster.start(id)
    const next = cluster.untilLeader()
    expect(cluster.answer(cluster.read(next, "c0"))).toMatchObject({ answer: 20 })
    expect(cluster.node(next).machine.applied).toBeLessThan(200)
    expect(cluster.replica(next).status().sessions).toBe(1)
    expectEqualStates(cluster)
  })

  test("that comes before the first write was durable begins anew, with the same members", () => {
    const cluster = new TestCluster([1, 2, 3])
    cluster.crash(3)
    const leader = cluster.untilLeader()
    add(cluster, leader, 3)
    const configuration = cluster.replica(leader).status().configuration
    cluster.start(3, { ...configuration })
    expectEqualStates(cluster)
  })

  test("is refused in words when the state machine is ahead of what would be applied to it", () => {
    const cluster = new TestCluster([1])
    add(cluster, cluster.untilLeader(), 3)
    cluster.crash(1)
    cluster.appliedIndexOfNext = 3
    expect(() => cluster.start(1)).toThrow(/has applied entries up to 3.*twice/)
  })
})

describe("a promise", () => {
  test("does not leave before its write is durable: no vote, no acknowledgement, no commit by a stalled majority", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const others = [1, 2, 3].filter((id) => id !== leader)
    for (const id of others) cluster.node(id).trouble = "stalled"
    const id = cluster.propose(leader, "add x 1")
    cluster.run(100)
    expect(cluster.outcomes.has(id)).toBe(false)
    for (const other of others) cluster.mend(other)
    expect(cluster.outcome(id).kind).toBe("committed")
  })
})

describe("before recovery's own write is durable", () => {
  test("a server answers nobody, takes nothing in, and is not to be woken", () => {
    const cluster = new TestCluster([1, 2, 3])
    add(cluster, cluster.untilLeader(), 3)
    const { term, lastLogIndex } = cluster.replica(1).status()
    cluster.crash(1)
    cluster.node(1).trouble = "stalled"
    cluster.start(1)
    const vote = {
      kind: "requestVote",
      from: 2,
      to: 1,
      term: term + 5,
      lastLogIndex: lastLogIndex + 9,
      lastLogTerm: term,
      force: true,
    } as const
    expect(cluster.feed(1, { kind: "message", message: vote })!.messages).toEqual([])
    const read = cluster.read(1, "c0")
    expect(cluster.reads.get(read)).toMatchObject({ kind: "rejected", reason: "noLeader" })
    expect(cluster.replica(1).deadline).toBe(Infinity)
    cluster.mend(1)
    cluster.run(5)
    expect(cluster.replica(1).status().term).toBeLessThan(term + 5)
    expectEqualStates(cluster)
  })
})

describe("a leader whose disk stalls", () => {
  test("steps down after the largest election timeout, though its heartbeats still go out, and another leads", () => {
    const cluster = new TestCluster([1, 2, 3])
    const old = cluster.untilLeader()
    cluster.untilEqual()
    cluster.node(old).trouble = "stalled"
    const id = cluster.propose(old, "add x 1")
    cluster.run(290)
    expect(cluster.replica(old).status().role).toBe("leader")
    expect(cluster.outcome(id).kind).toBe("committed")
    cluster.run(15)
    expect(cluster.replica(old).status().role).not.toBe("leader")
    expect(cluster.node(old).observations.find(({ kind }) => kind === "diskStalled")).toMatchObject({ forMs: 300 })
    expect(cluster.replica(old).status().disk).toBe("stalled")
    cluster.until(() => cluster.leader !== null && cluster.leader !== old)
    add(cluster, cluster.untilLeader(), 1)
    expect(cluster.replica(cluster.leader!).status().id).not.toBe(old)
    cluster.mend(old)
    expectEqualStates(cluster)
    expect(cluster.replica(old).status().disk).toBe("ok")
    expect(kindsOf(cluster, old)).toContain("diskRecovered")
  })
})

describe("a full disk", () => {
  test("refuses proposals on the leader, which stays leader and serves reads, until there is room again", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    add(cluster, leader, 5)
    cluster.run(20)
    const { term } = cluster.replica(leader).status()
    cluster.node(leader).trouble = "full"
    // The first one finds it out; a majority has it on disk all the same.
    expect(cluster.outcome(cluster.propose(leader, "add c0 1")).kind).toBe("committed")
    for (const node of [1, 2, 3]) {
      expect(cluster.outcome(cluster.propose(node, "add c0 1"))).toMatchObject({ kind: "rejected", reason: "diskFull", leader })
    }
    cluster.run(5_000)
    expect(cluster.replica(leader).status()).toMatchObject({ role: "leader", term, disk: "full" })
    expect(cluster.answer(cluster.read(leader, "c0"))).toMatchObject({ kind: "answered", answer: 2 })
    cluster.mend(leader)
    cluster.run(600)
    expect(cluster.replica(leader).status()).toMatchObject({ role: "leader", term, disk: "ok" })
    add(cluster, leader, 5)
    expect(kindsOf(cluster, leader).filter((kind) => kind.startsWith("disk"))).toEqual(["diskFull", "diskRecovered"])
    expectEqualStates(cluster)
  })

  test("of a follower keeps nobody else from committing, and it catches up when there is room", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    cluster.node(follower).trouble = "full"
    add(cluster, leader, 20)
    cluster.run(1_000)
    cluster.mend(follower)
    cluster.run(1_000)
    expectEqualStates(cluster)
  })

  test("without room for a snapshot goes on without one, and takes it later", () => {
    const cluster = new TestCluster([1], { limits: small })
    cluster.untilLeader()
    add(cluster, 1, 20)
    cluster.node(1).trouble = "full"
    const id = cluster.ask(1, (ask) => ({ kind: "takeSnapshot", id: ask }))
    expect(cluster.outcome(id).kind).toBe("unknown")
    cluster.mend(1)
    cluster.run(1_000)
    expect(cluster.outcome(cluster.ask(1, (ask) => ({ kind: "takeSnapshot", id: ask }))).kind).toBe("committed")
  })
})

describe("a failed fsync", () => {
  test("halts the server for good, with its recent events, and the others go on", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    cluster.node(leader).trouble = "failedSync"
    cluster.propose(leader, "add x 1")
    cluster.until(() => cluster.node(leader).halted !== null)
    expect(cluster.node(leader).halted).toMatch(/the disk failed under the log: input\/output error/)
    const halted = cluster.node(leader).observations.at(-1)!
    expect(halted).toMatchObject({ kind: "halted" })
    if (halted.kind === "halted") {
      expect(halted.recentEvents.length).toBeGreaterThan(5)
      expect(halted.recentEvents.at(-1)).toMatch(/disk request \d+ failed/)
    }
    const after = cluster.replica(leader).step(cluster.now, [{ kind: "wake" }])
    expect(after).toMatchObject({ disk: [], messages: [], outcomes: [] })
    expect(after.halted).toBe(cluster.node(leader).halted)
    expect(cluster.replica(leader).deadline).toBe(Infinity)
    add(cluster, cluster.untilLeader(), 3)
  })
})

test("the result of a command is what its own caller gets, under load on all servers at once", () => {
  const cluster = new TestCluster([1, 2, 3], { limits: small })
  cluster.untilLeader()
  cluster.untilEqual()
  const ids: number[] = []
  for (let round = 0; round < 100; round++) {
    for (const node of [1, 2, 3]) ids.push(cluster.propose(node, `add n${node} 1`))
    cluster.run(1)
  }
  const results = ids.map((id) => cluster.outcome(id))
  for (const node of [1, 2, 3]) {
    const values = results
      .filter((_, i) => i % 3 === node - 1)
      .map((outcome) => (outcome.kind === "committed" ? Number(asText(outcome.result)) : -1))
    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  }
  expectEqualStates(cluster)
})
