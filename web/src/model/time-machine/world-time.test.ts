import { expect, test } from "vitest"
import { worldTime } from "./world-time.ts"

test.each([
  [0, "0:00.000"],
  [0.96, "0:00.000"],
  [583.2, "0:00.583"],
  [59_999.9, "0:59.999"],
  [60_000, "1:00.000"],
  [3_723_004, "62:03.004"],
])("%f ms are %s", (ms, text) => {
  expect(worldTime(ms)).toBe(text)
})
