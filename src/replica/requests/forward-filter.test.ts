import { describe, expect, test } from "vitest"
import {
  cloneForwardFilter,
  createForwardFilter,
  forwardBootsMax,
  type ForwardFilter,
  forwardRangesMax,
  noteDelivery,
  noteRefusal,
  refusalsOf,
} from "./forward-filter.ts"

const isFirstDelivery = (filter: ForwardFilter, term: number, from: number, bootId: number, first: number): boolean =>
  noteDelivery(filter, term, from, bootId, first) === "new"

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

  test("forwardRangesMax: does not decide on what is older than so many messages", () => {
    const filter = createForwardFilter()
    for (let first = 10; first < 10 + forwardRangesMax; first++) isFirstDelivery(filter, 1, 2, 7, first)
    expect(noteDelivery(filter, 1, 2, 7, 9)).toBe("new")
    expect(noteDelivery(filter, 1, 2, 7, 9)).toBe("forgotten")
    expect(noteDelivery(filter, 1, 2, 7, 8)).toBe("forgotten")
    expect(noteDelivery(filter, 1, 2, 7, 10)).toBe("repeated")
  })

  test("tells a repetition what was refused of it, and forgets that with the message", () => {
    const filter = createForwardFilter()
    noteDelivery(filter, 1, 2, 7, 1)
    noteRefusal(filter, 2, 7, 1, { numbers: [1, 2], reason: "overloaded" })
    noteRefusal(filter, 2, 7, 1, { numbers: [4], reason: "transferring" })
    noteDelivery(filter, 1, 2, 7, 5)
    const copy = cloneForwardFilter(filter)
    expect(refusalsOf(filter, 2, 7, 1)).toEqual([
      { numbers: [1, 2], reason: "overloaded" },
      { numbers: [4], reason: "transferring" },
    ])
    expect(refusalsOf(filter, 2, 7, 5)).toEqual([])
    for (let first = 10; first < 10 + forwardRangesMax; first++) noteDelivery(filter, 1, 2, 7, first)
    expect(refusalsOf(filter, 2, 7, 1)).toEqual([])
    expect(refusalsOf(copy, 2, 7, 1)).toHaveLength(2)
  })

  test("forwardBootsMax: remembers so many lives, and no more", () => {
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
