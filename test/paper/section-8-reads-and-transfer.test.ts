/** Raft §8 and dissertation §6.4 (reads), §6.4.1 (leases), §3.10 (leadership transfer). */

import { expect, test } from "vitest"
import { memberNamed, RaftCluster } from "./raft-cluster.ts"

function ask(cluster: RaftCluster, id: number, readId: number): void {
  expect(cluster.node(id).requestRead(readId)).toBeNull()
  cluster.collect(id)
}

test("a read index is answered only after a round that started after the read", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.propose(1, "x")
  cluster.settle()
  ask(cluster, 1, 11)
  expect(cluster.reads.get(1)).toEqual([])
  cluster.settle()
  expect(cluster.reads.get(1)).toEqual([{ readId: 11, readIndex: 2 }])
})

test("an answer to an earlier round confirms nothing", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.advance(50, [1])
  cluster.now += 50
  cluster.node(1).wake(cluster.now)
  cluster.collect(1)
  for (const message of cluster.take("appendEntries")) cluster.deliver(message)
  const late = cluster.take("appendEntriesReply")
  ask(cluster, 1, 11)
  cluster.take("appendEntries")
  for (const reply of late) cluster.deliver(reply)
  expect(late).toHaveLength(2)
  expect(cluster.reads.get(1)).toEqual([])
})

test("reads that arrive during a round share the next one", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  ask(cluster, 1, 11)
  const before = cluster.wire.length
  for (const readId of [12, 13, 14]) ask(cluster, 1, readId)
  expect(cluster.wire).toHaveLength(before)
  cluster.settle()
  expect(cluster.reads.get(1)!.map((read) => read.readId)).toEqual([11, 12, 13, 14])
})

test("a follower's read goes through the leader", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  ask(cluster, 2, 5)
  cluster.settle()
  expect(cluster.reads.get(2)).toEqual([{ readId: 5, readIndex: 1 }])
})

test("a server that knows no leader refuses a read at once", () => {
  const cluster = new RaftCluster([1, 2, 3])
  expect(cluster.node(2).requestRead(1)).toBe("noLeader")
})

test("a leader cut off from the others confirms no read, and gives the reads up when it steps down", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1], [2, 3])
  ask(cluster, 1, 11)
  cluster.advance(250, [1])
  expect(cluster.reads.get(1)).toEqual([])
  cluster.elect(2)
  cluster.propose(2, "newer")
  cluster.advance(0, [1])
  expect(cluster.reads.get(1)).toEqual([{ readId: 11, readIndex: null }])
})

test("a new leader lets reads wait until it has committed in its own term", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.timeout(1)
  for (const kind of ["preVote", "preVoteReply", "requestVote", "requestVoteReply"] as const)
    for (const message of cluster.take(kind)) cluster.deliver(message)
  const appends = cluster.take("appendEntries")
  ask(cluster, 1, 11)
  expect(cluster.take("appendEntries")).toEqual([])
  for (const message of appends) cluster.deliver(message)
  cluster.settle()
  expect(cluster.reads.get(1)).toEqual([{ readId: 11, readIndex: 1 }])
})

test("learners' answers do not confirm a round", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.node(1).changeMembership([{ kind: "demote", id: 3 }], null, cluster.now)
  cluster.collect(1)
  cluster.advance(100)
  cluster.partition([1, 3], [2])
  ask(cluster, 1, 11)
  cluster.settle()
  expect(cluster.reads.get(1)).toEqual([])
})

test("a lease is off by default", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.advance(100)
  expect(cluster.node(1).leaseReadIndex(cluster.now)).toBeNull()
})

test("a lease counts from the moment its round was sent, not from the answers, and is shorter than what voters promise", () => {
  const cluster = new RaftCluster([1, 2, 3], { leaseReads: true, clockDriftMax: 0.1 })
  cluster.elect(1)
  cluster.advance(49)
  const sentAt = cluster.node(1).deadline
  cluster.now = sentAt
  cluster.node(1).wake(sentAt)
  cluster.collect(1)
  cluster.now = sentAt + 40
  cluster.settle()
  expect(cluster.node(1).leaseReadIndex(sentAt + 134)).toBe(1)
  expect(cluster.node(1).leaseReadIndex(sentAt + 135)).toBeNull()
})

test("a voter that restarts refuses candidates as it may have promised, where leases rely on it", () => {
  const cluster = new RaftCluster([1, 2, 3], { leaseReads: true })
  cluster.elect(1)
  const { state } = cluster.node(2)
  cluster.start(2, {
    hardState: { term: 1, votedFor: 1, commitIndex: 1 },
    snapshot: state.snapshot,
    entries: cluster.node(2).entries(1, 1),
  })
  cluster.deliver({ kind: "preVote", from: 3, to: 2, term: 2, lastLogIndex: 1, lastLogTerm: 1 })
  expect(cluster.take("preVoteReply")).toMatchObject([{ granted: false }])
})

