import { expect, test } from "vitest"
import { SimulatedDisk } from "../../src/simulator/disk/disk.ts"
import { TestCluster } from "./cluster.ts"

test("a server whose disk has no room for the very first write joins once there is", () => {
  const cluster = new TestCluster([1, 2, 3])
  cluster.crash(3)
  const { configuration } = cluster.replica(cluster.untilLeader()).status()
  cluster.nodes.set(3, { ...cluster.node(3), disk: new SimulatedDisk(), trouble: "full" })
  cluster.start(3, configuration)
  cluster.run(1_000)
  expect(cluster.replica(3).status()).toMatchObject({ disk: "full", leaderId: null })
  cluster.mend(3)
  cluster.run(1_000)
  expect(cluster.node(3).observations.map(({ kind }) => kind)).toContain("diskRecovered")
  cluster.untilEqual()
})
