// Servers that made different things of the same log find it out by themselves, and the one that is wrong stops.

import { describe, expect, test } from "vitest"
import { defaultRaftOptions } from "../../src/core/index.ts"
import { createApplied } from "../../src/replica/apply.ts"
import { explainBadReplicaOptions, defaultReplicaLimits } from "../../src/replica/index.ts"
import { comparisonsMax, createVerifying, noteState, takeStatements } from "../../src/replica/machine/verify.ts"
import { verifyEveryEntriesMin } from "../../src/replica/options/options.ts"
import { TestCluster } from "./cluster.ts"
import { CounterMachine } from "./counter-machine.ts"

const every = { verifyEveryEntries: 32 }

function addMany(cluster: TestCluster, node: number, count: number): void {
  for (let i = 0; i < count; i++) cluster.outcome(cluster.propose(node, "add x 1"))
}

/** Lets a moment pass, with something to do for everyone. */
function settle(cluster: TestCluster): void {
  cluster.run(1_000)
}

const halted = (cluster: TestCluster): (string | null)[] => [...cluster.nodes.values()].map((node) => node.halted)
const told = (cluster: TestCluster, id: number): unknown[] => cluster.node(id).observations.filter(({ kind }) => kind === "statesDiffer")

describe("servers with the same state", () => {
  test("say nothing but one entry at each comparison", () => {
    const cluster = new TestCluster([1, 2, 3], every)
    const leader = cluster.untilLeader()
    const before = cluster.replica(leader).status().lastLogIndex
    addMany(cluster, leader, 100)
    settle(cluster)
    const entries = cluster.replica(leader).status().lastLogIndex - before
    expect(entries).toBe(103)
    for (const id of [1, 2, 3]) expect(told(cluster, id)).toEqual([])
  })

  test("agree after crashes, snapshots and changes of leaders too", () => {
    const limits = { snapshotLogEntriesMax: 50, keptTailBytes: 0 }
    const cluster = new TestCluster([1, 2, 3], { ...every, limits })
    for (let round = 0; round < 4; round++) {
      const leader = cluster.untilLeader()
      addMany(cluster, leader, 40)
      cluster.crash(leader)
      addMany(cluster, cluster.untilLeader(), 40)
      cluster.start(leader)
      settle(cluster)
    }
    cluster.untilEqual()
    for (const id of [1, 2, 3]) expect(told(cluster, id)).toEqual([])
  })

  test("a machine without a hash compares nothing", () => {
    const cluster = new TestCluster([1], every)
    Object.assign(cluster.node(1).machine, { hash: undefined })
    cluster.untilLeader()
    addMany(cluster, 1, 64)
    expect(cluster.replica(1).status().lastLogIndex).toBeLessThan(70)
  })
})

describe("a server with another state", () => {
  test.each(["a follower", "the leader"])("is found where it is %s, and halts in words that name the range; the others go on", (who) => {
    const cluster = new TestCluster([1, 2, 3], every)
    const leader = cluster.untilLeader()
    addMany(cluster, leader, 40)
    settle(cluster)
    const victim = who === "the leader" ? leader : [1, 2, 3].find((id) => id !== leader)!
    cluster.mayHalt = true
    cluster.node(victim).machine.counters.set("x", 1_000)
    for (let i = 0; i < 40; i++) cluster.propose(leader, "add x 1")
    settle(cluster)
    const because = cluster.node(victim).halted
    expect(because).toMatch(
      /^this server's state is not that of the others: after entry 64 its state has the hash [0-9a-f]{8}, that of node/,
    )
    // Who agrees says nothing: a leader only hears from those who differ.
    const from = who === "the leader" ? 1 : 33
    expect(because).toContain(`Somewhere in entries ${from} to 64 its state machine did something else`)
    expect(halted(cluster).filter((one) => one !== null)).toHaveLength(1)
    const others = [1, 2, 3].filter((id) => id !== victim)
    if (victim !== leader) expect(told(cluster, victim)).toMatchObject([{ what: "state", since: 33, index: 64, server: leader }])
    const next = cluster.untilLeader()
    expect(others).toContain(next)
    addMany(cluster, next, 40)
  })

  test("that has forgotten its mistake after a restart goes on with the others", () => {
    const cluster = new TestCluster([1, 2, 3], every)
    const leader = cluster.untilLeader()
    const victim = [1, 2, 3].find((id) => id !== leader)!
    cluster.mayHalt = true
    cluster.node(victim).machine.counters.set("x", 1_000)
    addMany(cluster, leader, 40)
    settle(cluster)
    expect(cluster.node(victim).halted).not.toBeNull()
    cluster.crash(victim)
    cluster.start(victim)
    cluster.mayHalt = false
    addMany(cluster, cluster.untilLeader(), 40)
    cluster.untilEqual()
    expect(cluster.replica(victim).replicatedHash()).toBe(cluster.replica(cluster.leader!).replicatedHash())
  })

  test("among servers that are all different: the first word stands, so that no two go on with different states", () => {
    const cluster = new TestCluster([1, 2, 3], every)
    const leader = cluster.untilLeader()
    cluster.mayHalt = true
    for (const id of [1, 2, 3]) cluster.node(id).machine.counters.set("x", id * 1_000)
    for (let i = 0; i < 40; i++) cluster.propose(leader, "add x 1")
    settle(cluster)
    expect([1, 2, 3].filter((id) => cluster.node(id).halted === null)).toEqual([leader])
  })
})

