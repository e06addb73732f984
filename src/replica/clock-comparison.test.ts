import { describe, expect, test } from "vitest"
import { ClockComparison, clocksApartMaxMs, comparisonMaxMs } from "./clock-comparison.ts"

describe("two clocks", () => {
  test("that both run on are never apart, whatever they show", () => {
    const clocks = new ClockComparison(7, 1_800_000_000_000)
    for (const ms of [0, 1, 500, 86_400_000]) expect(clocks.look(7 + ms, 1_800_000_000_000 + ms)).toBe(0)
  })

  test("clocksApartMaxMs: are apart where one moved by more than this; by so much they are not", () => {
    const clocks = new ClockComparison(0, 0)
    expect(clocks.look(100, 100 + clocksApartMaxMs)).toBe(0)
    expect(clocks.look(100, 101 + clocksApartMaxMs)).toBe(clocksApartMaxMs + 1)
    // Told once: they run together from there.
    expect(clocks.look(200, 201 + clocksApartMaxMs)).toBe(0)
  })

  test("are apart where a wall clock is set back, too", () => {
    const clocks = new ClockComparison(0, 1_000)
    expect(clocks.look(10, 1_010)).toBe(0)
    expect(clocks.look(20, 20)).toBe(-1_000)
  })

  test("are apart where a machine stood still several times for a moment, each less than what shows", () => {
    const clocks = new ClockComparison(0, 0)
    expect(clocks.look(10, 13)).toBe(0)
    expect(clocks.look(20, 26)).toBe(6)
  })

  test("comparisonMaxMs: that drift are compared over so long at most, and never look like a pause", () => {
    const clocks = new ClockComparison(0, 0)
    for (let ms = comparisonMaxMs; ms <= 100 * comparisonMaxMs; ms += comparisonMaxMs) expect(clocks.look(ms, ms * 1.001)).toBe(0)
  })

  test("go on alike in a copy", () => {
    const clocks = new ClockComparison(0, 0)
    const copy = clocks.clone()
    expect(clocks.look(1, 100)).toBe(99)
    expect(copy.look(1, 100)).toBe(99)
  })
})
