import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { numberBefore, OrderedMap, stringBefore } from "./ordered-map.ts"

function filled(count: number): OrderedMap<number, string> {
  const map = new OrderedMap<number, string>(numberBefore)
  for (let key = 0; key < count; key++) map.set(key, `v${key}`)
  return map
}

/** The naive model: a sorted array of entries. */
class SortedArray {
  entries: [number, number][] = []

  set(key: number, value: number): number | undefined {
    const at = this.entries.findIndex(([k]) => k >= key)
    if (at >= 0 && this.entries[at]![0] === key) {
      const previous = this.entries[at]![1]
      this.entries[at] = [key, value]
      return previous
    }
    this.entries.splice(at < 0 ? this.entries.length : at, 0, [key, value])
    return undefined
  }

  delete(key: number): number | undefined {
    const at = this.entries.findIndex(([k]) => k === key)
    return at < 0 ? undefined : this.entries.splice(at, 1)[0]![1]
  }

  range(from: number | undefined, to: number | undefined): [number, number][] {
    return this.entries.filter(([k]) => (from === undefined || k >= from) && (to === undefined || k < to))
  }

  clone(): SortedArray {
    const copy = new SortedArray()
    copy.entries = [...this.entries]
    return copy
  }
}

describe("one map", () => {
  test("an empty map has nothing anywhere", () => {
    const map = new OrderedMap<string, number>(stringBefore)
    expect(map.size).toBe(0)
    expect(map.get("a")).toBeUndefined()
    expect(map.has("a")).toBe(false)
    expect(map.delete("a")).toBeUndefined()
    expect(map.at(0)).toBeUndefined()
    expect(map.count()).toBe(0)
    expect([...map]).toEqual([])
  })

  test("set returns what it replaced, and delete what it removed", () => {
    const map = new OrderedMap<string, number>(stringBefore)
    expect(map.set("a", 1)).toBeUndefined()
    expect(map.set("a", 2)).toBe(1)
    expect(map.size).toBe(1)
    expect(map.delete("a")).toBe(2)
    expect(map.size).toBe(0)
  })

  test("a value of undefined is a value", () => {
    const map = new OrderedMap<string, undefined>(stringBefore)
    map.set("a", undefined)
    expect(map.has("a")).toBe(true)
    expect(map.size).toBe(1)
    map.delete("a")
    expect(map.has("a")).toBe(false)
  })

  test("strings are ordered by code unit, a prefix before what it begins", () => {
    const map = new OrderedMap<string, number>(stringBefore)
    for (const key of ["b", "a", "aa", "\u00ff", "Z", "", "a\u0000"]) map.set(key, 0)
    expect([...map].map(([key]) => key)).toEqual(["", "Z", "a", "a\u0000", "aa", "b", "\u00ff"])
  })

  test("ranges hold their start and not their end, both ways, up to the limit", () => {
    const map = filled(1000)
    const keys = (options: Parameters<typeof map.entries>[0]): number[] => [...map.entries(options)].map(([key]) => key)
    expect(keys({ from: 500, to: 503 })).toEqual([500, 501, 502])
    expect(keys({ from: 500, to: 503, descending: true })).toEqual([502, 501, 500])
    expect(keys({ from: 500, limit: 2 })).toEqual([500, 501])
    expect(keys({ to: 500, limit: 2, descending: true })).toEqual([499, 498])
    expect(keys({ from: 499.5, to: 500.5 })).toEqual([500])
    expect(keys({ from: 500, to: 500 })).toEqual([])
    expect(keys({ from: 501, to: 500 })).toEqual([])
    expect(keys({ from: 501, to: 500, descending: true })).toEqual([])
    expect(keys({ limit: 0 })).toEqual([])
    expect(keys({ descending: true, limit: 1 })).toEqual([999])
    expect(keys({}).length).toBe(1000)
  })

  test("scan stops where the visitor says so", () => {
    const seen: number[] = []
    filled(1000).scan({ from: 62 }, (key) => {
      seen.push(key)
      return key < 65
    })
    expect(seen).toEqual([62, 63, 64, 65])
  })

  test("rank, count and at agree with each other", () => {
    const map = filled(5000)
    expect(map.rank(0)).toBe(0)
    expect(map.rank(4321)).toBe(4321)
    expect(map.rank(1e9)).toBe(5000)
    expect(map.at(4321)).toEqual([4321, "v4321"])
    expect(map.at(5000)).toBeUndefined()
    expect(map.at(-1)).toBeUndefined()
    expect(map.count(10, 4990)).toBe(4980)
    expect(map.count(4990, 10)).toBe(0)
  })

  test("emptied from the left, as a log is, it stays in order to the end", () => {
    const map = filled(3000)
    for (let key = 0; key < 3000; key++) {
      map.delete(key)
      if (map.at(0)?.[0] !== (key === 2999 ? undefined : key + 1)) throw new Error(`not in order after ${key}`)
    }
    expect(map.size).toBe(0)
  })

  test("a tree of three levels, filled and emptied in a scattered order, stays sorted", () => {
    const map = new OrderedMap<number, number>(numberBefore)
    const scattered = Array.from({ length: 30_000 }, (_, i) => (i * 7919) % 30_011)
    for (const key of scattered) map.set(key, -key)
    const sorted = scattered.toSorted((a, b) => a - b)
    expect([...map].map(([key]) => key)).toEqual(sorted)
    for (const key of scattered.slice(0, 29_000)) map.delete(key)
    expect([...map].map(([key]) => key)).toEqual(scattered.slice(29_000).toSorted((a, b) => a - b))
    expect(map.rank(Infinity)).toBe(1000)
  })

  test("clear empties this map and not its clone", () => {
    const map = filled(100)
    const clone = map.clone()
    map.clear()
    expect(map.size).toBe(0)
    expect(clone.size).toBe(100)
  })
})

