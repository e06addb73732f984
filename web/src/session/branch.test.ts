import type { World } from "oarlock/simulator"
import { expect, test } from "vitest"
import { checkpointEvery, checkpointsMax, keepCheckpoint, type Branch } from "./branch.ts"
import { Ledger } from "./ledger.ts"

test("a long run keeps few checkpoints, and no event is far from one", () => {
  const branch: Branch = { id: 1, left: null, actions: [], moments: [], ledger: new Ledger(), checkpoints: [] }
  const world = { eventNumber: 0, clone: () => world } as unknown as World
  for (let step = 0; step <= 100_000; step += checkpointEvery) keepCheckpoint(branch, Object.assign(world, { eventNumber: step }), 0)
  const { checkpoints } = branch
  expect(checkpoints.length).toBeLessThanOrEqual(checkpointsMax)
  const gaps = checkpoints.slice(1).map(({ step }, position) => step - checkpoints[position]!.step)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(512)
  expect(Math.max(...gaps.slice(-60))).toBe(checkpointEvery)
})
