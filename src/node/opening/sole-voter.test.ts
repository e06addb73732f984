import { expect, test } from "vitest"
import { emptyConfiguration } from "../../core/index.ts"
import { openingElectionsMax, openingLookMs, whenSoleVoterHasApplied } from "./sole-voter.ts"

/** Counts the looks; applied after `appliedAfter` of them. */
function server(voters: readonly number[], appliedAfter: number, halted: string | null = null) {
  const seen = { looks: 0 }
  const status = () => {
    seen.looks += 1
    const lastApplied = seen.looks > appliedAfter ? 7 : 5
    return { configuration: { ...emptyConfiguration, voters }, lastApplied, lastLogIndex: 7, halted }
  }
  return { seen, status }
}

test("the only voter is waited for until it has applied what it was opened with, or has halted", async () => {
  const quick = server([1], 4)
  await whenSoleVoterHasApplied(1, 60_000, quick.status)
  expect(quick.seen.looks).toBe(5)
  const poisoned = server([1], Infinity, "poison")
  await whenSoleVoterHasApplied(1, 60_000, poisoned.status)
  expect(poisoned.seen.looks).toBe(2)
})

test.each([[[1, 2]], [[2]], [[]]])("of voters %j server 1 is not waited for", async (voters) => {
  const one = server(voters, Infinity)
  await whenSoleVoterHasApplied(1, 60_000, one.status)
  expect(one.seen.looks).toBe(1)
})

test("openingElectionsMax: one whose disk does nothing is given up, and the node is there all the same", async () => {
  const stuck = server([1], Infinity)
  await whenSoleVoterHasApplied(1, 10, stuck.status)
  expect(stuck.seen.looks).toBeGreaterThan(2)
})

test("openingLookMs: between two looks so much time passes", async () => {
  const stuck = server([1], Infinity)
  await whenSoleVoterHasApplied(1, 10, stuck.status)
  // One more for a timer that fires early, and those at the beginning.
  expect(stuck.seen.looks).toBeLessThanOrEqual((openingElectionsMax * 10) / (openingLookMs - 1) + 4)
})
