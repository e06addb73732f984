import fc from "fast-check"
import { expect, test } from "vitest"
import { createDiskHealth, diskDeadline, hasJustStalled, noteWriteBegan } from "./disk-health.ts"

test("whoever sleeps until the deadline finds the stall, however the sum is rounded", () => {
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
