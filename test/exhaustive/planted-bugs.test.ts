// Sensitivity: each planted bug is found, by the property it is meant to break, in the fewest actions, and the story of it ends with the damage. In
// the same world, as deep, the core without it breaks nothing at all.

import { describe, expect, test } from "vitest"
import { defaultBounds, search, tellStory } from "../../src/simulator/exhaustive/index.ts"
import { plantedBugs, type PlantedBug } from "./planted-bugs.ts"

describe.each(plantedBugs.map((bug) => [bug.name, bug] as const))("%s", { timeout: 60_000 }, (_, bug) => {
  const { bounds, found, actions } = bug

  test("is found, by a shortest way", () => {
    const { search: done, report } = find(bug)
    expect(report).toMatchObject({ end: "violation", violation: { property: found } })
    const violation = report.violation!
    expect(violation.actions).toHaveLength(actions)
    const story = tellStory(done, violation).split("\n")
    expect(story).toHaveLength(2 * actions + 1)
    expect(story.at(-1)).toBe(`     ${found}: ${violation.reason}`)
  })

  test("and nothing else than the bug does it", () => {
    const { report } = search({ bounds: { ...defaultBounds, ...bounds }, depthMax: actions + 1 })
    expect(report.violation).toBeNull()
    expect(report.depth).toBe(actions)
  })
})

test("Figure 8 is told as in the paper: an entry of term 1 is on a majority, and the leader of term 4 has another in its place", () => {
  const { search: done, report } = find(plantedBugs[0]!)
  const story = tellStory(done, report.violation!)
  // (a) and (b): two leaders, each with an entry that nobody else has.
  expect(story).toContain("S1 leader term 1, vote S1, log [1], committed 0")
  expect(story).toContain("S2 leader term 2, vote S2, log [2], committed 0")
  // (c): the first leads again, and its old entry reaches a majority.
  expect(story).toContain("S1 leader term 3, vote S1, log [1 3], committed 1")
  // (d): the second leads again all the same.
  expect(story).toContain("S2 leader term 4, vote S2, log [2 4], committed 0")
})

const finds = new Map<string, ReturnType<typeof search>>()

/** The search for one bug, made once. */
function find({ name, bounds, tampering, properties }: PlantedBug): ReturnType<typeof search> {
  const found = finds.get(name) ?? search({ bounds: { ...defaultBounds, ...bounds }, tampering, properties })
  finds.set(name, found)
  return found
}
