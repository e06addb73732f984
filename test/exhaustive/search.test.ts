// The search itself: how far it goes, that it says why it stops, and that two runs are one.

import { describe, expect, test } from "vitest"
import { defaultBounds, defaultSearchOptions, explainBadBounds, StateSearch, search } from "../../src/simulator/exhaustive/index.ts"

describe("a search", () => {
  test("goes through the whole of a world so small that it can be counted by hand", () => {
    // Server 1 alone, one term, no command: before its election, and after, when the no-op is committed at once.
    const { report } = search({ bounds: { ...defaultBounds, servers: 1, terms: 1, entries: 0 } })
    expect(report).toMatchObject({ end: "explored", states: 2, steps: 1, depth: 1, violation: null })
  })

  test("is the same when it is run again, in whatever portions", () => {
    const bounds = { ...defaultBounds, servers: 2 }
    const portions = new StateSearch({ ...defaultSearchOptions, bounds })
    while (portions.advance(7));
    expect(portions.report).toEqual(search({ bounds }).report)
  })

  test.each([
    { limit: { statesMax: 1_000 }, end: "states" },
    { limit: { depthMax: 5 }, end: "depth" },
    { limit: { bytesMax: 1 << 20 }, end: "memory" },
  ])("stops at a limit, and says at which: $end", ({ limit, end }) => {
    const { report } = search({ bounds: { ...defaultBounds, entries: 2, staleRequests: false }, ...limit })
    expect(report.end).toBe(end)
    expect(report.waiting).toBeGreaterThan(0)
  })

  test("refuses bounds and properties that mean nothing, in words", () => {
    expect(explainBadBounds({ ...defaultBounds, servers: 8 })).toMatch("8 servers cannot be explored")
    expect(explainBadBounds({ ...defaultBounds, terms: 0 })).toMatch("allow at least 1")
    expect(explainBadBounds({ ...defaultBounds, campaigners: [4] })).toMatch("there is no server 4")
    expect(() => search({ bounds: { ...defaultBounds, entries: -1 } })).toThrow("entries is -1")
    expect(() => search({ bounds: defaultBounds, properties: ["no-such"] })).toThrow('there is no property "no-such"')
  })
})
