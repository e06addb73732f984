import { expect, test } from "vitest"
import { RaftCluster } from "../../test/paper/raft-cluster.ts"
import { defaultRaftOptions, explainBadOptions } from "./options.ts"

test("a clone goes its own way, and goes the same way when told the same", () => {
  const cluster = new RaftCluster([1, 2, 3])
  cluster.elect(1)
  cluster.propose(1, "a")
  cluster.settle()
  const original = cluster.node(1)
  const copy = original.clone()
  expect(copy.hash()).toBe(original.hash())
  original.propose([new Uint8Array([1])])
  expect(copy.hash()).not.toBe(original.hash())
  expect(copy.lastIndex).toBe(2)
  copy.propose([new Uint8Array([1])])
  expect(copy.hash()).toBe(original.hash())
})

test("the same inputs give the same state, the same deadline and the same messages", () => {
  const run = () => {
    const cluster = new RaftCluster([1, 2, 3, 4, 5])
    cluster.advance(3000)
    return [1, 2, 3, 4, 5].map((id) => [cluster.node(id).hash(), cluster.node(id).deadline])
  }
  expect(run()).toEqual(run())
})

test("election timeouts fill their range", () => {
  const timeouts: number[] = []
  for (let seed = 0; seed < 500; seed++) timeouts.push(new RaftCluster([1, 2, 3], { seed }).node(1).deadline)
  expect(Math.min(...timeouts)).toBeGreaterThanOrEqual(150)
  expect(Math.max(...timeouts)).toBeLessThan(300)
  expect(Math.min(...timeouts)).toBeLessThan(155)
  expect(Math.max(...timeouts)).toBeGreaterThan(295)
})

test.each([
  [{ heartbeatIntervalMs: 51 }, "a heartbeat every 51 ms does not fit an election timeout of 150 ms"],
  [{ electionTimeoutMaxMs: 150 }, "leave nothing to draw from"],
  [{ electionTimeoutMinMs: 0 }, "it must be above 0"],
  [{ heartbeatIntervalMs: Number.NaN }, "it must be above 0"],
  [{ id: 0 }, "is not an integer from 1 to 4294967295"],
  [{ id: 1.5 }, "is not an integer from 1 to 4294967295"],
  [{ appendBytesMax: 0 }, "appendBytesMax is 0"],
  [{ campaignOnDisconnect: true, leaseReads: true }, "does not go with leaseReads"],
  [{ clockDriftMax: 1 }, "is not between 0 and 1"],
])("options that do not fit are explained: %o", (options, words) => {
  expect(explainBadOptions({ ...defaultRaftOptions, id: 1, seed: 1, ...options })).toContain(words)
  expect(() => new RaftCluster([1], options)).toThrow(words)
})

test("a heartbeat of exactly a third of the timeout fits", () => {
  expect(explainBadOptions({ ...defaultRaftOptions, id: 1, seed: 1, heartbeatIntervalMs: 50 })).toBeNull()
})
