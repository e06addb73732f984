// The set of fingerprints against a plain `Set`, and the arrays beside it.

import fc from "fast-check"
import { expect, test } from "vitest"
import { Frontier } from "./frontier.ts"
import { Trail } from "./trail.ts"
import { VisitedSet } from "./visited.ts"

test("a fingerprint is new once, also among those that meet in one place, and after the set has grown", () => {
  // Few low halves, so that many begin at the same place.
  const fingerprint = fc.tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(1, 2, 0x1_0000, 0xffff_ffff))
  fc.assert(
    fc.property(fc.array(fingerprint, { maxLength: 300 }), (fingerprints) => {
      const visited = new VisitedSet()
      const model = new Set<string>()
      for (const [high, low] of fingerprints) {
        const key = `${high} ${low}`
        expect(visited.add(high, low)).toBe(!model.has(key))
        model.add(key)
      }
      expect(visited.size).toBe(model.size)
    }),
    { numRuns: 20 },
  )
  const many = new VisitedSet()
  const addAll = (step: number): boolean[] => {
    const added: boolean[] = []
    for (let i = 0; i < 200_000; i += step) added.push(many.add(Math.imul(i, 0x9e37_79b1) >>> 0, i))
    return added
  }
  expect(addAll(1)).not.toContain(false)
  expect(addAll(997)).not.toContain(true)
  expect(many.size).toBe(200_000)
})

test("a frontier gives back what was put in, in order, and is empty after a clearing", () => {
  const frontier = new Frontier()
  const rows = Array.from({ length: 10_000 }, (_, i) => Int32Array.from({ length: (i % 7) + 1 }, (_, at) => i * 10 + at))
  for (const [i, row] of rows.entries()) frontier.push(i, Int32Array.of(...row, 999), row.length)
  let place: number | null = 0
  const back: Int32Array[] = []
  for (; place !== null; place = frontier.next(place)) {
    expect(frontier.foundAt(place)).toBe(back.length)
    back.push(frontier.situationAt(place))
  }
  expect(back).toEqual(rows)
  frontier.clear()
  expect(frontier.count).toBe(0)
})

test("a trail leads from the beginning to what was found", () => {
  const trail = new Trail()
  expect(trail.add(0, 0)).toBe(0)
  const first = trail.add(0, 11)
  trail.add(0, 12)
  const second = trail.add(first, 13)
  expect(trail.to(second)).toEqual([11, 13])
  expect(trail.to(0)).toEqual([])
})
