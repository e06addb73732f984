// The checker is shown hand-made histories: good ones that look bad, and bad ones, for each of which it has to name the reason.

import { describe, expect, it } from "vitest"
import { cas, get, history, put, refused, remove, transaction, unknown } from "../../../test/checkers/hand-made-history.ts"
import type { Operation } from "./history.ts"
import { judgeHistory } from "./judge.ts"

/** The reason without the key, or null for a history that has an order. */
function reasonOf(make: () => Operation[]): string | null {
  const verdict = judgeHistory(history(make))
  expect(verdict.kind).not.toBe("undecided")
  return verdict.kind === "violated" ? verdict.reason.replace(/^key x: /, "") : null
}

describe("a good history", () => {
  it("may be empty, or hold nothing but what nobody knows", () => {
    expect(reasonOf(() => [])).toBeNull()
    expect(reasonOf(() => [unknown({ kind: "put", value: 1 }, 0), unknown({ kind: "get" }, 0)])).toBeNull()
  })

  it("lets concurrent writes take effect in either order, whatever the order of their answers", () => {
    expect(reasonOf(() => [put(1, 0, 10), put(2, 1, 5), get(1, 11, 12)])).toBeNull()
    expect(reasonOf(() => [put(1, 0, 10), put(2, 1, 5), get(2, 11, 12)])).toBeNull()
  })

  it("lets a read that overlaps a write see the old value after another has seen nothing yet", () => {
    expect(reasonOf(() => [put(1, 0, 20), get(null, 1, 3), get(1, 4, 6), get(1, 21, 22)])).toBeNull()
  })

  it("takes operations that touch in time for concurrent", () => {
    expect(reasonOf(() => [put(1, 0, 5), get(null, 5, 6)])).toBeNull()
    expect(reasonOf(() => [put(1, 0, 5), get(null, 6, 7)])).not.toBeNull()
  })

  it("lets a write of unknown end take effect late, or never", () => {
    const late = () => [unknown({ kind: "put", value: 2 }, 0), put(1, 1, 2), get(1, 3, 4), get(2, 50, 51)]
    expect(reasonOf(late)).toBeNull()
    expect(reasonOf(() => [unknown({ kind: "put", value: 2 }, 0), put(1, 1, 2), get(1, 3, 4), get(1, 50, 51)])).toBeNull()
  })

  it("lets one unknown write build on another", () => {
    expect(
      reasonOf(() => [unknown({ kind: "put", value: 1 }, 0), unknown({ kind: "cas", expected: 1, value: 2 }, 0), get(2, 5, 6)]),
    ).toBeNull()
  })

  it("lets comparisons fail and succeed as the values had it", () => {
    expect(reasonOf(() => [cas(null, 1, true, 0, 1), cas(1, 2, true, 2, 3), cas(1, 3, false, 4, 5), get(2, 6, 7)])).toBeNull()
    expect(reasonOf(() => [put(1, 0, 1), cas(1, 2, true, 2, 9), cas(1, 3, false, 2, 9), get(2, 10, 11)])).toBeNull()
  })

  it("knows deletions that found something and those that did not", () => {
    expect(reasonOf(() => [remove(false, 0, 1), put(1, 2, 3), remove(true, 4, 5), get(null, 6, 7), remove(undefined, 8, 9)])).toBeNull()
  })

  it("does a transaction's reads and writes at one moment", () => {
    const swap = {
      compare: [{ operator: "is", value: 1 } as const],
      success: [{ kind: "get" } as const, { kind: "put", value: 2 } as const, { kind: "get" } as const],
      failure: [{ kind: "get" } as const],
    }
    expect(reasonOf(() => [put(1, 0, 1), transaction(swap, { succeeded: true, read: [1, 2] }, 2, 3), get(2, 4, 5)])).toBeNull()
    expect(reasonOf(() => [put(3, 0, 1), transaction(swap, { succeeded: false, read: [3] }, 2, 3), get(3, 4, 5)])).toBeNull()
  })

  it("judges each key for itself", () => {
    expect(reasonOf(() => [put(1, 0, 1), get(null, 2, 3, { key: "y" }), put(2, 4, 5, { key: "y" }), get(1, 6, 7)])).toBeNull()
  })

  it("lets session reads be old, as long as each client goes forward", () => {
    const session = { client: 7, promise: "session" } as const
    expect(
      reasonOf(() => [put(1, 0, 1), put(2, 2, 3), get(null, 10, 11, session), get(1, 12, 13, session), get(2, 14, 15, session)]),
    ).toBeNull()
    expect(reasonOf(() => [put(1, 0, 1), put(2, 2, 3), get(2, 10, 11, session), get(1, 10, 11, { promise: "session" })])).toBeNull()
  })
})

