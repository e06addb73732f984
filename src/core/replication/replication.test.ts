import { expect, test } from "vitest"
import { RaftCluster } from "../../../test/paper/raft-cluster.ts"

/** A leader of three whose follower 3 never answers, with its wire empty. */
function leaderWithASilentFollower(options: ConstructorParameters<typeof RaftCluster>[1]): RaftCluster {
  const cluster = new RaftCluster([1, 2, 3], options)
  cluster.elect(1)
  cluster.passes = (message) => message.from !== 3
  return cluster
}

/** Everything that goes on at this moment, without the test's own patience: how many rounds it takes until the leader has nothing more to say. */
function roundsToRest(cluster: RaftCluster): number {
  const raft = cluster.node(1)
  for (let round = 0; round < 100; round++) {
    const { messages } = raft.takeReady(cluster.now)
    if (messages.length === 0) return round
    cluster.wire.push(...messages)
  }
  return Infinity
}

function commitThroughServer2(cluster: RaftCluster, bytes: number): void {
  const raft = cluster.node(1)
  expect(raft.propose([new Uint8Array(bytes)]).ok).toBe(true)
  expect(roundsToRest(cluster)).toBeLessThan(3)
  const write = raft.takeWrite()
  if (write !== null) raft.persisted(write.number, cluster.now)
  for (const message of cluster.take("appendEntries", 2)) {
    cluster.node(2).receive(message, cluster.now)
    cluster.collect(2)
  }
  for (const reply of cluster.take("appendEntriesReply", 1)) raft.receive(reply, cluster.now)
  expect(roundsToRest(cluster)).toBeLessThan(3)
}

test("a window that is full by bytes, and not by messages, sends nothing more once it has said all that is of use", () => {
  const cluster = leaderWithASilentFollower({ inflightBytesMax: 1 << 20 })
  for (let i = 0; i < 20; i++) commitThroughServer2(cluster, 100_000)
  const { nextIndex, sentCommit, inflights } = cluster.leader(1).progress.get(3)!
  expect(inflights.bytes).toBe(11 * 100_000)
  expect(nextIndex - 1).toBe(12)
  expect(sentCommit).toBe(12)
  expect(cluster.node(1).commitIndex).toBe(21)
})

test("a full window still hears of commits among the entries that it was sent", () => {
  const cluster = leaderWithASilentFollower({ inflightBytesMax: 100 })
  commitThroughServer2(cluster, 100)
  const news = cluster.take("appendEntries", 3).filter(({ entries }) => entries.length === 0)
  expect(news.map(({ prevLogIndex, leaderCommit }) => [prevLogIndex, leaderCommit])).toEqual([[2, 2]])
  commitThroughServer2(cluster, 100)
  expect(cluster.take("appendEntries", 3)).toEqual([])
})
