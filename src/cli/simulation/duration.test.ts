import { expect, test } from "vitest"
import { parseDuration } from "./duration.ts"

test("durationMaxMs: the longest time is one that a timer reaches", () => {
  expect(parseDuration("2147483646ms", "--for")).toBe(2_147_483_646)
  expect(parseDuration("2147483647ms", "--for")).toBe(2_147_483_647)
  expect(() => parseDuration("2147483648ms", "--for")).toThrow(/--for: found "2147483648ms"/)
  expect(() => parseDuration("600h", "--for")).toThrow(/expected a length of time/)
})
