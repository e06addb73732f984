// The checks can fail: each planted bug is found, by a checker that is about it, within a few seeds.

import { expect, test } from "vitest"
import { production, runSeed, SimulationFailure, swarmOptions } from "../../src/simulator/index.ts"
import { plantedBugs, tamperedBuild } from "./planted-bugs.ts"

const seedsMax = 60

test.each(plantedBugs)("found: $name", { timeout: 120_000 }, ({ tamper, options, raft, foundBy }) => {
  const build = tamper === undefined ? production : tamperedBuild(tamper)
  for (let seed = 1; seed <= seedsMax; seed++) {
    try {
      runSeed(seed, { spares: 0, ...options, raft: { ...swarmOptions(seed).raft, leaseReads: false, ...raft } }, build)
    } catch (error) {
      if (!(error instanceof SimulationFailure)) throw error
      expect(foundBy, error.message).toContain(error.violation.checker)
      return
    }
  }
  expect.fail(`not found in ${seedsMax} seeds`)
})
