import { describe, expect, it } from "vitest"
import { createClock, localTime, worldTime } from "./clock.ts"

describe("simulated clocks", () => {
  it("no two of them run further apart than the drift allows", () => {
    const rates = Array.from({ length: 200 }, (_, node) => createClock(3, node, 1, 0.1).rate)
    expect(Math.max(...rates) / Math.min(...rates)).toBeLessThanOrEqual(1.1)
    expect(Math.max(...rates) / Math.min(...rates)).toBeGreaterThan(1.05)
    expect(createClock(3, 1, 1, 0).rate).toBe(1)
  })

  it("starts anywhere in every life, and keeps its rate", () => {
    expect(createClock(3, 1, 1, 0.1).offsetMs).not.toBe(createClock(3, 1, 2, 0.1).offsetMs)
    expect(createClock(3, 1, 1, 0.1).rate).toBe(createClock(3, 1, 2, 0.1).rate)
  })

  it("turns world time into its own and back; never stays never", () => {
    const clock = createClock(3, 1, 1, 0.1)
    expect(worldTime(clock, localTime(clock, 1_234))).toBeCloseTo(1_234, 6)
    expect(worldTime(clock, Infinity)).toBe(Infinity)
  })
})
