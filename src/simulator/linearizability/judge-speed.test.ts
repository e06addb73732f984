// How much work a history is, counted in steps of the search, which are the same on every machine: one step places one operation.

import { describe, expect, test } from "vitest"
import { makeHistory, spoil } from "../../../test/checkers/generated-history.ts"
import { judgeHistory } from "./judge.ts"

const operations = 10_000

describe("10,000 operations", { timeout: 90_000 }, () => {
  test.each([
    ["on 16 keys", { clients: 10, keys: 16, readShare: 0.5, unknownShare: 0.02 }],
    ["on one key", { clients: 10, keys: 1, readShare: 0.5, unknownShare: 0.02 }],
    ["on one key, nearly all of them writes", { clients: 10, keys: 1, readShare: 0.1, unknownShare: 0.02 }],
    ["on one key, a tenth with unknown end", { clients: 10, keys: 1, readShare: 0.5, unknownShare: 0.1 }],
    ["on one key by 40 clients", { clients: 40, keys: 1, readShare: 0.6, unknownShare: 0.01 }],
  ])("%s take a few steps each", (_name, options) => {
    const verdict = judgeHistory(makeHistory({ ...options, operations, seed: 1 }))
    expect(verdict.kind).toBe("linearizable")
    expect(verdict.steps).toBeLessThan(6 * operations)
  })

  test.each([
    ["in the middle", 0.5],
    ["at the end", 0.99],
  ])("with a stale read %s are found wrong within seconds' worth of steps", (_name, where) => {
    const history = makeHistory({ clients: 10, keys: 1, readShare: 0.5, unknownShare: 0.02, operations, seed: 2 })
    const verdict = judgeHistory(spoil(history, where))
    expect(verdict).toMatchObject({ kind: "violated" })
    expect(verdict.kind === "violated" && verdict.reason).toMatch(/^key 0: read \d+ of client \d+ gave \d+/)
    expect(verdict.steps).toBeLessThan(100 * operations)
  })

  test("with an operation that lasts all the time are no harder", () => {
    const history = makeHistory({ clients: 10, keys: 1, readShare: 0.5, unknownShare: 0.02, operations, seed: 3 })
    const [first] = history
    const verdict = judgeHistory([
      ...history,
      { ...first!, id: 0, client: 99, from: 0, until: 1e9, call: { kind: "put", value: "late" }, result: null, end: "answered" },
    ])
    expect(verdict.kind).toBe("linearizable")
    expect(verdict.steps).toBeLessThan(3 * operations)
  })
})
