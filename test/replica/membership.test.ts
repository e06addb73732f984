// Growing, shrinking and handing over, through the replica's own requests (Raft §6; dissertation §3.10, §4).

import { describe, expect, test } from "vitest"
import type { MembershipChange, NodeId } from "../../src/core/index.ts"
import type { Outcome } from "../../src/replica/index.ts"
import { between, memberOf, TestCluster } from "./cluster.ts"

function change(cluster: TestCluster, node: NodeId, changes: readonly MembershipChange[], version: number | null = null): number {
  return cluster.ask(node, (id) => ({ kind: "changeMembership", id, changes, version }))
}

function addVoter(cluster: TestCluster, id: NodeId): Outcome {
  cluster.start(id)
  return cluster.outcome(change(cluster, cluster.leader!, [{ kind: "addVoter", member: memberOf(id) }]))
}

function add(cluster: TestCluster, count: number): void {
  for (let i = 0; i < count; i++) expect(cluster.outcome(cluster.propose(cluster.untilLeader(), "add x 1")).kind).toBe("committed")
}

const votersOf = (cluster: TestCluster): readonly NodeId[] => cluster.replica(cluster.untilLeader()).status().configuration.voters

describe("membership", () => {
  test("grows from one to three to five and shrinks back, each change answered when its last configuration is committed", () => {
    const cluster = new TestCluster([1])
    cluster.untilLeader()
    add(cluster, 10)
    for (const id of [2, 3, 4, 5]) {
      const outcome = addVoter(cluster, id)
      expect(outcome.kind).toBe("committed")
      const { configuration, commitIndex } = cluster.replica(cluster.leader!).status()
      expect(configuration).toMatchObject({
        votersOutgoing: [],
        learners: [],
        promoting: [],
        index: outcome.kind === "committed" ? outcome.index : -1,
      })
      expect(configuration.voters).toContain(id)
      expect(commitIndex).toBeGreaterThanOrEqual(configuration.index)
      add(cluster, 5)
    }
    expect(votersOf(cluster)).toEqual([1, 2, 3, 4, 5])
    const leaving = [5, 4]
    for (const id of leaving) {
      expect(cluster.outcome(change(cluster, cluster.untilLeader(), [{ kind: "remove", id }])).kind).toBe("committed")
      cluster.crash(id)
    }
    expect(votersOf(cluster)).toEqual([1, 2, 3])
    add(cluster, 5)
    cluster.untilEqual([1, 2, 3])
    expect(cluster.answer(cluster.read(2, "x"))).toMatchObject({ answer: 35 })
  })

  test("brings a new voter up to date by snapshot where the log is gone", () => {
    const cluster = new TestCluster([1], { limits: { snapshotLogBytesMin: 2_000, keptTailBytes: 200 } })
    cluster.untilLeader()
    add(cluster, 200)
    expect(addVoter(cluster, 2).kind).toBe("committed")
    expect(cluster.node(2).observations.map(({ kind }) => kind)).toContain("snapshotInstalled")
    cluster.untilEqual()
  })

  test("a leader that removes itself answers, and the others go on", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const outcome = cluster.outcome(change(cluster, leader, [{ kind: "remove", id: leader }]))
    expect(outcome.kind).toBe("committed")
    cluster.until(() => cluster.leader !== null && cluster.leader !== leader)
    expect(votersOf(cluster)).toEqual([1, 2, 3].filter((id) => id !== leader))
    add(cluster, 3)
  })

  test("refuses in words what a follower is asked, what was made for another configuration, and a second change meanwhile", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const member = memberOf(4)
    const refused = (node: NodeId, version: number | null): Outcome =>
      cluster.outcome(change(cluster, node, [{ kind: "addLearner", member }], version))
    expect(refused(leader === 1 ? 2 : 1, null)).toMatchObject({ kind: "rejected", reason: "notLeader", leader })
    expect(refused(leader, 77)).toMatchObject({ kind: "rejected", reason: "staleConfiguration" })
    const first = change(cluster, leader, [{ kind: "addLearner", member }])
    const second = change(cluster, leader, [{ kind: "addLearner", member: memberOf(5) }])
    expect(cluster.outcomes.get(second)).toMatchObject({ kind: "rejected", reason: "changeInProgress" })
    expect(cluster.outcome(first).kind).toBe("committed")
  })

  test("a change that is overwritten by the next leader is rejected, one that it commits is committed", () => {
    for (const isHeard of [false, true]) {
      const cluster = new TestCluster([1, 2, 3])
      const leader = cluster.untilLeader()
      cluster.untilEqual()
      cluster.run(20)
      const others = [1, 2, 3].filter((id) => id !== leader)
      cluster.isLost = isHeard ? ({ to }) => to === leader : between([leader], others)
      const id = change(cluster, leader, [{ kind: "addLearner", member: memberOf(4) }])
      cluster.run(3)
      cluster.isLost = between([leader], others)
      cluster.until(() => cluster.leader !== null && cluster.leader !== leader)
      cluster.untilLeader()
      expect(cluster.outcomes.has(id)).toBe(false)
      cluster.isLost = () => false
      if (isHeard) expect(cluster.outcome(id).kind).toBe("committed")
      else expect(cluster.outcome(id)).toMatchObject({ kind: "rejected", reason: "lostLeadership" })
    }
  })

  test("a name that no record can hold is refused in words, and halts nobody", () => {
    const cluster = new TestCluster([1])
    cluster.untilLeader()
    const id = change(cluster, 1, [{ kind: "addLearner", member: { ...memberOf(2), name: "x".repeat(70_000) } }])
    expect(cluster.outcome(id)).toMatchObject({ kind: "rejected", reason: "invalidChange" })
    add(cluster, 1)
  })

  test("a learner that never comes leaves the change waiting until its caller gives up", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    const id = change(cluster, leader, [{ kind: "addVoter", member: memberOf(9) }])
    cluster.run(5_000)
    expect(cluster.outcomes.has(id)).toBe(false)
    add(cluster, 3)
    cluster.feed(leader, { kind: "cancel", ids: [id] })
    expect(cluster.outcomes.get(id)?.kind).toBe("unknown")
  })
})