test("leadership moves to a chosen server, which campaigns without PreVote although everyone hears from a leader", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.advance(60)
  cluster.propose(1, "x")
  expect(cluster.node(1).transferLeadership(3, cluster.now)).toEqual({ ok: true, to: 3 })
  cluster.collect(1)
  cluster.settle()
  expect(cluster.role(3)).toBe("leader")
  expect(cluster.committed(3)).toBe("1: 1:x 2:")
})

test("during a transfer proposals are refused, and no lease holds, not even after it was given up", () => {
  const cluster = new RaftCluster([1, 2, 3], { leaseReads: true })
  cluster.elect(1)
  cluster.advance(60)
  expect(cluster.node(1).leaseReadIndex(cluster.now)).toBe(1)
  cluster.node(1).transferLeadership(3, cluster.now)
  cluster.collect(1)
  const lost = cluster.take("timeoutNow")
  expect(lost).toHaveLength(1)
  expect(cluster.node(1).propose([new Uint8Array(1)])).toEqual({ ok: false, reason: "transferring" })
  cluster.advance(400)
  expect(cluster.role(1)).toBe("leader")
  expect(cluster.observations.get(1)).toContainEqual({
    kind: "transferEnded",
    to: 3,
    because: "it did not take over within an election timeout",
  })
  expect(cluster.node(1).propose([new Uint8Array(1)])).toMatchObject({ ok: true })
  expect(cluster.node(1).leaseReadIndex(cluster.now)).toBeNull()
})

test("a stale TimeoutNow is ignored", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.elect(2)
  cluster.deliver({ kind: "timeoutNow", from: 1, to: 3, term: 1 })
  expect(cluster.role(3)).toBe("follower")
})

test("leadership goes to no learner and no stranger", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  expect(cluster.node(1).transferLeadership(9, cluster.now)).toMatchObject({ ok: false, reason: "unknownMember" })
  expect(cluster.node(2).transferLeadership(null, cluster.now)).toMatchObject({ ok: false, reason: "notLeader" })
})

test("reads above the limit are refused, one at the limit is not", () => {
  const cluster = new RaftCluster([1, 2, 3], { pendingReadsMax: 2 })
  cluster.elect(1)
  // The first round takes what waits; behind it two more may.
  for (const readId of [1, 2, 3]) ask(cluster, 1, readId)
  expect(cluster.node(1).requestRead(4)).toBe("overloaded")
  cluster.settle()
  expect(cluster.reads.get(1)!.map(({ readId }) => readId)).toEqual([1, 2, 3])
})

test("a round that began before a change of the voters is confirmed by the voters that count when its answers come", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  for (const id of [4, 5, 6]) {
    cluster.join(id)
    cluster.node(1).changeMembership([{ kind: "addLearner", member: memberNamed(id) }], null, cluster.now)
    cluster.collect(1)
    cluster.advance(100)
  }
  ask(cluster, 1, 11)
  // Their answers are on the way when the learners become half of seven voters: what 2 and 3 say is not enough any more.
  const round = cluster.take("appendEntries")
  cluster.node(1).changeMembership(
    [4, 5, 6].map((id) => ({ kind: "promote", id })),
    null,
    cluster.now,
  )
  cluster.collect(1)
  cluster.take("appendEntries")
  for (const message of round.filter(({ to }) => to === 2 || to === 3)) cluster.deliver(message)
  for (const reply of cluster.take("appendEntriesReply")) cluster.deliver(reply)
  cluster.take("appendEntries")
  expect(cluster.leader(1).confirmedRound).toBeLessThan(cluster.leader(1).round)
  expect(cluster.reads.get(1)).toEqual([])
  // A learner's answer to the same round counts now that it votes.
  for (const message of round.filter(({ to }) => to === 4)) cluster.deliver(message)
  for (const reply of cluster.take("appendEntriesReply")) cluster.deliver(reply)
  expect(cluster.reads.get(1)).toMatchObject([{ readId: 11 }])
})

test("two leaders stand side by side, of two terms: the older commits nothing and confirms nothing", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1], [2, 3])
  // The old leader's process is paused: nobody wakes it.
  cluster.elect(2)
  expect([cluster.role(1), cluster.role(2)]).toEqual(["leader", "leader"])
  expect(cluster.node(2).state.term).toBeGreaterThan(cluster.node(1).state.term)
  cluster.propose(2, "new")
  cluster.settle()
  cluster.heal()
  cluster.propose(1, "old")
  ask(cluster, 1, 11)
  expect(cluster.node(1).commitIndex).toBe(1)
  cluster.settle()
  expect(cluster.reads.get(1)).toEqual([{ readId: 11, readIndex: null }])
  expect(cluster.role(1)).toBe("follower")
  cluster.advance(200)
  expect(cluster.committed(1)).toBe("1: 2: 2:new")
})
