/** Raft §7, snapshots, as far as the core decides: positions, configurations, and who needs one. */

import { expect, test } from "vitest"
import { bootstrapConfiguration } from "../../src/core/index.ts"
import { memberNamed, RaftCluster, startOf } from "./raft-cluster.ts"

function compactedCluster(): RaftCluster {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.partition([1, 2], [3])
  cluster.propose(1, "a", "b", "c", "d")
  cluster.settle()
  const raft = cluster.node(1)
  raft.compact(raft.describeSnapshot(4), 4)
  return cluster
}

test("compaction keeps a tail behind the snapshot and forgets what is below it", () => {
  const cluster = compactedCluster()
  expect(cluster.node(1).state.snapshot).toMatchObject({ lastIndex: 4, lastTerm: 1 })
  expect(cluster.node(1).firstIndex).toBe(4)
  expect(cluster.log(1)).toBe("1:c 1:d")
})

test("a follower that the log no longer reaches is sent a snapshot, and then the rest of the log", () => {
  const cluster = compactedCluster()
  cluster.heal()
  let needed: number[] = []
  const raft = cluster.node(1)
  const take = raft.takeReady.bind(raft)
  raft.takeReady = (now) => {
    const ready = take(now)
    needed = [...needed, ...ready.snapshotsNeeded]
    return ready
  }
  cluster.advance(100)
  expect(needed).toEqual([3])
  expect(cluster.leader(1).progress.get(3)!.state).toBe("snapshot")
  expect(cluster.node(3).installSnapshot(raft.state.snapshot)).toBe("installed")
  expect(cluster.node(3).commitIndex).toBe(4)
  raft.snapshotSent(3, 4, true)
  cluster.advance(100)
  expect(cluster.committed(3)).toBe("1:d")
  expect(cluster.leader(1).progress.get(3)!.state).toBe("replicate")
})

test("heartbeats reach a follower that waits for its snapshot, so it does not campaign", () => {
  const cluster = compactedCluster()
  cluster.heal()
  cluster.advance(5000)
  expect(cluster.role(1)).toBe("leader")
  expect(cluster.node(3).state.leaderId).toBe(1)
})

test("a snapshot that could not be sent is tried again", () => {
  const cluster = compactedCluster()
  cluster.heal()
  cluster.advance(100)
  cluster.node(1).snapshotSent(3, 4, false)
  cluster.collect(1)
  cluster.advance(100)
  expect(cluster.leader(1).progress.get(3)!.state).toBe("snapshot")
})

test("a snapshot at or below the commit index is ignored", () => {
  const cluster = compactedCluster()
  expect(cluster.node(2).installSnapshot(cluster.node(1).state.snapshot)).toBe("ignored")
})

test("a snapshot that fits the log moves the commit index and keeps what follows", () => {
  const cluster = new RaftCluster([1, 2, 3])
  const raft = cluster.start(3, startOf([1, 2, 3], "1: 1:a 1:b", 1))
  expect(raft.installSnapshot({ ...raft.state.snapshot, lastIndex: 2, lastTerm: 1 })).toBe("fastForwarded")
  expect(cluster.log(3)).toBe("1: 1:a 1:b")
  expect(raft.commitIndex).toBe(2)
})

test("a snapshot that contradicts the log replaces it, and brings its configuration", () => {
  const cluster = new RaftCluster([1, 2, 3])
  const raft = cluster.start(3, startOf([1, 2, 3], "1: 2:a 2:b", 2))
  const configuration = { ...raft.configuration, index: 2, learners: [9] }
  expect(raft.installSnapshot({ lastIndex: 2, lastTerm: 3, configuration })).toBe("installed")
  expect(cluster.log(3)).toBe("")
  expect(raft.state.log.base).toEqual({ index: 2, term: 3 })
  expect(raft.configuration.learners).toEqual([9])
  expect(raft.state.durability.persistedIndex).toBe(2)
})

test("the configuration that a snapshot carries is the one in force at its index, not a later one", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.propose(1, "a")
  cluster.settle()
  cluster.node(1).changeMembership([{ kind: "demote", id: 3 }], null, cluster.now)
  cluster.collect(1)
  cluster.advance(100)
  expect(cluster.node(1).describeSnapshot(2).configuration.voters).toEqual([1, 2, 3])
  expect(cluster.node(1).describeSnapshot(cluster.node(1).commitIndex).configuration.voters).toEqual([1, 2])
})

test("a restart with a kept tail behind the snapshot knows the log from the tail on", () => {
  const cluster = compactedCluster()
  const { snapshot, log } = cluster.node(1).state
  const entries = cluster.node(1).entries(log.base.index + 1, cluster.node(1).lastIndex)
  const raft = cluster.start(1, { hardState: { term: 1, votedFor: 1, commitIndex: 5 }, snapshot, entries })
  expect(raft.commitIndex).toBe(5)
  expect(raft.state.log.base).toEqual({ index: 4, term: 1 })
})

test("a server that lost power when a snapshot was on disk but its term was not, comes back in that term and refuses the leader before", () => {
  const configuration = bootstrapConfiguration([1, 2, 3].map(memberNamed))
  const cluster = new RaftCluster([])
  const raft = cluster.start(3, {
    hardState: { term: 2, votedFor: 2, commitIndex: 0 },
    snapshot: { lastIndex: 5, lastTerm: 3, configuration },
    entries: [],
  })
  expect(raft.state).toMatchObject({ term: 3, votedFor: null })
  const head = { kind: "appendEntries", from: 2, to: 3, term: 2, leaderCommit: 0, round: 1 } as const
  cluster.deliver({ ...head, prevLogIndex: 5, prevLogTerm: 2, entries: [] })
  expect(cluster.take("appendEntriesReply")).toMatchObject([{ success: false, term: 3 }])
  expect(raft.state.durability.requested.term).toBe(3)
})

test("a snapshot that commits what a new leader has in its log frees the room for proposals", () => {
  const cluster = new RaftCluster([1, 2, 3], { uncommittedBytesMax: 4 })
  cluster.elect(1)
  cluster.propose(1, "abcd")
  // Everyone has the entry; nobody but its leader knows that it is committed.
  for (const message of cluster.take("appendEntries")) if (message.entries.length > 0) cluster.deliver(message)
  cluster.take("appendEntriesReply")
  cluster.timeout(2)
  for (const kind of ["preVote", "preVoteReply", "requestVote", "requestVoteReply"] as const) {
    for (const message of cluster.take(kind, kind.endsWith("Reply") ? 2 : 3)) cluster.deliver(message)
  }
  expect(cluster.leader(2).uncommittedBytes).toBe(4)
  const { configuration } = cluster.node(2)
  expect(cluster.node(2).installSnapshot({ lastIndex: 2, lastTerm: 1, configuration })).toBe("fastForwarded")
  expect(cluster.leader(2).uncommittedBytes).toBe(0)
  expect(cluster.node(2).propose([new Uint8Array(4)])).toMatchObject({ ok: true })
})
