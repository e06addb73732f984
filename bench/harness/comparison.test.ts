import { describe, expect, it } from "vitest"
import { compare, compareLoads, noisePercentMax } from "./comparison.ts"
import type { Measured } from "./load-generator.ts"

const atLeastTwice = { of: "ratio", is: "atLeast", bound: 2 } as const
const atMostFour = { of: "figure", is: "atMost", bound: 4 } as const

describe("a comparison", () => {
  it("is of medians, ours by theirs", () => {
    const { etcd, oarlock, ratio } = compare("put", "", "/s", { etcd: [9, 10, 1000], oarlock: [20, 40] }, null)
    expect([etcd, oarlock, ratio]).toEqual([10, 30, 3])
  })

  it.each([
    ["at the bound", 20, true],
    ["just below", 19.9, false],
  ])("judges a ratio %s", (_, oarlock, isMet) => {
    expect(compare("put", "", "/s", { etcd: [10], oarlock: [oarlock] }, atLeastTwice).isMet).toBe(isMet)
  })

  it("judges our own figure without etcd, and a ratio only with it", () => {
    expect(compare("memory", "", "MB", { etcd: [], oarlock: [4] }, atMostFour).isMet).toBe(true)
    expect(compare("memory", "", "MB", { etcd: [], oarlock: [4.1] }, atMostFour).isMet).toBe(false)
    expect(compare("memory", "", "MB", { etcd: [], oarlock: [4] }, atLeastTwice).isMet).toBeNull()
  })

  it("adds the processor time of all nodes, and tells noisy rounds", () => {
    const loads = [measured(noisePercentMax), measured(noisePercentMax + 1)]
    const { oarlock, etcd } = compareLoads("put", "", { etcd: [], oarlock: loads }, null).loads!
    expect(etcd).toBeNull()
    expect(oarlock).toMatchObject({ serverMicros: 5, clientMicros: 7, noisyRounds: 1, refused: 2 })
  })
})

function measured(otherPercent: number): Measured {
  return {
    perSecond: 1,
    p50Ms: 1,
    p99Ms: 1,
    p999Ms: 1,
    maxMs: 1,
    answered: 1,
    failed: 1,
    idlePercent: 0,
    stealPercent: 0,
    cpuMicrosPerOp: { n1: 2, n2: 3, client: 7 },
    cpuPercent: {},
    residentMb: {},
    otherPercent,
  }
}
