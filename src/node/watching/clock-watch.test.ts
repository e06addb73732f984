import { expect, test } from "vitest"
import { ClockWatch, momentMs, readingsMax } from "./clock-watch.ts"

/** Clocks that a test moves. `interrupted`: so many readings of the monotonic clock are followed by an interruption of the thread. */
function watched(): { watch: ClockWatch; clocks: { mono: number; wall: number; interruptions: number; forMs: number; readings: number } } {
  const clocks = { mono: 1_000, wall: 1_800_000_000_000, interruptions: 0, forMs: 50, readings: 0 }
  const now = (): number => {
    clocks.readings++
    const shown = clocks.mono
    if (clocks.interruptions > 0) {
      clocks.interruptions--
      clocks.mono += clocks.forMs
      clocks.wall += clocks.forMs
    }
    return shown
  }
  return { watch: new ClockWatch({ now, wallNow: () => clocks.wall }), clocks }
}

test("clocks that run on together tell nothing, and the monotonic one is not read again", () => {
  const { watch, clocks } = watched()
  const { readings } = clocks
  clocks.mono += 700
  clocks.wall += 700
  expect(watch.look(clocks.mono)).toBe(0)
  expect(clocks.readings).toBe(readings)
})

test("a machine that slept shows in the wall clock, once", () => {
  const { watch, clocks } = watched()
  clocks.wall += 8 * 3_600_000
  expect(watch.look(clocks.mono)).toBe(8 * 3_600_000)
  expect(watch.look(clocks.mono)).toBe(0)
})

test("a wall clock that is set back shows as well", () => {
  const { watch, clocks } = watched()
  clocks.wall -= 2_000
  expect(watch.look(clocks.mono)).toBe(-2_000)
})

test("momentMs: readings that lie no further apart are taken for one moment; further, and they are made again", () => {
  for (const [forMs, again] of [
    [momentMs, 0],
    [momentMs + 1, 1],
  ] as const) {
    const { watch, clocks } = watched()
    clocks.wall += 60_000
    clocks.interruptions = 1
    clocks.forMs = forMs
    const { readings } = clocks
    expect(watch.look(clocks.mono)).toBeGreaterThan(59_000)
    expect(clocks.readings - readings).toBe(2 + 2 * again)
  }
})

test("readingsMax: a thread that is interrupted between two readings did not sleep; one that always is loses a lease at worst", () => {
  for (const [interruptions, apartMs] of [
    [1, 0],
    [2 * readingsMax - 2, 0],
    [2 * readingsMax, 50],
  ] as const) {
    const { watch, clocks } = watched()
    const nowMs = clocks.mono
    // Between the reading that was brought along and this one.
    clocks.mono += 50
    clocks.wall += 50
    clocks.interruptions = interruptions
    expect(watch.look(nowMs)).toBe(apartMs)
  }
})
