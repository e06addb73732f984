/** Raft §5.1 and §5.2, leader election, with the dissertation's PreVote (§9.6) and CheckQuorum (§6.2). */

import { expect, test } from "vitest"
import { lastIndexOf, lastTermOf } from "../../src/core/log/log.ts"
import { RaftCluster, startOf } from "./raft-cluster.ts"

test("a server that hears from no leader asks around, campaigns, and leads with the votes of a majority", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.timeout(1)
  expect(cluster.role(1)).toBe("preCandidate")
  expect(cluster.node(1).state.term).toBe(0)
  cluster.settle()
  expect(cluster.role(1)).toBe("leader")
  expect([1, 2, 3].map((id) => cluster.node(id).state.term)).toEqual([1, 1, 1])
  expect([2, 3].map((id) => cluster.node(id).state.leaderId)).toEqual([1, 1])
})

test("a majority is of servers, the candidate included: two of four are not enough", () => {
  const cluster = new RaftCluster([1, 2, 3, 4], { preVote: false })
  cluster.partition([1, 2], [3, 4])
  cluster.timeout(1)
  cluster.settle()
  expect(cluster.role(1)).toBe("candidate")
  cluster.heal()
  cluster.elect(1)
})

test("a server alone elects itself, and commits alone", () => {
  const cluster = new RaftCluster([7])
  cluster.advance(0)
  expect(cluster.role(7)).toBe("leader")
  cluster.propose(7, "x")
  expect(cluster.committed(7)).toBe("1: 1:x")
})

test("of two servers neither can be lost", () => {
  const cluster = new RaftCluster([1, 2])
  cluster.elect(1)
  cluster.partition([1], [2])
  cluster.advance(2000)
  expect([1, 2].map((id) => cluster.role(id))).not.toContain("leader")
})

test("a candidate's own vote counts only once it is on disk", () => {
  const cluster = new RaftCluster([1, 2, 3], { preVote: false })
  cluster.heldDisks.add(1)
  cluster.timeout(1)
  expect(cluster.wire).toEqual([])
  cluster.releaseDisk(1)
  expect(cluster.take("requestVote").map((message) => message.to)).toEqual([2, 3])
})

test("a vote leaves only after its fsync", () => {
  const cluster = new RaftCluster([1, 2, 3], { preVote: false })
  cluster.heldDisks.add(2)
  cluster.timeout(1)
  cluster.deliver(cluster.take("requestVote", 2)[0]!)
  expect(cluster.take("requestVoteReply")).toEqual([])
  cluster.releaseDisk(2)
  expect(cluster.take("requestVoteReply")).toMatchObject([{ from: 2, to: 1, granted: true }])
})

test("a server votes once per term, for the first that asks, and repeats that vote", () => {
  const cluster = new RaftCluster([1, 2, 3], { preVote: false })
  const ask = (from: number) => {
    cluster.deliver({ kind: "requestVote", from, to: 3, term: 5, lastLogIndex: 0, lastLogTerm: 0, force: false })
    return cluster.take("requestVoteReply").map((reply) => reply.granted)
  }
  expect(ask(1)).toEqual([true])
  expect(ask(2)).toEqual([false])
  expect(ask(1)).toEqual([true])
})

test("a vote survives a restart", () => {
  const cluster = new RaftCluster([1, 2, 3], { preVote: false })
  cluster.start(3, startOf([1, 2, 3], "", 5, 0, 1))
  cluster.deliver({ kind: "requestVote", from: 2, to: 3, term: 5, lastLogIndex: 9, lastLogTerm: 4, force: false })
  expect(cluster.take("requestVoteReply")).toMatchObject([{ granted: false }])
})

test("granting a vote resets the election timer, refusing one does not", () => {
  const cluster = new RaftCluster([1, 2, 3], { preVote: false })
  cluster.now = 100
  const before = cluster.node(3).deadline
  cluster.deliver({ kind: "requestVote", from: 1, to: 3, term: 1, lastLogIndex: 0, lastLogTerm: 0, force: false })
  const granted = cluster.node(3).deadline
  expect(granted).toBeGreaterThan(before)
  cluster.now = 140
  cluster.deliver({ kind: "requestVote", from: 2, to: 3, term: 1, lastLogIndex: 0, lastLogTerm: 0, force: false })
  expect(cluster.node(3).deadline).toBe(granted)
})

test("granting a pre-vote changes neither term nor vote nor timer", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.now = 100
  const { deadline } = cluster.node(3)
  cluster.deliver({ kind: "preVote", from: 1, to: 3, term: 1, lastLogIndex: 0, lastLogTerm: 0 })
  expect(cluster.take("preVoteReply")).toMatchObject([{ granted: true, term: 1 }])
  expect(cluster.node(3).state).toMatchObject({ term: 0, votedFor: null })
  expect(cluster.node(3).deadline).toBe(deadline)
})

