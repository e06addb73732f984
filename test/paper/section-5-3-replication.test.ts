/** Raft §5.3, log replication: consistency check, repair, pipelining, and what follows from fsync. */

import { expect, test } from "vitest"
import { entriesOf, RaftCluster, startOf } from "./raft-cluster.ts"

/** A cluster of `ids` where each has the log given as text, and node 1 is ready to win term 8. */
function clusterWithLogs(logs: readonly string[]): RaftCluster {
  const ids = logs.map((_, i) => i + 1)
  const cluster = new RaftCluster(ids)
  for (const [i, log] of logs.entries()) {
    const term = Number(log.split(" ").at(-1)!.split(":")[0])
    cluster.start(i + 1, startOf(ids, log, Math.max(7, term)))
  }
  return cluster
}

test("a command is committed on a majority at once and everyone learns it at once, without waiting for a heartbeat", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.propose(1, "x")
  cluster.settle()
  expect([1, 2, 3].map((id) => cluster.committed(id))).toEqual(["1: 1:x", "1: 1:x", "1: 1:x"])
})

test("a minority cannot commit", () => {
  const cluster = new RaftCluster([1, 2, 3, 4, 5])
  cluster.elect(1)
  cluster.partition([1, 2], [3, 4, 5])
  cluster.propose(1, "x")
  cluster.settle()
  expect(cluster.log(2)).toBe("1: 1:x")
  expect(cluster.committed(1)).toBe("1:")
})

test("an append is acknowledged only after its fsync, and only then counts", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.heldDisks.add(2).add(3)
  cluster.propose(1, "x")
  cluster.settle()
  expect(cluster.committed(1)).toBe("1:")
  cluster.releaseDisk(2)
  cluster.settle()
  expect(cluster.committed(1)).toBe("1: 1:x")
})

test("the leader's own disk is one of the majority: two followers commit without it, one follower does not", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.heldDisks.add(1).add(3)
  cluster.propose(1, "x")
  cluster.settle()
  expect(cluster.committed(1)).toBe("1:")
  cluster.releaseDisk(3)
  cluster.settle()
  expect(cluster.committed(1)).toBe("1: 1:x")
})

test("a heartbeat is answered while entries wait for the disk, and promises only what is on it", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.heldDisks.add(2)
  cluster.propose(1, "x")
  cluster.settle()
  cluster.advance(50, [1])
  expect(cluster.leader(1).progress.get(2)).toMatchObject({ matchIndex: 1, lastContactAt: cluster.now })
})

test("a write that was truncated and rewritten is not acknowledged by the older write (ABA)", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.start(3, startOf([1, 2, 3], "1:", 1))
  cluster.heldDisks.add(3)
  const append = (from: number, term: number, command: string) =>
    cluster.deliver({
      kind: "appendEntries",
      from,
      to: 3,
      term,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [{ index: 2, term, kind: "command", data: new TextEncoder().encode(command), configuration: null, encoded: null }],
      leaderCommit: 0,
      round: 1,
    })
  const raft = cluster.node(3)
  append(1, 2, "old")
  append(2, 3, "new")
  raft.persisted(1, cluster.now)
  expect(raft.state.durability.persistedIndex).toBe(1)
  const released = raft.takeReady(cluster.now).messages
  expect(released.filter((message) => message.kind === "appendEntriesReply" && message.to === 2)).toEqual([])
  raft.persisted(2, cluster.now)
  expect(raft.state.durability.persistedIndex).toBe(2)
})