describe("leadership transfer", () => {
  const transfer = (cluster: TestCluster, node: NodeId, to: NodeId | null): number =>
    cluster.ask(node, (id) => ({ kind: "transferLeadership", id, to }))

  test("is answered when the other server leads, and proposals meanwhile are refused, not lost", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const to = leader === 1 ? 2 : 1
    const id = transfer(cluster, leader, to)
    const meanwhile = cluster.propose(leader, "add x 1")
    expect(cluster.outcomes.get(meanwhile)).toMatchObject({ kind: "rejected", reason: "transferring" })
    expect(cluster.outcome(id, 100).kind).toBe("committed")
    expect(cluster.untilLeader()).toBe(to)
  })

  test("to nobody in particular goes to the one that is furthest along", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const lagging = leader === 1 ? 2 : 1
    cluster.crash(lagging)
    add(cluster, 3)
    cluster.start(lagging)
    expect(cluster.outcome(transfer(cluster, leader, null)).kind).toBe("committed")
    expect([leader, lagging]).not.toContain(cluster.untilLeader())
  })

  test("that the target cannot answer is given up within an election timeout, and the leader stays", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const to = leader === 1 ? 2 : 1
    cluster.crash(to)
    expect(cluster.outcome(transfer(cluster, leader, to), 400)).toMatchObject({ kind: "rejected", reason: "notCaughtUp" })
    expect(cluster.leader).toBe(leader)
    add(cluster, 2)
  })

  test("to oneself is done already; on a follower it is refused, with the leader's name", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    expect(cluster.outcomes.get(transfer(cluster, leader, leader))?.kind).toBe("committed")
    const follower = leader === 1 ? 2 : 1
    expect(cluster.outcomes.get(transfer(cluster, follower, follower))).toMatchObject({ kind: "rejected", reason: "notLeader", leader })
  })
})

test("the incarnations of other servers' disks are remembered through a loss of power", () => {
  const cluster = new TestCluster([1, 2, 3])
  cluster.untilLeader()
  const introduction = { ...cluster.replica(2).introduce(), incarnation: "00000000000000bb" }
  cluster.feed(1, { kind: "introduced", peer: 2, introduction, welcomedUs: true })
  expect(cluster.replica(1).hasMet(2, introduction)).toBe(false)
  cluster.run(20)
  cluster.crash(1)
  cluster.start(1)
  expect(cluster.replica(1).hasMet(2, introduction)).toBe(true)
  expect(cluster.replica(1).judgePeer(2, introduction)).toBeNull()
  expect(cluster.replica(1).judgePeer(2, { ...introduction, incarnation: "00000000000000cc" })?.code).toBe("unknownIncarnation")
})
