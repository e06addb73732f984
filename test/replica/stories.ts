// What several of these tests tell their stories with.

import { expect } from "vitest"
import type { NodeId } from "../../src/core/index.ts"
import type { ReplicaLimits } from "../../src/replica/index.ts"
import type { TestCluster } from "./cluster.ts"

export const small: Partial<ReplicaLimits> = {
  snapshotLogBytesMin: 4_000,
  keptTailBytes: 500,
  snapshotChunkBytes: 700,
  snapshotWriteBytesMax: 1_400,
  snapshotRequestBytesMax: 900,
  snapshotSilenceMaxMs: 3_000,
}

export function add(cluster: TestCluster, node: NodeId, count: number): void {
  for (let i = 0; i < count; i++) {
    const outcome = cluster.outcome(cluster.propose(node, `add c${i % 10} 1`))
    if (outcome.kind !== "committed") throw new Error(`${outcome.kind}: ${outcome.message}`)
  }
}

export function expectEqualStates(cluster: TestCluster): void {
  cluster.untilEqual()
  expect(new Set(cluster.running.map(({ replica }) => replica!.replicatedHash())).size).toBe(1)
}

export const kindsOf = (cluster: TestCluster, id: NodeId): string[] => cluster.node(id).observations.map(({ kind }) => kind)
