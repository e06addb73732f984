/** The judge of the nemesis notices what must never be: each kind of wrong answer, and none where all was right. */

import { expect, test } from "vitest"
import type { Operation } from "../../src/simulator/linearizability/index.ts"
import { judge } from "./judge.ts"
import { makeValue, readValue } from "./values.ts"

const base = { client: 1, key: "key-1", end: "answered", promise: "linearizable" } as const
const put = (id: number, from: number, until: number, end: Operation["end"] = "answered"): Operation => {
  return { ...base, id, from, until, end, call: { kind: "put", value: id }, result: end === "answered" ? { kind: "put" } : null }
}
const get = (id: number, from: number, until: number, value: number | null): Operation => {
  return { ...base, id, from, until, call: { kind: "get" }, result: { kind: "get", value } }
}

test("a history in which everything was right is linearizable", () => {
  expect(judge([put(1, 0, 1), get(2, 2, 3, 1), put(3, 4, 5), get(4, 4, 6, 1), get(5, 7, 8, 3)])).toMatchObject({
    keys: 1,
    linearizable: 1,
    violations: [],
  })
})

test("a write that was acknowledged and is gone is told", () => {
  expect(judge([put(1, 0, 1), get(2, 2, 3, null)]).violations).toEqual([expect.stringContaining("key key-1")])
})

test("a read of what was replaced before it was asked is told", () => {
  expect(judge([put(1, 0, 1), put(2, 2, 3), get(3, 4, 5, 1)]).violations).toHaveLength(1)
})

test("a write that was refused and shows all the same is told", () => {
  expect(judge([put(1, 0, 1), put(2, 2, 3, "refused"), get(3, 4, 5, 2)]).violations).toHaveLength(1)
})

test("a write of unknown outcome may show, once it was asked for", () => {
  expect(judge([put(1, 0, 1), { ...put(2, 2, 3, "unknown"), until: Infinity }, get(3, 4, 5, 2)]).violations).toEqual([])
  expect(judge([{ ...put(2, 6, 7, "unknown"), until: Infinity }, get(3, 4, 5, 2)]).violations).toHaveLength(1)
})

test("keys are judged one by one", () => {
  const other = { key: "key-2" }
  const verdict = judge([put(1, 0, 1), get(2, 2, 3, null), { ...put(3, 0, 1), ...other }, { ...get(4, 2, 3, 3), ...other }])
  expect(verdict).toMatchObject({ keys: 2, linearizable: 1, violations: [expect.any(String)] })
})

test("a value tells who wrote it, and any other byte or length in it is noticed", () => {
  const value = makeValue(17, 1000)
  expect(readValue(value)).toBe(17)
  const mixed = Buffer.concat([value.subarray(0, 500), makeValue(18, 1000).subarray(500)])
  expect(() => readValue(mixed)).toThrow("the value of operation 17 (1000 bytes) is not what was written")
  expect(() => readValue(value.subarray(0, 999))).toThrow("which nobody has written")
  expect(() => readValue(Buffer.from("something else"))).toThrow("which nobody has written")
})