test("votes are counted once per voter, however often they arrive", () => {
  const cluster = new RaftCluster([1, 2, 3, 4, 5], { preVote: false })
  cluster.timeout(1)
  cluster.wire = []
  for (let i = 0; i < 5; i++) cluster.deliver({ kind: "requestVoteReply", from: 2, to: 1, term: 1, granted: true })
  expect(cluster.role(1)).toBe("candidate")
  cluster.deliver({ kind: "requestVoteReply", from: 3, to: 1, term: 1, granted: true })
  expect(cluster.role(1)).toBe("leader")
})

test("a split vote ends, because timeouts are drawn at random", () => {
  const cluster = new RaftCluster([1, 2, 3, 4], { preVote: false })
  cluster.timeout(1)
  cluster.timeout(2)
  for (const message of cluster.take("requestVote")) {
    if (message.to === message.from + 2) cluster.deliver(message)
  }
  cluster.settle()
  expect([1, 2].map((id) => cluster.role(id))).not.toContain("leader")
  cluster.advance(3000)
  expect([1, 2, 3, 4].filter((id) => cluster.role(id) === "leader")).toHaveLength(1)
})

test("a higher term is adopted from any message, also one that is then refused", () => {
  const cluster = new RaftCluster([1, 2, 3], { preVote: false })
  cluster.start(3, startOf([1, 2, 3], "1: 2:a 3:b", 3))
  cluster.deliver({ kind: "requestVote", from: 1, to: 3, term: 9, lastLogIndex: 1, lastLogTerm: 1, force: false })
  expect(cluster.node(3).state.term).toBe(9)
  expect(cluster.take("requestVoteReply")).toMatchObject([{ term: 9, granted: false }])
})

test("a leader of an older term is told the newer one, so that it is not stuck", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.start(3, startOf([1, 2, 3], "", 9))
  cluster.deliver({
    kind: "appendEntries",
    from: 1,
    to: 3,
    term: 4,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [],
    leaderCommit: 0,
    round: 1,
  })
  expect(cluster.take("appendEntriesReply")).toMatchObject([{ term: 9, success: false }])
})

test("stepping down within a term keeps the vote", () => {
  const cluster = new RaftCluster([1, 2, 3], { preVote: false })
  cluster.timeout(1)
  cluster.wire = []
  cluster.deliver({
    kind: "appendEntries",
    from: 2,
    to: 1,
    term: 1,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [],
    leaderCommit: 0,
    round: 1,
  })
  expect(cluster.role(1)).toBe("follower")
  expect(cluster.node(1).state.votedFor).toBe(1)
})

test("a returning server that was cut off does not disrupt: PreVote never raised its term", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1, 2], [3])
  cluster.advance(3000)
  expect(cluster.node(3).state.term).toBe(1)
  cluster.heal()
  cluster.advance(1000)
  expect(cluster.role(1)).toBe("leader")
  expect(cluster.node(1).state.term).toBe(1)
})

test("the longest log on a low term and the highest term on a short log do not deadlock", () => {
  const cluster = new RaftCluster([1, 2])
  cluster.start(1, startOf([1, 2], "1: 1:a 1:b", 1))
  cluster.start(2, startOf([1, 2], "1:", 6))
  cluster.advance(5000)
  expect(cluster.role(1)).toBe("leader")
})

test("a leader that hears from no quorum for an election timeout steps down", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1], [2, 3])
  cluster.advance(299, [1])
  expect(cluster.role(1)).toBe("leader")
  cluster.advance(2, [1])
  expect(cluster.role(1)).toBe("follower")
})

test("a voter that hears from a leader ignores a vote request, unless a transfer forces it", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.advance(60)
  const ask = (force: boolean) => cluster.deliver({ kind: "requestVote", from: 3, to: 2, term: 7, lastLogIndex: 99, lastLogTerm: 6, force })
  ask(false)
  expect(cluster.node(2).state.term).toBe(1)
  ask(true)
  expect(cluster.node(2).state.term).toBe(7)
})