describe("servers that refuse different commands", () => {
  test("are found without any option but `refuse`, whichever server did not throw", () => {
    for (const odd of [0, 1]) {
      const cluster = new TestCluster([1, 2, 3], { onApplyError: "refuse" })
      const leader = cluster.untilLeader()
      const victim = odd === 0 ? leader : [1, 2, 3].find((id) => id !== leader)!
      cluster.mayHalt = true
      const { machine } = cluster.node(victim)
      machine.apply = (command, context) => {
        try {
          return CounterMachine.prototype.apply.call(machine, command, context)
        } catch {
          return new Uint8Array(0)
        }
      }
      for (let i = 0; i < 4; i++) cluster.propose(leader, "throw")
      settle(cluster)
      settle(cluster)
      const because = cluster.node(victim).halted
      expect(because).toMatch(
        /did not refuse the same commands as that of others: up to entry \d+ it has refused 0 commands, node \d, node \d 1, or other ones/,
      )
      expect(halted(cluster).filter((one) => one !== null)).toHaveLength(1)
    }
  })
})

test("comparisonsMax: so many are remembered, and the oldest is forgotten", () => {
  const verifying = createVerifying()
  const applied = createApplied(new CounterMachine())
  const note = (index: number): void => noteState(verifying, { ...applied, lastApplied: index }, 0)
  for (let n = 1; n <= comparisonsMax; n++) note(n * 32)
  expect(verifying.comparisons.map(({ index }) => index)).toHaveLength(comparisonsMax)
  expect(verifying.comparisons[0]).toMatchObject({ index: 32 })
  note((comparisonsMax + 1) * 32)
  expect(verifying.comparisons).toHaveLength(comparisonsMax)
  expect(verifying.comparisons[0]).toMatchObject({ index: 64 })
  // Each is said once in a term; others than the leader wait for its word first.
  const cluster = new TestCluster([1])
  const follower = cluster.replica(1).raft
  const patienceMs = 2 * defaultRaftOptions.electionTimeoutMaxMs
  expect(takeStatements(verifying, follower, patienceMs - 1)).toEqual([])
  cluster.untilLeader()
  expect(takeStatements(verifying, cluster.replica(1).raft, 0)).toHaveLength(comparisonsMax)
  expect(takeStatements(verifying, cluster.replica(1).raft, 0)).toEqual([])
})

test("verifyEveryEntriesMin: fewer are refused, none at all is taken", () => {
  const problem = (verifyEveryEntries: number): string | null =>
    explainBadReplicaOptions({
      ...defaultReplicaLimits,
      raft: { ...defaultRaftOptions, id: 1, seed: 1 },
      identity: { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000aa" },
      bootId: 1,
      verifyEveryEntries,
    })
  expect(problem(verifyEveryEntriesMin - 1)).toBe("verifyEveryEntries is 31; it must be 0, or an integer from 32")
  for (const fine of [0, verifyEveryEntriesMin, verifyEveryEntriesMin + 1]) expect(problem(fine)).toBeNull()
})
