// On tiny histories, where the definition can be tried out word for word, the checker and the definition agree; and what it says of bad ones is true.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { hasOrder } from "../../../test/checkers/brute-force.ts"
import type { KeyCall, KeyCompare, Operation, Result, TransactionStep, Value } from "./history.ts"
import { judgeHistory } from "./judge.ts"

const value: fc.Arbitrary<Value> = fc.constantFrom(1, 2, 3)
const maybe: fc.Arbitrary<Value> = fc.constantFrom(null, 1, 2)
const step: fc.Arbitrary<TransactionStep> = fc.oneof(
  fc.constant({ kind: "get" } as const),
  value.map((put) => ({ kind: "put", value: put }) as const),
  fc.constant({ kind: "delete" } as const),
)
const steps = fc.array(step, { maxLength: 2 })
const compare: fc.Arbitrary<KeyCompare> = fc.record({ operator: fc.constantFrom("is", "isNot"), value: maybe })

type Asked = readonly [KeyCall, Result | null]

const asked: fc.Arbitrary<Asked> = fc.oneof(
  { weight: 4, arbitrary: maybe.map((seen): Asked => [{ kind: "get" }, { kind: "get", value: seen }]) },
  { weight: 4, arbitrary: value.map((put): Asked => [{ kind: "put", value: put }, { kind: "put" }]) },
  fc.tuple(value, maybe).map(([put, previous]): Asked => [
    { kind: "put", value: put },
    { kind: "put", previous },
  ]),
  fc.boolean().map((existed): Asked => [{ kind: "delete" }, { kind: "delete", existed }]),
  fc.constant<Asked>([{ kind: "delete" }, null]),
  {
    weight: 3,
    arbitrary: fc.tuple(maybe, value, fc.constantFrom(true, false, null)).map(([expected, put, done]): Asked => {
      return [{ kind: "cas", expected, value: put }, done === null ? null : { kind: "cas", done }]
    }),
  },
  fc
    .tuple(fc.array(compare, { maxLength: 1 }), steps, steps, fc.boolean(), fc.array(maybe, { maxLength: 2 }))
    .map(([compares, success, failure, succeeded, seen]): Asked => {
      const gets = (succeeded ? success : failure).filter(({ kind }) => kind === "get").length
      const read = seen.length >= gets ? { read: seen.slice(0, gets) } : null
      return [
        { kind: "transaction", compare: compares, success, failure },
        { kind: "transaction", succeeded, ...read },
      ]
    }),
)

/** Moments are few, so that much is concurrent and some things touch. Clients may do several things at a time. */
const operation = fc
  .record({
    asked,
    client: fc.integer({ min: 1, max: 3 }),
    from: fc.integer({ min: 0, max: 12 }),
    lasts: fc.integer({ min: 0, max: 6 }),
    end: fc.constantFrom<Operation["end"][]>("answered", "answered", "answered", "answered", "unknown", "refused"),
    session: fc.boolean(),
    key: fc.constantFrom("x", "x", "x", "y"),
  })
  .map(({ asked: [call, result], client, from, lasts, end, session, key }) => {
    return {
      client,
      key,
      call,
      from,
      until: end === "unknown" ? Infinity : from + lasts,
      end,
      result: end === "answered" ? result : null,
      promise: session && call.kind === "get" ? ("session" as const) : ("linearizable" as const),
    }
  })

const histories: fc.Arbitrary<Operation[]> = fc
  .array(operation, { maxLength: 6 })
  .map((list) => list.map((one, position) => ({ id: position + 1, ...one })))

describe("the checker and the definition", () => {
  test("agree on every tiny history", { timeout: 90_000 }, () => {
    let good = 0
    let bad = 0
    fc.assert(
      fc.property(histories, (history) => {
        const expected = hasOrder(history)
        if (expected) good += 1
        else bad += 1
        expect(judgeHistory(history).kind).toBe(expected ? "linearizable" : "violated")
      }),
      { numRuns: 1_500 },
    )
    // Neither verdict is rare: the comparison means something.
    expect(Math.min(good, bad)).toBeGreaterThan(150)
  })

  test("agree that what is reported as a contradiction is one, all by itself", { timeout: 90_000 }, () => {
    let proofs = 0
    fc.assert(
      fc.property(histories, (history) => {
        const verdict = judgeHistory(history)
        if (verdict.kind !== "violated" || verdict.operations.length === 1) return
        proofs += 1
        // Everything else may be left out, but for what could explain the values that were seen.
        const isNamed = (one: Operation): boolean => verdict.operations.includes(one)
        const others = history.filter((one) => !isNamed(one) && one.key === verdict.key && one.call.kind !== "get")
        const loosened = others.map((one): Operation =>
          one.end === "refused" ? one : { ...one, end: "unknown", until: Infinity, result: null },
        )
        expect(hasOrder([...verdict.operations, ...loosened])).toBe(false)
      }),
      { numRuns: 1_500 },
    )
    expect(proofs).toBeGreaterThan(20)
  })
})
