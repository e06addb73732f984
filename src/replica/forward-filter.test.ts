import { describe, expect, test } from "vitest"
import { cloneForwardFilter, createForwardFilter, forwardBootsMax, forwardRangesMax, isFirstDelivery } from "./forward-filter.ts"

describe("the filter of forwarded messages", () => {
  test("takes each message once, in any order", () => {
    const filter = createForwardFilter()
    expect([5, 1, 5, 3, 1, 9].map((first) => isFirstDelivery(filter, 1, 2, 7, first))).toEqual([true, true, false, true, false, true])
  })

  test("tells servers, and the lives of a server, apart", () => {
    const filter = createForwardFilter()
    expect(isFirstDelivery(filter, 1, 2, 7, 1)).toBe(true)
    expect(isFirstDelivery(filter, 1, 3, 7, 1)).toBe(true)
    expect(isFirstDelivery(filter, 1, 2, 8, 1)).toBe(true)
    expect(isFirstDelivery(filter, 1, 2, 7, 1)).toBe(false)
  })

  test("begins anew with a term: nothing of an older one is ever asked about", () => {
    const filter = createForwardFilter()
    isFirstDelivery(filter, 1, 2, 7, 1)
    expect(isFirstDelivery(filter, 2, 2, 7, 1)).toBe(true)
    expect(filter.origins.size).toBe(1)
  })

  test("takes what is older than it remembers for a repetition", () => {
    const filter = createForwardFilter()
    for (let first = 10; first < 10 + forwardRangesMax; first++) isFirstDelivery(filter, 1, 2, 7, first)
    expect(isFirstDelivery(filter, 1, 2, 7, 9)).toBe(true)
    expect(isFirstDelivery(filter, 1, 2, 7, 9)).toBe(false)
    expect(isFirstDelivery(filter, 1, 2, 7, 8)).toBe(false)
    expect(isFirstDelivery(filter, 1, 2, 7, 10)).toBe(false)
  })

  test("remembers a bounded number of lives", () => {
    const filter = createForwardFilter()
    for (let bootId = 1; bootId <= forwardBootsMax + 5; bootId++) isFirstDelivery(filter, 1, 2, bootId, 1)
    expect(filter.origins.get(2)).toHaveLength(forwardBootsMax)
  })

  test("is independent of its clone", () => {
    const filter = createForwardFilter()
    isFirstDelivery(filter, 1, 2, 7, 1)
    const copy = cloneForwardFilter(filter)
    expect(isFirstDelivery(copy, 1, 2, 7, 2)).toBe(true)
    expect(isFirstDelivery(filter, 1, 2, 7, 2)).toBe(true)
    expect(isFirstDelivery(copy, 1, 2, 7, 1)).toBe(false)
  })
})