describe("bulk loading", () => {
  test.each([0, 1, 56, 57, 3136, 3137, 200_000])("%i entries come out as they went in, and can be changed", (count) => {
    const map = OrderedMap.fromSorted(
      numberBefore,
      Array.from({ length: count }, (_, i): [number, number] => [i * 2, i]),
    )
    expect(map.size).toBe(count)
    let next = 0
    map.scan({}, (key, value) => {
      if (key !== next * 2 || value !== next) throw new Error(`entry ${next} is ${key}: ${value}`)
      next++
    })
    expect(next).toBe(count)
    map.set(count, -1)
    map.set(-1, -2)
    expect(map.get(count)).toBe(-1)
    expect(map.at(0)).toEqual([-1, -2])
  })

  test("keys that do not ascend are refused", () => {
    expect(() =>
      OrderedMap.fromSorted(numberBefore, [
        [1, 1],
        [1, 2],
      ]),
    ).toThrow("do not strictly ascend")
    expect(() =>
      OrderedMap.fromSorted(numberBefore, [
        [2, 1],
        [1, 2],
      ]),
    ).toThrow("do not strictly ascend")
  })
})

describe("clones", () => {
  test("a clone is left alone by changes to the original, and the other way round", () => {
    const map = filled(10_000)
    const clone = map.clone()
    for (let key = 0; key < 10_000; key += 3) map.delete(key)
    for (let key = 1; key < 10_000; key += 3) map.set(key, "changed")
    for (let key = 2; key < 10_000; key += 3) clone.set(key, "changed in the clone")
    expect(clone.size).toBe(10_000)
    expect(clone.get(0)).toBe("v0")
    expect(clone.get(1)).toBe("v1")
    expect(map.get(2)).toBe("v2")
    expect(map.get(0)).toBeUndefined()
    expect(map.get(1)).toBe("changed")
  })

  test("an iterator over a clone sees the moment of the clone", () => {
    const map = filled(1000)
    const frozen = map.clone().entries()
    frozen.next()
    for (let key = 0; key < 1000; key++) map.delete(key)
    expect([...frozen].length).toBe(999)
  })
})

test("random histories with clones agree with a sorted array", () => {
  const key = fc.integer({ min: 0, max: 400 })
  const action = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("set" as const), key, value: fc.nat() }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("fill" as const), key, count: fc.integer({ min: 1, max: 300 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("deleteRange" as const), key, count: fc.integer({ min: 1, max: 300 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("clone" as const), keep: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("range" as const), from: key, to: key }) },
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      let map = new OrderedMap<number, number>(numberBefore)
      let model = new SortedArray()
      const others: { map: OrderedMap<number, number>; model: SortedArray }[] = []
      for (const step of actions) {
        switch (step.kind) {
          case "set":
            expect(map.set(step.key, step.value)).toBe(model.set(step.key, step.value))
            break
          case "delete":
            expect(map.delete(step.key)).toBe(model.delete(step.key))
            break
          case "fill":
            for (let i = 0; i < step.count; i++) {
              map.set(step.key + i, i)
              model.set(step.key + i, i)
            }
            break
          case "deleteRange":
            for (let i = 0; i < step.count; i++) {
              map.delete(step.key + i)
              model.delete(step.key + i)
            }
            break
          case "clone": {
            // Go on with either side; the other must stay as it is.
            const other = { map: map.clone(), model: model.clone() }
            if (step.keep) others.push(other)
            else {
              others.push({ map, model })
              map = other.map
              model = other.model
            }
            break
          }
          case "range": {
            const expected = model.range(step.from, step.to)
            expect([...map.entries({ from: step.from, to: step.to })]).toEqual(expected)
            expect([...map.entries({ from: step.from, to: step.to, descending: true })]).toEqual(expected.toReversed())
            expect(map.count(step.from, step.to)).toBe(expected.length)
            expect(map.rank(step.from)).toBe(model.range(undefined, step.from).length)
            break
          }
        }
      }
      others.push({ map, model })
      for (const { map: some, model: its } of others) {
        expect(some.size).toBe(its.entries.length)
        expect([...some]).toEqual(its.entries)
        expect(its.entries.map((_entry, rank) => some.at(rank))).toEqual(its.entries)
      }
    }),
    { numRuns: 100 },
  )
})
