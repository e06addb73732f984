// State machines that keep their state on disk: servers go on from one of its last points, under every fault, and nothing is different for it.

import { expect, test } from "vitest"
import { runSeed } from "../world/run.ts"

test.each([1, 4, 6])("seed %i: servers go on from where their machines are", (seed) => {
  const { coverage } = runSeed(seed, { machinesOnDisk: true, faults: [{ kind: "crash", everyMs: 500, lastsMs: 200 }] })
  expect(coverage.startsFromMachine).toBeGreaterThan(0)
})

test.each([2, 5])("seed %i: what was refused is gone on from as well", (seed) => {
  const { coverage } = runSeed(seed, { machinesOnDisk: true, onApplyError: "refuse", poisonRate: 0.1, verifyEveryEntries: 32 })
  expect(coverage.refusedCommands).toBeGreaterThan(0)
})
