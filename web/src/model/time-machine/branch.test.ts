import type { World } from "oarlock/simulator"
import { expect, test } from "vitest"
import { checkpointsMax, firstBranch, keepCheckpoint } from "./branch.ts"

test("a long run keeps few checkpoints, and no event is far from one", () => {
  const branch = firstBranch([])
  const world = { eventNumber: 0, clone: () => world } as unknown as World
  for (let step = 0; step <= 100_000; step++) keepCheckpoint(branch, Object.assign(world, { eventNumber: step }), 0)
  const { checkpoints } = branch
  expect(checkpoints.length).toBeLessThanOrEqual(checkpointsMax)
  expect(checkpoints[0]!.step).toBe(0)
  const gaps = checkpoints.slice(1).map(({ step }, position) => step - checkpoints[position]!.step)
  expect(Math.max(...gaps)).toBe(512)
})
