/** Raft §6 and dissertation §4, membership: joint consensus, learners, leaders that leave. */

import { expect, test } from "vitest"
import type { MembershipChange } from "../../src/core/index.ts"
import { lastIndexOf, lastTermOf } from "../../src/core/log/log.ts"
import { memberNamed, RaftCluster } from "./raft-cluster.ts"

function change(cluster: RaftCluster, leader: number, ...changes: readonly MembershipChange[]) {
  const result = cluster.node(leader).changeMembership(changes, null, cluster.now)
  cluster.collect(leader)
  return result
}

test("a new voter learns first, and is promoted through a joint configuration once it has caught up", () => {
  const cluster = new RaftCluster([1])
  cluster.advance(0)
  cluster.propose(1, "a")
  cluster.join(2)
  expect(change(cluster, 1, { kind: "addVoter", member: memberNamed(2) })).toMatchObject({ ok: true })
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1], learners: [2], promoting: [2] })
  cluster.advance(500)
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1, 2], votersOutgoing: [], learners: [], promoting: [] })
  expect(cluster.node(2).configuration).toEqual(cluster.node(1).configuration)
  expect(cluster.log(2)).toBe("1: 1:a 1:{1} 1:{1,2|1} 1:{1,2}")
})

test("a learner, and a server that was removed, still vote: they may be voters without knowing it yet", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.join(4)
  change(cluster, 1, { kind: "addLearner", member: memberNamed(4) })
  cluster.advance(100)
  change(cluster, 1, { kind: "remove", id: 3 })
  cluster.advance(100)
  cluster.now += 5_000
  for (const to of [3, 4]) {
    const { log, term } = cluster.node(2).state
    const asks = { from: 2, to, term: term + 1, lastLogIndex: lastIndexOf(log), lastLogTerm: lastTermOf(log), force: false } as const
    cluster.deliver({ kind: "requestVote", ...asks })
    expect(cluster.take("requestVoteReply", 2)).toMatchObject([{ from: to, granted: true }])
  }
})

test("grow from one to three to five, and shrink back", () => {
  const cluster = new RaftCluster([1])
  cluster.advance(0)
  for (const id of [2, 3, 4, 5]) {
    cluster.join(id)
    expect(change(cluster, 1, { kind: "addVoter", member: memberNamed(id) })).toMatchObject({ ok: true })
    cluster.advance(500)
  }
  expect(cluster.node(5).configuration.voters).toEqual([1, 2, 3, 4, 5])
  for (const id of [2, 3, 4, 5]) {
    expect(change(cluster, 1, { kind: "remove", id })).toMatchObject({ ok: true })
    cluster.advance(500)
  }
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1], members: [memberNamed(1)] })
  cluster.propose(1, "alone")
  expect(cluster.committed(1).endsWith("alone")).toBe(true)
})

test("a joint configuration needs both majorities to commit", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  for (const id of [4, 5]) cluster.join(id)
  change(cluster, 1, { kind: "addLearner", member: memberNamed(4) })
  cluster.advance(100)
  change(cluster, 1, { kind: "addLearner", member: memberNamed(5) })
  cluster.advance(100)
  // {1,2,3} to {1,4,5}: of the new ones 4 and 5 are reachable, of the old ones only 1.
  cluster.passes = (message) => ![2, 3].includes(message.to) && ![2, 3].includes(message.from)
  const before = cluster.node(1).commitIndex
  expect(
    change(cluster, 1, { kind: "promote", id: 4 }, { kind: "promote", id: 5 }, { kind: "remove", id: 2 }, { kind: "remove", id: 3 }),
  ).toMatchObject({ ok: true })
  cluster.settle()
  expect(cluster.leader(1).progress.get(4)!.matchIndex).toBe(cluster.node(1).lastIndex)
  expect(cluster.node(1).commitIndex).toBe(before)
  cluster.heal()
  cluster.advance(200)
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1, 4, 5], votersOutgoing: [] })
})

test("a joint change is finished by whichever leader inherits it", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.join(4)
  change(cluster, 1, { kind: "addLearner", member: memberNamed(4) })
  cluster.advance(100)
  change(cluster, 1, { kind: "promote", id: 4 })
  for (const message of cluster.take("appendEntries")) cluster.deliver(message)
  cluster.partition([1], [2, 3, 4])
  expect(cluster.node(2).configuration.votersOutgoing).toEqual([1, 2, 3])
  cluster.elect(2)
  cluster.advance(200, [2, 3, 4])
  expect(cluster.node(2).configuration).toMatchObject({ voters: [1, 2, 3, 4], votersOutgoing: [] })
})

