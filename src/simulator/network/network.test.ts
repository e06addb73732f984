import { describe, expect, it } from "vitest"
import { calmNetwork, fateOf, isCut, messageName, type NetworkOptions } from "./network.ts"

const fates = (options: NetworkOptions, count = 4_000): (readonly number[])[] =>
  Array.from({ length: count }, (_, number) => fateOf(options, 7, 1, 2, number))

describe("simulated network", () => {
  it("a calm one delivers every message once, within its latencies", () => {
    for (const fate of fates(calmNetwork)) {
      expect(fate).toHaveLength(1)
      expect(fate[0]).toBeGreaterThanOrEqual(calmNetwork.latencyMinMs)
      expect(fate[0]).toBeLessThan(calmNetwork.latencyMaxMs)
    }
  })

  it("drops, duplicates and delays about as often as it is told", () => {
    const all = fates({ ...calmNetwork, dropRate: 0.2, duplicateRate: 0.25, slowRate: 0.1, slowMs: 500 })
    const arrived = all.filter((fate) => fate.length > 0)
    expect(all.length - arrived.length).toBeGreaterThan(4_000 * 0.17)
    expect(all.length - arrived.length).toBeLessThan(4_000 * 0.23)
    expect(arrived.filter((fate) => fate.length === 2).length / arrived.length).toBeCloseTo(0.25, 1)
    expect(arrived.filter(([delayMs]) => delayMs! > calmNetwork.latencyMaxMs).length / arrived.length).toBeCloseTo(0.1, 1)
  })

  it("the fate of a message depends on its name and nothing else", () => {
    const options = { ...calmNetwork, dropRate: 0.5 }
    expect(fates(options, 50)).toEqual(fates(options, 50))
    expect(fateOf(options, 7, 1, 2, 3)).not.toEqual(fateOf(options, 7, 2, 1, 3))
  })

  it("a cut stops one direction only", () => {
    const cuts = [{ fault: 1, from: [1], to: [2, 3] }]
    expect(isCut(cuts, 1, 2)).toBe(true)
    expect(isCut(cuts, 2, 1)).toBe(false)
    expect(isCut(cuts, 2, 3)).toBe(false)
    expect(isCut([], 1, 2)).toBe(false)
  })

  it("names a message by its link and number", () => {
    expect(messageName(1, 3, 42)).toBe("S1>S3#42")
  })
})
