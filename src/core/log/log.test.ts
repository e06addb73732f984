import { expect, test } from "vitest"
import type { Entry, Term } from "../types.ts"
import {
  appendEntry,
  compactLog,
  createLog,
  entriesFrom,
  findConflictByTerm,
  isUpToDate,
  lastIndexOf,
  lastTermOf,
  termAt,
  truncateLog,
} from "./log.ts"

const entry = (index: number, term: Term, bytes = 0): Entry => ({
  index,
  term,
  kind: "command",
  data: new Uint8Array(bytes),
  configuration: null,
  encoded: null,
})

const logOf = (...terms: readonly Term[]) =>
  createLog(
    { index: 0, term: 0 },
    terms.map((term, i) => entry(i + 1, term)),
  )

test("terms are known from the base to the end, and nowhere else", () => {
  const log = logOf(1, 1, 2)
  compactLog(log, 1)
  expect([0, 1, 2, 3, 4].map((index) => termAt(log, index))).toEqual([null, 1, 1, 2, null])
})

test("an empty log ends where its base is", () => {
  const log = createLog({ index: 9, term: 4 }, [])
  expect([lastIndexOf(log), lastTermOf(log)]).toEqual([9, 4])
})

test("a gap, a term that goes back, and a truncation below the base are refused", () => {
  const log = logOf(1, 2)
  expect(() => appendEntry(log, entry(4, 2))).toThrow("a gap in the log")
  expect(() => appendEntry(log, entry(3, 1))).toThrow("terms in the log went backwards")
  compactLog(log, 1)
  expect(() => truncateLog(log, 1)).toThrow("truncation of what was compacted")
})

test("compaction may reach the end but not beyond", () => {
  const log = logOf(1, 2)
  expect(() => compactLog(log, 3)).toThrow("compaction beyond the end of the log")
  compactLog(log, 2)
  expect(log.base).toEqual({ index: 2, term: 2 })
  compactLog(log, 1)
  expect(log.base).toEqual({ index: 2, term: 2 })
})

test.each([
  [5, 3, 5],
  [5, 2, 4],
  [4, 1, 2],
  [9, 3, 5],
  [5, 0, 0],
])("below index %i, terms up to %i end at %i", (index, term, expected) => {
  expect(findConflictByTerm(logOf(1, 1, 2, 2, 3), index, term)).toBe(expected)
})

test("a batch ends at its limits of count and bytes, and always holds one entry", () => {
  const log = createLog(
    { index: 0, term: 0 },
    [3, 3, 3, 9].map((bytes, i) => entry(i + 1, 1, bytes)),
  )
  const indexes = (from: number, count: number, bytes: number): number[] => entriesFrom(log, from, count, bytes).map((each) => each.index)
  expect(indexes(1, 9, 6)).toEqual([1, 2])
  expect(indexes(1, 9, 5)).toEqual([1])
  expect(indexes(1, 2, 99)).toEqual([1, 2])
  expect(indexes(4, 9, 1)).toEqual([4])
})

test("up to date: last term first, then length", () => {
  const log = logOf(1, 2, 2)
  expect(isUpToDate(log, 3, 2)).toBe(true)
  expect(isUpToDate(log, 2, 2)).toBe(false)
  expect(isUpToDate(log, 1, 3)).toBe(true)
  expect(isUpToDate(log, 9, 1)).toBe(false)
})