test("a configuration whose entry is truncated is rolled back", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1], [2, 3])
  change(cluster, 1, { kind: "addLearner", member: memberNamed(4) })
  expect(cluster.node(1).configuration.learners).toEqual([4])
  cluster.elect(2)
  cluster.heal()
  cluster.advance(500)
  expect(cluster.node(1).configuration).toMatchObject({ index: 0, learners: [] })
})

test("one change at a time, and none before the leader committed an entry of its own term", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1], [2, 3])
  expect(change(cluster, 1, { kind: "addLearner", member: memberNamed(4) })).toMatchObject({ ok: true })
  expect(change(cluster, 1, { kind: "addLearner", member: memberNamed(5) })).toMatchObject({ ok: false, reason: "changeInProgress" })

  const fresh = new RaftCluster([1, 2, 3])
  fresh.timeout(1)
  for (const kind of ["preVote", "preVoteReply", "requestVote", "requestVoteReply"] as const)
    for (const message of fresh.take(kind)) fresh.deliver(message)
  expect(fresh.role(1)).toBe("leader")
  expect(change(fresh, 1, { kind: "addLearner", member: memberNamed(4) })).toMatchObject({ ok: false, reason: "noCommittedEntryInTerm" })
})

test("a change made for a configuration that another change replaced is refused", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  change(cluster, 1, { kind: "addLearner", member: memberNamed(4) })
  cluster.settle()
  const result = cluster.node(1).changeMembership([{ kind: "addLearner", member: memberNamed(5) }], 0, cluster.now)
  expect(result).toMatchObject({ ok: false, reason: "staleConfiguration" })
})

test.each<[string, readonly MembershipChange[], string]>([
  ["an unknown server", [{ kind: "remove", id: 9 }], "unknownMember"],
  ["a server that belongs already", [{ kind: "addVoter", member: memberNamed(2) }], "duplicateMember"],
  ["the id of a server that was removed", [{ kind: "addVoter", member: { ...memberNamed(4), peerAddress: "elsewhere:1" } }], "reusedId"],
  [
    "an address that is taken",
    [{ kind: "addVoter", member: { ...memberNamed(9), peerAddress: memberNamed(2).peerAddress } }],
    "duplicateMember",
  ],
  ["nothing", [], "invalidChange"],
  ["an id out of range", [{ kind: "addVoter", member: memberNamed(0) }], "invalidChange"],
  [
    "a name that is one character too long",
    [{ kind: "addLearner", member: { ...memberNamed(9), name: "x".repeat(1025) } }],
    "invalidChange",
  ],
  ["an address that is too long", [{ kind: "update", member: { ...memberNamed(2), clientAddress: "x".repeat(70_000) } }], "invalidChange"],
  ["to remove everyone", [1, 2, 3].map((id) => ({ kind: "remove" as const, id })), "wouldLoseQuorum"],
])("refused: %s", (_name, changes, reason) => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.join(4)
  change(cluster, 1, { kind: "addLearner", member: memberNamed(4) })
  cluster.advance(100)
  change(cluster, 1, { kind: "remove", id: 4 })
  cluster.advance(100)
  expect(change(cluster, 1, ...changes)).toMatchObject({ ok: false, reason })
})

test("the longest name that a member may have goes into the log", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  expect(change(cluster, 1, { kind: "update", member: { ...memberNamed(2), name: "x".repeat(1024) } })).toMatchObject({ ok: true })
})

test("a change that would leave too few answering voters for a majority is refused", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1, 2], [3])
  cluster.advance(1000, [1, 2])
  expect(change(cluster, 1, { kind: "remove", id: 2 })).toMatchObject({ ok: false, reason: "wouldLoseQuorum" })
  expect(change(cluster, 1, { kind: "remove", id: 3 })).toMatchObject({ ok: true })
})

test("a voter whose connection has just broken does not count as one that answers", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.passes = (message) => ![message.from, message.to].includes(3)
  cluster.node(1).unreachable(3, cluster.now)
  expect(change(cluster, 1, { kind: "remove", id: 2 })).toMatchObject({ ok: false, reason: "wouldLoseQuorum" })
  expect(change(cluster, 1, { kind: "remove", id: 3 })).toMatchObject({ ok: true })
})