test.each([
  ["(a) one entry short", "1: 1: 1: 4: 4: 5: 5: 6: 6:"],
  ["(b) far behind", "1: 1: 1: 4:"],
  ["(c) one extra", "1: 1: 1: 4: 4: 5: 5: 6: 6: 6: 6:"],
  ["(d) extra terms", "1: 1: 1: 4: 4: 5: 5: 6: 6: 6: 7: 7:"],
  ["(e) missing and extra", "1: 1: 1: 4: 4: 4: 4:"],
  ["(f) another history", "1: 1: 1: 2: 2: 2: 3: 3: 3: 3: 3:"],
])("Figure 7: a follower with log %s becomes equal to the leader", (_name, follower) => {
  const leader = "1: 1: 1: 4: 4: 5: 5: 6: 6: 6:"
  const cluster = clusterWithLogs([leader, follower, leader])
  if (follower.endsWith("7: 7:")) cluster.partition([1, 3], [2])
  cluster.elect(1)
  cluster.heal()
  cluster.advance(200)
  expect(cluster.log(2)).toBe(`${leader} 8:`)
  expect(cluster.committed(2)).toBe(`${leader} 8:`)
})

test("repair takes about one probe per term, not one per entry", () => {
  const many = (term: number, count: number) => `${term}: `.repeat(count)
  const leader = (many(1, 3) + many(7, 300)).trim()
  const follower = (many(1, 3) + many(2, 100) + many(3, 100) + many(4, 100)).trim()
  const cluster = clusterWithLogs([leader, follower, leader])
  let refusals = 0
  cluster.passes = (message) => {
    if (message.kind === "appendEntriesReply" && message.from === 2 && !message.success) refusals += 1
    return true
  }
  cluster.elect(1)
  expect(cluster.log(2)).toBe(cluster.log(1))
  expect(refusals).toBeLessThanOrEqual(4)
})

test("a short, repeated or late append truncates nothing", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.propose(1, "a")
  const late = cluster.wire.filter((message) => message.kind === "appendEntries" && message.to === 2)
  cluster.propose(1, "b", "c")
  cluster.settle()
  for (const message of late) cluster.deliver(message)
  expect(cluster.log(2)).toBe("1: 1:a 1:b 1:c")
})

test("an append that ends below the commit index is acknowledged at the commit index, not refused", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.propose(1, "a", "b")
  cluster.settle()
  cluster.deliver({
    kind: "appendEntries",
    from: 1,
    to: 2,
    term: 1,
    prevLogIndex: 1,
    prevLogTerm: 1,
    entries: [],
    leaderCommit: 3,
    round: 1,
  })
  expect(cluster.take("appendEntriesReply")).toMatchObject([{ success: true, index: 3 }])
})

test("a follower commits no further than what the message confirmed, whatever else its log holds", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.start(3, startOf([1, 2, 3], "1: 1:a 2:stray 2:stray", 2))
  const [first] = entriesOf("1:")
  cluster.deliver({
    kind: "appendEntries",
    from: 1,
    to: 3,
    term: 3,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [first!],
    leaderCommit: 4,
    round: 1,
  })
  expect(cluster.node(3).commitIndex).toBe(1)
  expect(cluster.log(3)).toBe("1: 1:a 2:stray 2:stray")
})

test("appends are pipelined: many are under way before the first answer", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  for (const command of ["a", "b", "c"]) cluster.propose(1, command)
  expect(cluster.take("appendEntries", 2).map((message) => message.entries.length)).toEqual([1, 1, 1])
})

test("the window of appends under way is bounded in messages and in bytes", () => {
  const inMessages = new RaftCluster([1, 2, 3], { inflightMessagesMax: 2 })
  inMessages.elect(1)
  for (const command of ["a", "b", "c", "d"]) inMessages.propose(1, command)
  expect(inMessages.wire.filter((message) => message.to === 2)).toHaveLength(2)
  inMessages.settle()
  expect(inMessages.committed(2)).toBe("1: 1:a 1:b 1:c 1:d")

  const inBytes = new RaftCluster([1, 2, 3], { inflightBytesMax: 10, appendBytesMax: 10 })
  inBytes.elect(1)
  for (let i = 0; i < 4; i++) inBytes.propose(1, "123456")
  expect(inBytes.wire.filter((message) => message.to === 2)).toHaveLength(2)
})

test("one lost append does not wedge the pipeline: the next heartbeat finds the gap", () => {
  const cluster = new RaftCluster([1, 2, 3], { inflightMessagesMax: 2 })
  cluster.elect(1)
  for (const command of ["a", "b", "c", "d"]) cluster.propose(1, command)
  cluster.take("appendEntries", 2)
  cluster.advance(200)
  expect(cluster.committed(2)).toBe("1: 1:a 1:b 1:c 1:d")
})

