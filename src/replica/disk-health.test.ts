import fc from "fast-check"
import { expect, test } from "vitest"
import { createDiskHealth, diskDeadline, hasJustStalled, noteWriteBegan, noteWriteEnded } from "./disk-health.ts"

test("a caller that sleeps until the deadline finds the stall, however the sum is rounded", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.double({ min: 1, max: 1e4, noNaN: true }), (since, stallMs) => {
      const health = createDiskHealth()
      noteWriteBegan(health, 1, since)
      expect(hasJustStalled(health, diskDeadline(health, stallMs), stallMs)).toBe(true)
      expect(hasJustStalled(health, since, stallMs)).toBe(false)
    }),
    { numRuns: 1_000 },
  )
})

test("of several writes under way the oldest decides about a stall", () => {
  const health = createDiskHealth()
  expect(diskDeadline(health, 100)).toBe(Infinity)
  noteWriteBegan(health, 1, 10)
  noteWriteBegan(health, 3, 60)
  expect(diskDeadline(health, 100)).toBe(110)
  noteWriteEnded(health, 1)
  expect(diskDeadline(health, 100)).toBe(160)
  expect(hasJustStalled(health, 159, 100)).toBe(false)
  expect(hasJustStalled(health, 160, 100)).toBe(true)
})