test("a follower that lost its connection to the leader may ask around at once, and unseats nobody whom the others still hear", () => {
  const cluster = new RaftCluster([1, 2, 3], { campaignOnDisconnect: true })
  cluster.elect(1)
  cluster.advance(60)
  const lose = (id: number) => {
    cluster.node(id).unreachable(1, cluster.now)
    expect(cluster.node(id).deadline).toBeLessThanOrEqual(cluster.now + 50)
    cluster.now = cluster.node(id).deadline
    cluster.node(id).wake(cluster.now)
    cluster.collect(id)
  }
  lose(2)
  cluster.settle()
  expect(cluster.role(1)).toBe("leader")
  expect(cluster.node(1).state.term).toBe(1)
  cluster.advance(60)
  cluster.partition([1], [2, 3])
  cluster.node(3).unreachable(1, cluster.now)
  lose(2)
  cluster.settle()
  expect(cluster.role(2)).toBe("leader")
})

test("of two servers that ask around at the same moment the one with the higher id goes first, so that they do not split the vote", () => {
  const cluster = new RaftCluster([1, 2, 3], { campaignOnDisconnect: true })
  cluster.elect(1)
  cluster.advance(60)
  cluster.partition([1], [2, 3])
  for (const id of [2, 3]) cluster.node(id).unreachable(1, cluster.now)
  cluster.now = Math.max(cluster.node(2).deadline, cluster.node(3).deadline)
  for (const id of [2, 3]) {
    cluster.node(id).wake(cluster.now)
    cluster.collect(id)
  }
  expect([cluster.role(2), cluster.role(3)]).toEqual(["preCandidate", "preCandidate"])
  cluster.settle()
  expect([cluster.role(2), cluster.role(3)]).toEqual(["follower", "leader"])
})

test("a server that cannot win for want of a term does not go first", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.advance(60)
  cluster.partition([1], [2, 3])
  cluster.timeout(3)
  cluster.take("preVote")
  const { log, term } = cluster.node(3).state
  const position = { lastLogIndex: lastIndexOf(log), lastLogTerm: lastTermOf(log) }
  cluster.deliver({ kind: "preVote", from: 2, to: 3, term: term + 3, ...position })
  expect(cluster.take("preVoteReply")).toMatchObject([{ from: 3, granted: true, term: term + 3 }])
})

test("a pre-candidate that asked long ago and failed does not hinder another one", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.advance(60)
  cluster.partition([1], [2, 3])
  cluster.timeout(3)
  expect(cluster.role(3)).toBe("preCandidate")
  cluster.take("preVote")
  const ask = () => {
    const { log, term } = cluster.node(2).state
    cluster.deliver({ kind: "preVote", from: 2, to: 3, term: term + 1, lastLogIndex: lastIndexOf(log), lastLogTerm: lastTermOf(log) })
    return cluster.take("preVoteReply").map(({ granted }) => granted)
  }
  expect(ask()).toEqual([false])
  cluster.now += 80
  expect(ask()).toEqual([true])
})

test("a server that waits to be added has no vote, before an election and in it: it may have lost its disk, and with it what it had promised", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.join(9)
  cluster.now = 5000
  cluster.deliver({ kind: "preVote", from: 1, to: 9, term: 2, lastLogIndex: 0, lastLogTerm: 0 })
  expect(cluster.take("preVoteReply")).toMatchObject([{ from: 9, granted: false }])
  cluster.deliver({ kind: "requestVote", from: 1, to: 9, term: 2, lastLogIndex: 0, lastLogTerm: 0, force: false })
  expect(cluster.take("requestVoteReply")).toMatchObject([{ from: 9, term: 2, granted: false }])
})

test("a server outside the configuration never campaigns", () => {
  const cluster = new RaftCluster([1])
  cluster.join(9)
  cluster.advance(5000)
  expect(cluster.role(9)).toBe("follower")
  expect(cluster.node(9).state.term).toBe(0)
})

test("a pre-vote's grant echoes the term asked for, a refusal tells the own one, and a broken connection is neither", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.now += 1000
  const ask = { kind: "preVote", from: 2, to: 3, lastLogIndex: 1, lastLogTerm: 1 } as const
  cluster.deliver({ ...ask, term: 9 })
  cluster.deliver({ ...ask, term: 9, lastLogIndex: 0, lastLogTerm: 0 })
  cluster.deliver({ ...ask, term: 1 })
  expect(cluster.take("preVoteReply").map(({ granted, term }) => [granted, term])).toEqual([
    [true, 9],
    [false, 1],
    [false, 1],
  ])
  cluster.timeout(2)
  cluster.take("preVote")
  for (const peer of [1, 3]) cluster.node(2).unreachable(peer, cluster.now)
  cluster.collect(2)
  expect(cluster.role(2)).toBe("preCandidate")
  // A grant for another term than the one asked for does not count either.
  cluster.deliver({ kind: "preVoteReply", from: 3, to: 2, term: 9, granted: true })
  expect(cluster.role(2)).toBe("preCandidate")
})
