// What a server's former life left on the network, and what a server does that has to lead while it restores: late words meet new questions.

import { expect, test } from "vitest"
import type { Message, NodeId } from "../../src/core/index.ts"
import { TestCluster } from "./cluster.ts"
import { expectEqualStates, small } from "./stories.ts"

function withFollower(): { cluster: TestCluster; leader: NodeId; follower: NodeId } {
  const cluster = new TestCluster([1, 2, 3])
  const leader = cluster.untilLeader()
  cluster.untilEqual()
  return { cluster, leader, follower: leader === 1 ? 2 : 1 }
}

function restart(cluster: TestCluster, id: NodeId): void {
  cluster.crash(id)
  cluster.start(id)
  cluster.until(() => cluster.replica(id).raft.state.leaderId !== null)
  cluster.untilEqual()
}

test("an answer to a read of a server's former life does not answer a read of this one", () => {
  const { cluster, leader, follower } = withFollower()
  cluster.outcome(cluster.propose(leader, "add x 1"))
  const late: Message[] = []
  cluster.isLost = (message) => message.kind === "readIndexReply" && late.push(message) > 0
  cluster.read(follower, "x")
  cluster.until(() => late.length > 0)
  restart(cluster, follower)
  // The follower misses the next write, so an index from before it would be all that it asks for.
  cluster.isLost = ({ kind, to }) => to === follower && kind === "appendEntries"
  cluster.outcome(cluster.propose(leader, "add x 1"))
  const read = cluster.read(follower, "x")
  cluster.feed(follower, { kind: "message", message: late[0]! })
  cluster.isLost = () => false
  expect(cluster.answer(read)).toMatchObject({ kind: "answered", answer: 2 })
})

test("a refusal of a proposal of a server's former life does not refuse a proposal of this one", () => {
  const { cluster, leader, follower } = withFollower()
  const late: Message[] = []
  cluster.isLost = (message) => message.kind === "forwardProposalsReply" && late.push(message) > 0
  cluster.node(leader).trouble = "full"
  cluster.propose(leader, "add y 1")
  cluster.until(() => cluster.replica(leader).status().disk === "full")
  cluster.propose(follower, "add x 1")
  cluster.until(() => late.length > 0)
  expect(late[0]).toMatchObject({ rejected: [1], reason: "diskFull" })
  cluster.mend(leader)
  cluster.isLost = () => false
  cluster.run(600)
  restart(cluster, follower)
  const id = cluster.propose(follower, "add x 1")
  cluster.feed(follower, { kind: "message", message: late[0]! })
  expect(cluster.outcome(id)).toMatchObject({ kind: "committed" })
})

test("a server that is elected while it restores a snapshot takes proposals, and the cluster's clock does not go back", () => {
  const cluster = new TestCluster([1, 2, 3], { limits: { ...small, snapshotRequestBytesMax: 32 } })
  const old = cluster.untilLeader()
  const [slow, other] = [1, 2, 3].filter((id) => id !== old) as [NodeId, NodeId]
  cluster.crash(slow)
  for (let i = 0; i < 150; i++) cluster.outcome(cluster.propose(old, `add name${i} 1`))
  cluster.run(3_000)
  const before = cluster.outcome(cluster.propose(old, "time"))
  cluster.untilEqual([old, other])
  cluster.outcome(cluster.ask(old, (id) => ({ kind: "takeSnapshot", id })))
  cluster.start(slow)
  cluster.until(() => cluster.replica(slow).status().snapshotActivity === "restoring")
  cluster.crash(old)
  cluster.isLost = ({ kind, from }) => from === other && (kind === "preVote" || kind === "requestVote")
  cluster.until(() => cluster.leader === slow)
  expect(cluster.replica(slow).status().snapshotActivity).toBe("restoring")
  const after = cluster.propose(slow, "time")
  const later = cluster.outcome(after)
  expect(Number(timeOf(later))).toBeGreaterThanOrEqual(Number(timeOf(before)))
  expectEqualStates(cluster)
})

test("one client's reads on a server never go back in time, also not across the server's restart", () => {
  const { cluster, leader, follower } = withFollower()
  const written = cluster.outcome(cluster.propose(leader, "add x 1"))
  if (written.kind !== "committed") throw new Error(written.message)
  const seen = cluster.answer(cluster.read(follower, "x", "stale", written.index))
  expect(seen).toMatchObject({ answer: 1 })
  cluster.isLost = ({ to }) => to === follower
  cluster.crash(follower)
  cluster.start(follower)
  cluster.run(100)
  // It has not heard yet what is committed: an older state would be an answer, but not to someone who has seen a newer one.
  const again = cluster.read(follower, "x", "stale", written.index)
  cluster.run(100)
  expect(cluster.reads.has(again)).toBe(false)
  cluster.isLost = () => false
  expect(cluster.answer(again)).toMatchObject({ answer: 1 })
})

test("applyEntriesMax: a long backlog is applied in slices: a step applies so many entries, and asks for the next one at once", () => {
  const cluster = new TestCluster([1, 2, 3], { limits: { applyEntriesMax: 4 } })
  const leader = cluster.untilLeader()
  cluster.untilEqual()
  const follower = leader === 1 ? 2 : 1
  const applied: number[] = []
  const { feed } = cluster
  cluster.feed = (id, ...events) => {
    const before = cluster.replica(follower).lastApplied
    const effects = feed.call(cluster, id, ...events)
    if (id === follower) applied.push(cluster.replica(follower).lastApplied - before)
    return effects
  }
  const ids = Array.from({ length: 30 }, () => cluster.propose(leader, "add x 1"))
  for (const id of ids) cluster.outcome(id)
  cluster.untilEqual()
  expect(Math.max(...applied)).toBe(4)
  expect(applied.reduce((sum, count) => sum + count, 0)).toBe(30)
})

function timeOf(outcome: ReturnType<TestCluster["outcome"]>): string {
  if (outcome.kind !== "committed") throw new Error(outcome.message)
  return new TextDecoder().decode(outcome.result)
}
