import { describe, expect, it } from "vitest"
import { median } from "./statistics.ts"

describe("a median", () => {
  it("is the middle one, whatever the order", () => expect(median([9, 1, 5])).toBe(5))
  it("is between the two in the middle", () => expect(median([1, 2, 4, 100])).toBe(3))
  it("is nothing of nothing", () => expect(median([])).toBeNaN())
})
