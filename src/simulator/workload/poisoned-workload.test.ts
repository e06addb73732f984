// Servers that refuse: what they make of poison commands is the same everywhere, under every fault. Also that they compare their states meanwhile.

import { expect, test } from "vitest"
import { runSeed } from "../world/run.ts"

test.each([2, 3, 7, 8, 9])("seed %i: a share of the writes is poison, and nothing else goes wrong for it", (seed) => {
  const { coverage } = runSeed(seed, { onApplyError: "refuse", poisonRate: 0.1, verifyEveryEntries: 32 })
  expect(coverage.refusedCommands).toBeGreaterThan(0)
})
