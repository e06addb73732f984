/** Raft §5.4, safety: who can win, and what a count of copies means. */

import { expect, test } from "vitest"
import { RaftCluster, startOf } from "./raft-cluster.ts"

const five = [1, 2, 3, 4, 5]

test.each([
  ["a later last term wins, even on a shorter log", "1: 2:", "1: 1: 1:", true],
  ["the same last term and a longer log wins", "1: 1:", "1:", true],
  ["an equal log wins", "1: 1:", "1: 1:", true],
  ["a shorter log of the same last term is refused", "1:", "1: 1:", false],
  ["an earlier last term is refused, even on a longer log", "1: 1: 1:", "1: 2:", false],
])("§5.4.1: %s", (_name, candidate, voter, granted) => {
  const cluster = new RaftCluster([1, 2], { preVote: false })
  cluster.start(1, startOf([1, 2], candidate, 3))
  cluster.start(2, startOf([1, 2], voter, 3))
  cluster.timeout(1)
  cluster.settle()
  expect(cluster.role(1) === "leader").toBe(granted)
})

test("Figure 8: an entry of an older term is not committed by counting copies, only together with one of the leader's own", () => {
  const cluster = new RaftCluster(five)
  // (a) S1 leads term 2 and has given its entry to S2; (b) S5 led term 3 and has an entry that nobody else has.
  cluster.start(1, startOf(five, "1: 2:a", 3))
  cluster.start(2, startOf(five, "1: 2:a", 3))
  cluster.start(5, startOf(five, "1: 3:b", 3))
  for (const id of [3, 4]) cluster.start(id, startOf(five, "1:", 3))
  // (c) S1 leads term 4 and copies term 2's entry to S3, a majority; its own no-op reaches nobody.
  cluster.partition([1, 2, 3], [4, 5])
  cluster.timeout(1)
  const isOwn = (term: number) => term === 4
  cluster.passes = (message) =>
    [1, 2, 3].includes(message.from) &&
    [1, 2, 3].includes(message.to) &&
    !(message.kind === "appendEntries" && message.entries.some((entry) => isOwn(entry.term)))
  cluster.settle()
  expect(cluster.role(1)).toBe("leader")
  const [a] = cluster.node(1).entries(2, 2)
  for (const id of [2, 3]) {
    cluster.deliver({
      kind: "appendEntries",
      from: 1,
      to: id,
      term: 4,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [a!],
      leaderCommit: 0,
      round: 1,
    })
  }
  cluster.settle()
  expect(cluster.leader(1).progress.get(2)!.matchIndex).toBe(2)
  expect(cluster.leader(1).progress.get(3)!.matchIndex).toBe(2)
  expect(cluster.node(1).commitIndex).toBe(0)
  // (e) Once an entry of term 4 is on a majority, both are committed.
  cluster.partition([1, 2, 3], [4, 5])
  cluster.advance(200, [1, 2, 3])
  expect(cluster.committed(1)).toBe("1: 2:a 4:")
})

test("uncommitted entries of a deposed leader are removed when it returns", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1], [2, 3])
  cluster.propose(1, "lost", "too")
  cluster.elect(2)
  cluster.propose(2, "kept")
  cluster.heal()
  cluster.advance(500)
  expect([1, 2, 3].map((id) => cluster.committed(id))).toEqual(["1: 2: 2:kept", "1: 2: 2:kept", "1: 2: 2:kept"])
  expect(cluster.observations.get(1)).toContainEqual({ kind: "truncated", from: 2, through: 3, conflictTerm: 1 })
})

test("a new leader commits what it inherited at once, by its no-op", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.start(1, startOf([1, 2, 3], "1: 1:a 1:b", 1, 1))
  cluster.elect(1)
  expect(cluster.committed(1)).toBe("1: 1:a 1:b 2:")
})

test("a conflict at or below the commit index proves that somebody forgot what was committed, whichever way it is told", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.propose(1, "a", "b")
  cluster.settle()
  const raft = cluster.node(2)
  const [entry] = raft.entries(2, 2)
  const append = { kind: "appendEntries", from: 3, to: 2, term: 9, leaderCommit: 3, round: 1 } as const
  const told = [
    {
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [
        { ...entry!, index: 2, term: 7 },
        { ...entry!, index: 3, term: 8 },
      ],
    },
    // Fewer than what is committed here: it was acknowledged in silence once.
    { prevLogIndex: 1, prevLogTerm: 1, entries: [{ ...entry!, index: 2, term: 7 }] },
    { prevLogIndex: 2, prevLogTerm: 7, entries: [] },
  ]
  for (const one of told) {
    const server = raft.clone()
    server.receive({ ...append, ...one }, cluster.now)
    const { messages, observations } = server.takeReady(cluster.now)
    expect(messages.filter(({ kind }) => kind === "appendEntriesReply")).toEqual([])
    expect(observations).toContainEqual(expect.objectContaining({ kind: "committedLost", peer: 3 }))
  }
  const honest = raft.clone()
  honest.receive({ ...append, prevLogIndex: 1, prevLogTerm: 1, entries: [entry!] }, cluster.now)
  expect(honest.takeReady(cluster.now).observations).not.toContainEqual(expect.objectContaining({ kind: "committedLost" }))
})

test("an acknowledgement of more than the leader's log holds proves the same", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.settle()
  const raft = cluster.node(1)
  const { term } = raft.state
  const reply = { kind: "appendEntriesReply", from: 2, to: 1, term, success: true, hintIndex: 0, hintTerm: 0, round: 1 } as const
  raft.receive({ ...reply, index: raft.lastIndex }, cluster.now)
  expect(raft.takeReady(cluster.now).observations).toEqual([])
  raft.receive({ ...reply, index: raft.lastIndex + 1 }, cluster.now)
  expect(raft.takeReady(cluster.now).observations).toContainEqual(expect.objectContaining({ kind: "committedLost", peer: 2 }))
})
