import { expect, test } from "vitest"
import { slotsFor } from "./slots.ts"

test("who stays keeps its slot, who is new takes a free one, and no two have the same", () => {
  const first = slotsFor(["a", "b", "c"], new Map())
  expect([...first.values()]).toEqual([0, 1, 2])
  const second = slotsFor(["c", "d", "b", "e"], first)
  expect(Object.fromEntries(second)).toEqual({ c: 2, b: 1, d: 0, e: 3 })
  const third = slotsFor(["e"], second)
  expect(Object.fromEntries(third)).toEqual({ e: 3 })
  expect(Object.fromEntries(slotsFor(["f", "e", "g"], third))).toEqual({ e: 3, f: 4, g: 5 })
})
