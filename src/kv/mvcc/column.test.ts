import fc from "fast-check"
import { expect, test } from "vitest"
import { Column } from "./column.ts"

function filled(count: number): Column {
  const column = new Column()
  for (let i = 0; i < count; i++) column.push(i * 2 ** 40)
  return column
}

function all(column: Column): number[] {
  return Array.from({ length: column.end - column.start }, (_, i) => column.at(column.start + i))
}

test.each([1, 255, 256, 257, 1000])("%i numbers are where they were put, however large", (count) => {
  const column = filled(count)
  expect([column.start, column.end]).toEqual([0, count])
  expect(all(column)).toEqual(Array.from({ length: count }, (_, i) => i * 2 ** 40))
})

test.each([0, 1, 255, 256, 257, 512, 599, 600])("after dropping the first %i of 600, the rest keeps its positions", (position) => {
  const column = filled(600)
  column.dropBefore(position)
  expect([column.start, column.end]).toEqual([position, 600])
  column.push(7)
  expect(all(column)).toEqual([...Array.from({ length: 600 - position }, (_, i) => (position + i) * 2 ** 40), 7])
})

test("what stands before the first chunk that is needed is let go", () => {
  const column = filled(100_000)
  column.dropBefore(99_900)
  expect(JSON.stringify(column).length).toBeLessThan(10_000)
})

test("random lives with clones agree with an array", () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), count: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ kind: fc.constant("drop" as const), count: fc.integer({ min: 0, max: 400 }) }),
    fc.record({ kind: fc.constant("set" as const), at: fc.nat() }),
    fc.record({ kind: fc.constantFrom("clone" as const, "swap" as const) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      let column = new Column()
      let model = { start: 0, numbers: [] as number[] }
      const others: { column: Column; model: typeof model }[] = []
      let next = 1
      for (const each of actions) {
        const length = column.end - column.start
        switch (each.kind) {
          case "push":
            for (let i = 0; i < each.count; i++, next++) {
              column.push(next)
              model.numbers.push(next)
            }
            break
          case "drop": {
            const count = Math.min(each.count, length)
            column.dropBefore(column.start + count)
            model.numbers.splice(0, count)
            model.start += count
            break
          }
          case "set":
            if (length === 0) break
            column.set(column.start + (each.at % length), ++next)
            model.numbers[each.at % length] = next
            break
          case "clone":
            others.push({ column: column.clone(), model: { ...model, numbers: model.numbers.slice() } })
            break
          case "swap": {
            const other = others.shift()
            if (other === undefined) break
            others.push({ column, model })
            column = other.column
            model = other.model
            break
          }
          default:
            each satisfies never
        }
      }
      for (const pair of [{ column, model }, ...others]) {
        expect(pair.column.start).toBe(pair.model.start)
        expect(all(pair.column)).toEqual(pair.model.numbers)
      }
    }),
  )
})