test("a voter that was never there does not count as one that answers, even where the log no longer reaches it", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.passes = (message) => ![message.from, message.to].includes(3)
  cluster.elect(1)
  cluster.propose(1, "a", "b", "c", "d")
  cluster.settle()
  const raft = cluster.node(1)
  raft.compact(raft.describeSnapshot(4), 4)
  cluster.advance(60)
  expect(cluster.leader(1).progress.get(3)).toMatchObject({ state: "snapshot", matchIndex: 0 })
  expect(change(cluster, 1, { kind: "remove", id: 2 })).toMatchObject({ ok: false, reason: "wouldLoseQuorum" })
})

test("a learner is not promoted before it has the configuration on disk that names it: until then it has no vote", () => {
  const cluster = new RaftCluster([1])
  cluster.advance(0)
  cluster.join(2)
  // It answers, and has nothing yet.
  cluster.passes = (message) => message.kind !== "appendEntries" || message.entries.length === 0
  change(cluster, 1, { kind: "addLearner", member: memberNamed(2) })
  cluster.advance(500)
  expect(cluster.leader(1).progress.get(2)).toMatchObject({ state: "replicate", matchIndex: 0 })
  expect(change(cluster, 1, { kind: "promote", id: 2 })).toMatchObject({ ok: false, reason: "notCaughtUp" })
  cluster.passes = () => true
  cluster.advance(500)
  expect(change(cluster, 1, { kind: "promote", id: 2 })).toMatchObject({ ok: true })
})

test("a learner that is behind is not promoted, and learners never count", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.passes = (message) => message.to !== 4
  change(cluster, 1, { kind: "addLearner", member: memberNamed(4) })
  cluster.settle()
  expect(change(cluster, 1, { kind: "promote", id: 4 })).toMatchObject({ ok: false, reason: "notCaughtUp" })
  cluster.join(4)
  cluster.passes = (message) => [1, 4].includes(message.from) && [1, 4].includes(message.to)
  const { commitIndex } = cluster.node(1)
  cluster.propose(1, "x")
  cluster.settle()
  expect(cluster.node(1).commitIndex).toBe(commitIndex)
})

test("a leader that removes itself leads until the change commits, tells the others, and hands over", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  expect(change(cluster, 1, { kind: "remove", id: 1 })).toMatchObject({ ok: true })
  cluster.settle()
  expect(cluster.role(1)).toBe("follower")
  expect([2, 3].filter((id) => cluster.role(id) === "leader")).toHaveLength(1)
  expect(cluster.node(2).configuration.voters).toEqual([2, 3])
  cluster.advance(3000)
  expect(cluster.node(1).state.term).toBe(1)
})

test("a demoted voter keeps its vote while joint and is a learner afterwards", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  change(cluster, 1, { kind: "demote", id: 3 })
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1, 2], votersOutgoing: [1, 2, 3], learners: [], learnersNext: [3] })
  cluster.advance(200)
  expect(cluster.node(3).configuration).toMatchObject({ voters: [1, 2], votersOutgoing: [], learners: [3], learnersNext: [] })
})

test("servers that a configuration leaves out may still be elected to commit it: nobody else may have a log that can win", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(3)
  // The joint configuration commits, and the new one, {1}, gets everywhere but to 1, which then needs the votes of 2 and 3.
  cluster.passes = (message) =>
    !(
      message.to === 1 &&
      message.kind === "appendEntries" &&
      message.entries.some(({ configuration }) => configuration?.votersOutgoing.length === 0)
    )
  expect(change(cluster, 3, { kind: "demote", id: 2 }, { kind: "remove", id: 3 })).toMatchObject({ ok: true })
  cluster.settle()
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1], votersOutgoing: [1, 2, 3] })
  for (const id of [2, 3]) expect(cluster.node(id).configuration).toMatchObject({ voters: [1], votersOutgoing: [] })
  cluster.partition([1], [2, 3])
  cluster.advance(1000)
  expect([1, 2, 3].filter((id) => cluster.role(id) === "leader")).toEqual([])
  cluster.heal()
  cluster.advance(3000)
  expect(cluster.role(1)).toBe("leader")
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1], votersOutgoing: [], learners: [2] })
  expect(cluster.node(1).commitIndex).toBe(cluster.node(1).lastIndex)
})