test("batches respect the size limit, and a larger entry travels alone", () => {
  const cluster = new RaftCluster([1, 2, 3], { appendBytesMax: 8 })
  cluster.elect(1)
  cluster.propose(1, "1234", "1234", "1234", "a very large one", "1")
  expect(cluster.take("appendEntries", 2).map((message) => message.entries.length)).toEqual([2, 1, 1, 1])
})

test("proposals are refused when too many bytes are uncommitted, and taken again after they are", () => {
  const cluster = new RaftCluster([1, 2, 3], { uncommittedBytesMax: 8 })
  cluster.elect(1)
  cluster.propose(1, "123456")
  expect(cluster.node(1).propose([new Uint8Array(3)])).toEqual({ ok: false, reason: "overloaded" })
  cluster.settle()
  expect(cluster.node(1).propose([new Uint8Array(3)])).toMatchObject({ ok: true })
})

test("a proposal that is too large is refused, and one of exactly the limit is not", () => {
  const cluster = new RaftCluster([1], { proposalBytesMax: 4 })
  cluster.advance(0)
  expect(cluster.node(1).propose([new Uint8Array(5)])).toEqual({ ok: false, reason: "tooLarge" })
  expect(cluster.node(1).propose([new Uint8Array(4)])).toMatchObject({ ok: true })
})

test("only a leader takes proposals", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  expect(cluster.node(2).propose([new Uint8Array(1)])).toEqual({ ok: false, reason: "notLeader" })
})

test("the news of a commit is not answered, unless it does not fit", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  const news = (prevLogIndex: number) =>
    cluster.deliver({
      kind: "appendEntries",
      from: 1,
      to: 2,
      term: 1,
      prevLogIndex,
      prevLogTerm: 1,
      entries: [],
      leaderCommit: 1,
      round: 0,
    })
  news(1)
  expect(cluster.take("appendEntriesReply")).toEqual([])
  news(5)
  expect(cluster.take("appendEntriesReply")).toMatchObject([{ success: false, index: 5, hintIndex: 1 }])
})

test("a refusal that comes late moves nothing", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.propose(1, "a", "b")
  cluster.settle()
  const { matchIndex, nextIndex } = cluster.leader(1).progress.get(2)!
  expect([matchIndex, nextIndex]).toEqual([3, 4])
  const refusal = { kind: "appendEntriesReply", from: 2, to: 1, term: 1, success: false, hintIndex: 0, hintTerm: 0, round: 1 } as const
  for (const index of [0, 1, 2, 3]) cluster.deliver({ ...refusal, index })
  expect(cluster.leader(1).progress.get(2)).toMatchObject({ state: "replicate", matchIndex: 3, nextIndex: 4 })
  // While it probes, only the answer to the last probe counts.
  cluster.node(1).unreachable(2, cluster.now)
  cluster.deliver({ ...refusal, index: 1 })
  expect(cluster.leader(1).progress.get(2)).toMatchObject({ state: "probe", nextIndex: 4 })
})

test("a full window is no reason to send no heartbeat: its refusal tells that all of the window was lost", () => {
  const cluster = new RaftCluster([1, 2, 3], { inflightMessagesMax: 2 })
  cluster.elect(1)
  for (const command of ["a", "b", "c"]) cluster.propose(1, command)
  expect(cluster.take("appendEntries", 2)).toHaveLength(2)
  cluster.settle()
  cluster.now = cluster.node(1).deadline
  cluster.node(1).wake(cluster.now)
  cluster.collect(1)
  expect(cluster.take("appendEntries", 2)).toMatchObject([{ entries: [], prevLogIndex: 3 }])
  cluster.now = cluster.node(1).deadline
  cluster.node(1).wake(cluster.now)
  cluster.collect(1)
  cluster.settle()
  expect(cluster.committed(2)).toBe("1: 1:a 1:b 1:c")
})
