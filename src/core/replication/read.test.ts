import { expect, test } from "vitest"
import { memberNamed, RaftCluster } from "../../../test/paper/raft-cluster.ts"

function read(cluster: RaftCluster, id: number, readId: number): void {
  expect(cluster.node(id).requestRead(readId)).toBeNull()
  cluster.collect(id)
}

test("a cluster of one still answers reads after minutes of idleness", () => {
  const cluster = new RaftCluster([1])
  cluster.advance(300_000)
  expect(cluster.leader(1).roundsSentAt).toHaveLength(0)
  read(cluster, 1, 7)
  expect(cluster.reads.get(1)).toEqual([{ readId: 7, readIndex: 1 }])
})

test("a read that waited for a voter is answered when the cluster shrinks to its leader", () => {
  const cluster = new RaftCluster([1, 2])
  cluster.elect(1)
  cluster.node(1).changeMembership([{ kind: "remove", id: 2 }], null, cluster.now)
  cluster.collect(1)
  // Appends and their answers pass, but for the round that confirms the read.
  cluster.passes = (message) => message.kind !== "appendEntriesReply" || message.round < cluster.leader(1).round
  read(cluster, 1, 7)
  cluster.settle()
  expect(cluster.node(1).configuration).toMatchObject({ voters: [1], votersOutgoing: [], members: [memberNamed(1)] })
  cluster.advance(200)
  expect(cluster.reads.get(1)).toEqual([{ readId: 7, readIndex: 1 }])
})