test("a server whose removal is known to be committed does not campaign", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  expect(change(cluster, 1, { kind: "remove", id: 3 })).toMatchObject({ ok: true })
  cluster.advance(200)
  expect(cluster.node(3).configuration.voters).toEqual([1, 2])
  cluster.partition([3], [1, 2])
  const { term } = cluster.node(3).state
  cluster.advance(3000)
  expect(cluster.role(3)).toBe("follower")
  expect(cluster.node(3).state.term).toBe(term)
})

test("a learner that caught up and then fell silent is not promoted: a cluster of one would wait for it for ever", () => {
  const cluster = new RaftCluster([1])
  cluster.elect(1)
  cluster.join(2)
  // The learner takes everything at once, but the leader's own disk is slow to make the change durable.
  cluster.heldDisks.add(1)
  expect(change(cluster, 1, { kind: "addVoter", member: memberNamed(2) })).toMatchObject({ ok: true })
  cluster.settle()
  expect(cluster.leader(1).progress.get(2)!.catchUp).toMatchObject({ done: true })
  cluster.partition([1], [2])
  cluster.advance(1000, [1])
  cluster.releaseDisk(1)
  cluster.propose(1, "a")
  cluster.advance(1000, [1])
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1], learners: [2], promoting: [2] })
  expect(cluster.committed(1)).toContain(":a")
  cluster.heal()
  cluster.advance(1000)
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1, 2], votersOutgoing: [], learners: [] })
})

/** {1,2,3} on the way to {1,4,5}, led by 1: the joint configuration is in every log and committed nowhere. */
function jointCluster(): RaftCluster {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  for (const id of [4, 5]) {
    cluster.join(id)
    change(cluster, 1, { kind: "addLearner", member: memberNamed(id) })
    cluster.advance(100)
  }
  cluster.passes = ({ kind }) => kind !== "appendEntriesReply"
  change(cluster, 1, { kind: "promote", id: 4 }, { kind: "promote", id: 5 }, { kind: "remove", id: 2 }, { kind: "remove", id: 3 })
  cluster.settle()
  cluster.heal()
  for (const id of [1, 2, 3, 4, 5]) expect(cluster.node(id).configuration).toMatchObject({ voters: [1, 4, 5], votersOutgoing: [1, 2, 3] })
  return cluster
}

test.each([
  ["of the new servers alone", [1, 4, 5], false],
  ["of the old servers alone", [1, 2, 3], false],
  ["of both", [1, 2, 4], true],
] as const)("while joint, the votes %s decide as both majorities say", (_name, reachable, wins) => {
  const cluster = jointCluster()
  const others = [1, 2, 3, 4, 5].filter((id) => !reachable.some((one) => one === id))
  cluster.partition(reachable, others)
  const candidate = reachable[1]
  for (const id of reachable) cluster.now = Math.max(cluster.now, cluster.node(id).deadline)
  cluster.node(1).stepDown("to see who wins", cluster.now)
  cluster.collect(1)
  cluster.timeout(candidate)
  cluster.settle()
  // Who wins finishes the change, and 2 is not part of what comes of it: whether it led for a moment is what counts.
  expect(cluster.observations.get(candidate)!.some(({ kind }) => kind === "becameLeader")).toBe(wins)
})

test.each([
  ["the new majority alone", [4, 5], false],
  ["the old majority alone", [2, 3], false],
  ["both", [2, 4], true],
] as const)("while joint, %s keeps a leader in office and confirms its reads only as both majorities say", (_name, heard, suffices) => {
  const cluster = jointCluster()
  cluster.passes = ({ from, to }) => [from, to].every((id) => id === 1 || heard.some((one) => one === id))
  // That this makes the change go on where both answer is another matter.
  expect(cluster.node(1).requestRead(7)).toBeNull()
  cluster.collect(1)
  cluster.settle()
  expect(cluster.reads.get(1)!.some(({ readIndex }) => readIndex !== null)).toBe(suffices)
  cluster.advance(290, [1])
  if (!suffices) {
    cluster.advance(20, [1])
    expect(cluster.role(1)).toBe("follower")
  } else {
    expect(cluster.role(1)).toBe("leader")
  }
})
