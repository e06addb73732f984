import fc from "fast-check"
import { expect, test } from "vitest"
import { AppendList } from "./append-list.ts"

function filled(count: number, start = 0): AppendList<number> {
  const list = new AppendList<number>(start)
  for (let i = 0; i < count; i++) list.push(start + i)
  return list
}

function all(list: AppendList<number>): (number | undefined)[] {
  return Array.from({ length: list.length }, (_, i) => list.at(list.start + i))
}

test("an empty list begins and ends where it is told to, and has nothing anywhere", () => {
  const list = new AppendList<number>(7)
  expect([list.start, list.end, list.length]).toEqual([7, 7, 0])
  expect(list.at(7)).toBeUndefined()
  list.dropBefore(100)
  expect([list.start, list.end]).toEqual([7, 7])
})

test.each([1, 255, 256, 257, 1000])("the first and the last of %i items are where they were put, and nothing is beyond", (count) => {
  const list = filled(count, 2 ** 40)
  expect(list.at(2 ** 40 - 1)).toBeUndefined()
  expect(list.at(2 ** 40)).toBe(2 ** 40)
  expect(list.at(2 ** 40 + count - 1)).toBe(2 ** 40 + count - 1)
  expect(list.at(2 ** 40 + count)).toBeUndefined()
})

test.each([0, 1, 255, 256, 257, 512, 599, 600, 601])("after dropping up to %i of 600, the rest keeps its positions", (position) => {
  const list = filled(600)
  list.dropBefore(position)
  const start = Math.min(position, 600)
  expect([list.start, list.end]).toEqual([start, 600])
  expect(list.at(start - 1)).toBeUndefined()
  expect(all(list)).toEqual(Array.from({ length: 600 - start }, (_, i) => start + i))
  list.push(600)
  expect(list.at(600)).toBe(600)
})

test("what is dropped is not kept from the collector by its neighbours", () => {
  const list = new AppendList<string>()
  for (const item of ["dropped", "kept"]) list.push(item)
  list.dropBefore(1)
  expect(JSON.stringify(list)).not.toContain("dropped")
  expect(JSON.stringify(list)).toContain("kept")
})

test("an item can be replaced where there is one, in this list and not in its clone", () => {
  const list = filled(600)
  list.dropBefore(300)
  const clone = list.clone()
  for (const position of [300, 599]) list.replace(position, -position)
  expect([list.at(300), list.at(599), clone.at(300), clone.at(599)]).toEqual([-300, -599, 300, 599])
  for (const position of [299, 600]) expect(() => list.replace(position, 0)).toThrow(`nothing is at position ${position}`)
})

test("random lives with clones agree with an array", () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), count: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ kind: fc.constant("drop" as const), count: fc.integer({ min: 0, max: 400 }) }),
    fc.record({ kind: fc.constant("replace" as const), at: fc.nat() }),
    fc.record({ kind: fc.constant("clone" as const), keep: fc.boolean() }),
  )
  interface Pair {
    list: AppendList<number>
    model: number[]
    start: number
  }
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      let value = 0
      let main: Pair = { list: new AppendList(5), model: [], start: 5 }
      const others: Pair[] = []
      for (const each of actions) {
        switch (each.kind) {
          case "push":
            for (let i = 0; i < each.count; i++) {
              main.list.push(++value)
              main.model.push(value)
            }
            break
          case "drop": {
            const count = Math.min(each.count, main.model.length)
            main.list.dropBefore(main.start + each.count)
            main.model = main.model.slice(count)
            main.start += count
            break
          }
          case "replace": {
            const at = each.at % (main.model.length + 1)
            if (at === main.model.length) break
            main.list.replace(main.start + at, ++value)
            main.model[at] = value
            break
          }
          case "clone": {
            // Go on with either side; the other must stay as it is.
            const copy = { list: main.list.clone(), model: main.model.slice(), start: main.start }
            others.push(each.keep ? copy : main)
            if (!each.keep) main = copy
            break
          }
        }
      }
      for (const { list, model, start } of [main, ...others]) {
        expect(list.start).toBe(start)
        expect(all(list)).toEqual(model)
      }
    }),
    { numRuns: 200 },
  )
})
