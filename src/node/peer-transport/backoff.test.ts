import { expect, test } from "vitest"
import { backoff } from "./backoff.ts"

test("redialFirstMs: the first wait, also after a reset; then each doubles the one before", () => {
  const waits = backoff({ firstMs: 50, capMs: 1_000, random: () => 1 })
  expect([1, 2, 3].map(() => waits.next())).toEqual([50, 100, 200])
  waits.reset()
  expect(waits.next()).toBe(50)
})

test("redialCapMs: no wait is longer, wherever the doubling would lead", () => {
  for (const [capMs, longest] of [
    [199, 199],
    [200, 200],
    [201, 201],
    [300, 300],
  ]) {
    // oxfmt-ignore
    const waits = backoff({ firstMs: 50, capMs: capMs!, random: () => 1 })
    expect([1, 2, 3, 4, 5].map(() => waits.next()).at(-1)).toBe(longest)
  }
})

test("jitter takes at most half away", () => {
  const waits = backoff({ firstMs: 100, capMs: 100, random: () => 0 })
  expect(waits.next()).toBe(50)
})
