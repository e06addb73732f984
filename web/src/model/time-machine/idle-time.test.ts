import { expect, test } from "vitest"
import { timeAfter } from "./idle-time.ts"

test("while nothing moves time passes eight times as fast, but not up to the very event", () => {
  expect(timeAfter(100, 1, 200, true)).toBe(108)
  expect(timeAfter(190, 1, 200, true)).toBe(192)
  expect(timeAfter(192, 1, 200, true)).toBe(193)
  expect(timeAfter(190, 5, 200, true)).toBe(195)
})

test("while a message is on its way, or nothing will ever happen, it passes as usual", () => {
  expect(timeAfter(100, 1, 200, false)).toBe(101)
  expect(timeAfter(100, 1, Infinity, true)).toBe(101)
})
