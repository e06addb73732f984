import fc from "fast-check"
import { expect, test } from "vitest"
import type { Entry } from "../types.ts"
import { cloneEntryList, createEntryList, dropEntries, entryAt, pushEntry, sliceEntries, truncateEntries } from "./entry-list.ts"

const entry = (index: number): Entry => ({ index, term: 1, kind: "noop", data: new Uint8Array(0), configuration: null, encoded: null })

type Step = { readonly kind: "push" | "truncate" | "drop" | "swap"; readonly amount: number }

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("push", "push", "truncate", "drop", "swap"),
  amount: fc.nat(400),
})

test("behaves like an array, and a clone never sees what happens to the original", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let list = createEntryList()
      let model: number[] = []
      // The side that does not move at the moment; `swap` makes it move.
      let other = cloneEntryList(list)
      let otherModel: number[] = []
      let next = 1
      for (const { kind, amount } of steps) {
        if (kind === "push") {
          for (let i = 0; i < amount; i++) {
            pushEntry(list, entry(next))
            model.push(next)
            next += 1
          }
        } else if (kind === "truncate") {
          const length = Math.max(0, model.length - amount)
          truncateEntries(list, length)
          model = model.slice(0, length)
        } else if (kind === "drop") {
          const count = Math.min(amount, model.length)
          dropEntries(list, count)
          model = model.slice(count)
        } else {
          const moved = cloneEntryList(list)
          const movedModel = model.slice()
          if (amount % 2 === 0) [list, model, other, otherModel] = [other, otherModel, list, model]
          else [other, otherModel] = [moved, movedModel]
        }
        expect(sliceEntries(list, 0, list.length).map((each) => each.index)).toEqual(model)
        expect(sliceEntries(other, 0, other.length).map((each) => each.index)).toEqual(otherModel)
        if (model.length > 0) expect(entryAt(list, model.length >> 1).index).toBe(model[model.length >> 1])
      }
    }),
    { numRuns: 200 },
  )
})

test("a slice takes what lies between its ends, across chunks and at their borders", () => {
  const list = createEntryList()
  for (let index = 1; index <= 1000; index++) pushEntry(list, entry(index))
  dropEntries(list, 100)
  for (const [from, to] of [
    [0, 0],
    [0, 1],
    [155, 157],
    [0, 156],
    [156, 412],
    [10, 900],
  ] as const) {
    const expected = Array.from({ length: to - from }, (_, i) => 101 + from + i)
    expect(sliceEntries(list, from, to).map((each) => each.index)).toEqual(expected)
  }
})