describe("a bad history, with its reason:", () => {
  it("a stale read", () => {
    expect(reasonOf(() => [put(1, 0, 1), put(2, 2, 3), get(1, 4, 5)])).toBe(
      "read 3 of client 3 gave 1, although put 2 of client 2 had replaced the value of put 1 of client 1 before",
    )
  })

  it("a read that finds nothing after a write", () => {
    expect(reasonOf(() => [put(1, 0, 1), get(null, 2, 3)])).toBe(
      "read 2 of client 2 found nothing, although put 1 of client 1 was done before and nobody deleted the key",
    )
  })

  it("a lost update", () => {
    expect(reasonOf(() => [put(1, 0, 1), cas(1, 2, true, 2, 9), cas(1, 3, true, 3, 8)])).toMatch(
      /^cas \d of client \d and cas \d of client \d both replaced 1: one of the updates is lost$/,
    )
    expect(reasonOf(() => [cas(null, 2, true, 2, 9), cas(null, 3, true, 3, 8)])).toMatch(
      /both replaced nothing: one of the updates is lost/,
    )
  })

  it("a value that nobody wrote", () => {
    expect(reasonOf(() => [put(1, 0, 1), get(5, 2, 3)])).toBe("read 2 of client 2 gave 5, which nobody ever wrote")
  })

  it("a value from the future", () => {
    expect(reasonOf(() => [get(1, 0, 1), put(1, 2, 3)])).toBe("read 1 of client 1 gave 1 before put 2 of client 2 had begun to write it")
  })

  it("a write that took effect though it had been refused", () => {
    expect(reasonOf(() => [put(1, 0, 1), refused({ kind: "put", value: 2 }, 2, 3), get(2, 4, 5)])).toBe(
      "read 3 of client 3 gave 2, the value of put 2 of client 2, which had been refused",
    )
  })

  it("a write that is applied twice", () => {
    expect(reasonOf(() => [put(1, 0, 9), get(1, 2, 3), put(2, 4, 5), get(2, 6, 7), get(1, 8, 9)])).toBe(
      "read 5 of client 5 gave 1 again, after read 2 of client 2 had seen it and read 4 of client 4 had found 2 instead",
    )
  })

  it("a read that goes back, while the write is still under way", () => {
    expect(reasonOf(() => [put(1, 0, 1), put(2, 2, 20), get(2, 3, 4), get(1, 5, 6)])).toBe(
      "read 4 of client 4 gave 1, although read 3 of client 3 had found 2 there since put 1 of client 1 was over",
    )
  })

  it("a write of unknown end that was seen, then unseen", () => {
    expect(reasonOf(() => [put(1, 0, 1), unknown({ kind: "put", value: 2 }, 2), get(2, 3, 4), get(1, 5, 6)])).toMatch(
      /^read 4 of client 4 gave 1, although read 3 of client 3 had found 2 there/,
    )
  })

  it("a comparison that failed though it had to hold", () => {
    expect(reasonOf(() => [put(1, 0, 1), cas(1, 2, false, 2, 3)])).toBe(
      "cas 2 of client 2 was not done, though expecting 1, but by then the key could only hold 1",
    )
  })

  it("a comparison that held though its value was gone", () => {
    expect(reasonOf(() => [put(1, 0, 1), put(2, 2, 3), cas(1, 3, true, 4, 5)])).toMatch(
      /^cas 3 of client 3 was done, expecting 1, although put 2 of client 2 had replaced/,
    )
  })

  it("a deletion that was seen and undone", () => {
    expect(reasonOf(() => [put(1, 0, 1), remove(true, 2, 3), get(1, 4, 5)])).toMatch(
      /^read 3 of client 3 gave 1, although delete 2 of client 2 had replaced/,
    )
    expect(reasonOf(() => [put(1, 0, 1), remove(true, 2, 3), remove(true, 4, 5)])).toBe(
      "delete 3 of client 3 deleted something, but by then the key could only hold nothing",
    )
  })

  it("a transaction whose reads are of two moments", () => {
    const twice = { compare: [], success: [{ kind: "get" } as const, { kind: "get" } as const], failure: [] }
    expect(reasonOf(() => [put(1, 0, 9), put(2, 0, 9), transaction(twice, { succeeded: true, read: [1, 2] }, 3, 4)])).toBe(
      "transaction 3 of client 3 took its success list and read 1, 2, but by then the key could only hold nothing, 1 or 2",
    )
  })

  it("a session's read that goes back behind its own, behind a read by any means, and behind the client's own write", () => {
    const session = { client: 7, promise: "session" } as const
    expect(reasonOf(() => [put(1, 0, 1), put(2, 2, 3), get(2, 4, 5, session), get(1, 6, 7, session)])).toBe(
      "session read 4 of client 7 gave 1, although session read 3 of client 7 had found 2, which was written later",
    )
    expect(reasonOf(() => [put(1, 0, 1), put(2, 2, 3), get(2, 4, 5, { client: 7 }), get(1, 6, 7, session)])).toMatch(
      /^session read 4 of client 7 gave 1, although read 3 of client 7 had found 2 there/,
    )
    expect(reasonOf(() => [put(1, 0, 1), put(2, 2, 3, { client: 7 }), get(1, 6, 7, session)])).toMatch(
      /^session read 3 of client 7 gave 1, although put 2 of client 7 had replaced/,
    )
  })

  it("a session's read of what was not yet written when it was answered", () => {
    expect(reasonOf(() => [get(1, 0, 1, { promise: "session" }), put(1, 2, 3)])).toMatch(/^session read 1 of client 1 gave 1 before put 2/)
  })

  it("names the key, and the operations that contradict each other", () => {
    const verdict = judgeHistory(history(() => [put(1, 0, 1), put(9, 0, 1, { key: "y" }), put(2, 2, 3), get(1, 4, 5), get(2, 6, 7)]))
    expect(verdict).toMatchObject({ kind: "violated", key: "x" })
    expect(verdict.kind === "violated" && verdict.operations.map(({ id }) => id)).toEqual([4, 3, 1])
    expect(verdict.kind === "violated" && verdict.reason).toMatch(/^key x: /)
  })

  it("names the first operation that cannot be placed, however much follows", () => {
    const later = (count: number): Operation[] => Array.from({ length: count }, (_, at) => put(100 + at, 10 + 2 * at, 11 + 2 * at))
    expect(reasonOf(() => [put(1, 0, 1), put(2, 2, 3), get(1, 4, 5), ...later(50)])).toMatch(/^read 3 of client 3 gave 1/)
  })
})

describe("a search", () => {
  it("is given up after as many steps as it was allowed, and says so instead of guessing", () => {
    const writes = (): Operation[] => Array.from({ length: 12 }, (_, at) => put(at, 0, 100))
    const verdict = judgeHistory(
      history(() => [...writes(), get("none", 101, 102), put("none", 0, 100), get(3, 103, 104)]),
      100,
    )
    expect(verdict).toMatchObject({ kind: "undecided", key: "x" })
  })
})
