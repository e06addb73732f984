// A healed world may have to do without some of its servers, and goes on all the same.

import { describe, expect, it } from "vitest"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { runWorld } from "../world/run.ts"
import { World } from "../world/world.ts"

function healed(seed: number, given: Partial<WorldOptions>): World {
  const world = World.create({ ...calmOptions, seed, safetyMs: 60, healShare: 1, ...given })
  for (let next = world.peek(); next !== null && next.at < 60; next = world.peek()) world.step()
  world.heal()
  return world
}

describe("a healed world", () => {
  it("keeps a majority whatever stays away, and now and then no more than that", () => {
    for (const nodes of [1, 2, 3, 4, 5, 7]) {
      const absences = Array.from({ length: 15 }, (_, seed) => healed(seed, { nodes, spares: 1 }).absent.filter((id) => id <= nodes).length)
      expect(Math.max(...absences), `${nodes} servers`).toBe(nodes - Math.floor(nodes / 2) - 1)
    }
  })

  it("elects, serves and converges without them, whether they are down or cut off", () => {
    const kinds = new Set<string>()
    for (let seed = 1; seed <= 8; seed++) {
      // So early nobody has done any work yet.
      const world = healed(seed, { nodes: 5, writesMin: 0 })
      kinds.add(world.absent.length === 0 ? "all there" : world.cuts.length > 0 ? "cut off" : "down")
      runWorld(world)
    }
    expect(kinds).toContain("cut off")
    expect(kinds).toContain("down")
  })

  it("gets everybody back where a seed does not ask for less", () => {
    for (let seed = 1; seed <= 10; seed++) expect(healed(seed, { healShare: 0 }).absent).toEqual([])
  })
})
