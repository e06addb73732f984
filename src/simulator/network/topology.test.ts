import { describe, expect, it } from "vitest"
import { isCut, type Cut } from "./network.ts"
import { cutBetween, majorityRing, sharedBridge, type Direction } from "./topology.ts"

const cutsOf = (directions: readonly Direction[]): readonly Cut[] => directions.map(([from, to]) => ({ fault: 1, from, to }))

/** Whom `id` hears and is heard by, itself included. */
function reachable(directions: readonly Direction[], id: number, nodes: readonly number[]): number[] {
  const cuts = cutsOf(directions)
  return nodes.filter((other) => other === id || (!isCut(cuts, id, other) && !isCut(cuts, other, id)))
}

describe("broken networks", () => {
  it("a cut between two sides leaves each side whole", () => {
    const cuts = cutBetween([1, 2], [3])
    expect(reachable(cuts, 1, [1, 2, 3])).toEqual([1, 2])
    expect(reachable(cuts, 3, [1, 2, 3])).toEqual([3])
  })

  it("a bridge belongs to both halves, and nobody else does", () => {
    for (const count of [3, 4, 5, 6, 7]) {
      const nodes = Array.from({ length: count }, (_, position) => position + 1)
      const cuts = sharedBridge(nodes.slice(1))
      expect(reachable(cuts, 1, nodes)).toEqual(nodes)
      const sides = new Set(nodes.slice(1).map((id) => reachable(cuts, id, nodes).join()))
      expect(sides.size).toBe(2)
    }
    expect(sharedBridge([2])).toEqual([])
  })

  it("in a majority ring everyone sees a majority, and from four servers on each another one", () => {
    for (const count of [4, 5, 6, 7]) {
      const ring = Array.from({ length: count }, (_, position) => position + 1)
      const seen = ring.map((id) => reachable(majorityRing(ring), id, ring))
      for (const majority of seen) expect(majority.length * 2).toBeGreaterThan(count)
      if (count !== 6) expect(seen.every((majority) => majority.length < count)).toBe(true)
      expect(new Set(seen.map((majority) => majority.join())).size).toBe(count)
    }
    expect(majorityRing([1, 2, 3])).toEqual([])
  })
})
