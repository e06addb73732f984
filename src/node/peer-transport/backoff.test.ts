import { expect, test } from "vitest"
import { backoff } from "./backoff.ts"

test("doubles up to the cap, starts over on reset", () => {
  const waits = backoff({ firstMs: 50, capMs: 300, random: () => 1 })
  expect([1, 2, 3, 4, 5].map(() => waits.next())).toEqual([50, 100, 200, 300, 300])
  waits.reset()
  expect(waits.next()).toBe(50)
})

test("jitter takes at most half away", () => {
  const waits = backoff({ firstMs: 100, capMs: 100, random: () => 0 })
  expect(waits.next()).toBe(50)
})
