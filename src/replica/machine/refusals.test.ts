import { expect, test } from "vitest"
import { cloneRefusals, createRefusals, hashRefusals, noteRefusal, recentRefusalsMax, refusalsAt, restoredRefusals } from "./refusals.ts"

test("recentRefusalsMax: so many are known by index; of an earlier moment nothing is said", () => {
  const refusals = createRefusals()
  for (let n = 1; n < recentRefusalsMax; n++) noteRefusal(refusals, n * 10)
  expect(refusalsAt(refusals, 9)).toEqual({ index: 0, count: 0, hash: 0 })
  noteRefusal(refusals, recentRefusalsMax * 10)
  expect(refusals.recent).toHaveLength(recentRefusalsMax)
  expect(refusalsAt(refusals, 9)).toBeNull()
  expect(refusalsAt(refusals, 25)).toMatchObject({ index: 20, count: 2 })
  expect(refusalsAt(refusals, 1_000_000)).toMatchObject({ count: recentRefusalsMax, hash: refusals.hash })
})

test("the hash tells which entries were refused; where none were it changes nothing", () => {
  const [one, other] = [createRefusals(), createRefusals()]
  expect(hashRefusals(7, one)).toBe(7)
  noteRefusal(one, 10)
  noteRefusal(other, 11)
  expect(hashRefusals(7, one)).not.toBe(hashRefusals(7, other))
})

test("a snapshot brings what is needed to go on, and a clone goes its own way", () => {
  const refusals = createRefusals()
  noteRefusal(refusals, 10)
  const copy = restoredRefusals(20, refusals.count, refusals.hash, refusals.lastIndex)
  expect(refusalsAt(copy, 15)).toBeNull()
  const clone = cloneRefusals(refusals)
  for (const each of [refusals, copy]) noteRefusal(each, 30)
  expect(copy).toMatchObject({ count: 2, hash: refusals.hash, lastIndex: 30 })
  expect(clone).toMatchObject({ count: 1, lastIndex: 10 })
})
