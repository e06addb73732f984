// The bounds of a replica that a whole cluster is needed to reach: at the edge, one inside, one outside.

import { describe, expect, test } from "vitest"
import { TestCluster } from "./cluster.ts"
import { add, expectEqualStates, small } from "./stories.ts"

describe("snapshots in small pieces", () => {
  // A counter's chunk has a little more than 200 bytes.
  test.each([
    ["snapshotPieceBytesMax: a machine's chunks that are longer", { snapshotPieceBytesMax: 50 }],
    ["snapshotPieceBytesMax: every byte of a chunk by itself", { snapshotPieceBytesMax: 1 }],
    [
      "snapshotPendingBytesMax: a receiver that has room for a message less than comes",
      { snapshotPendingBytesMax: 1, snapshotChunkBytes: 300 },
    ],
  ])("%s restart and install like others", (_title, limits) => {
    const cluster = new TestCluster([1, 2, 3], { limits: { ...small, ...limits } })
    const leader = cluster.untilLeader()
    const [away, follower] = [1, 2, 3].filter((id) => id !== leader)
    cluster.crash(away!)
    add(cluster, leader, 300)
    cluster.start(away!)
    cluster.untilEqual()
    expect(cluster.node(away!).observations.some(({ kind }) => kind === "snapshotInstalled")).toBe(true)
    cluster.crash(follower!)
    cluster.start(follower!)
    cluster.untilEqual()
    expectEqualStates(cluster)
  })
})
