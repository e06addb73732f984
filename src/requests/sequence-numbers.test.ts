import { expect, test } from "vitest"
import { endsSession } from "./refusals.ts"
import { cloneNumbers, createNumbers, endSequence, type SequenceNumbers, takeSequence, tokenOf } from "./sequence-numbers.ts"

/** What the next attempt of any command would say. */
const answeredBelow = (numbers: SequenceNumbers): number => tokenOf(numbers, 7, 1).answeredBelow

test("a new session begins at 1 and has nothing answered", () => {
  const numbers = createNumbers()
  expect(answeredBelow(numbers)).toBe(1)
  expect(takeSequence(numbers)).toBe(1)
  expect(answeredBelow(numbers)).toBe(1)
})

test("commands one after the other: each declares all before it answered, and never itself", () => {
  const numbers = createNumbers()
  for (let expected = 1; expected <= 5; expected++) {
    const sequence = takeSequence(numbers)
    expect([sequence, answeredBelow(numbers)]).toEqual([expected, expected])
    endSequence(numbers, sequence)
  }
  expect(answeredBelow(numbers)).toBe(6)
})

test("the oldest command without an answer holds the mark, whatever is answered after it", () => {
  const numbers = createNumbers()
  const [first, second, third] = [takeSequence(numbers), takeSequence(numbers), takeSequence(numbers)]
  endSequence(numbers, second)
  expect(answeredBelow(numbers)).toBe(first)
  endSequence(numbers, first)
  expect(answeredBelow(numbers)).toBe(third)
  expect(takeSequence(numbers)).toBe(4)
  expect(answeredBelow(numbers)).toBe(third)
})

test("every attempt of a command carries its number, however many commands came after it", () => {
  const numbers = createNumbers()
  const [slow, quick] = [takeSequence(numbers), takeSequence(numbers)]
  expect(tokenOf(numbers, 7, slow)).toEqual({ sessionId: 7, sequence: 1, answeredBelow: 1 })
  expect(tokenOf(numbers, 7, quick)).toEqual({ sessionId: 7, sequence: 2, answeredBelow: 1 })
  endSequence(numbers, quick)
  takeSequence(numbers)
  expect(tokenOf(numbers, 7, slow)).toEqual({ sessionId: 7, sequence: 1, answeredBelow: 1 })
})

test("a copy goes its own way", () => {
  const numbers = createNumbers()
  takeSequence(numbers)
  const copy = cloneNumbers(numbers)
  endSequence(copy, 1)
  takeSequence(copy)
  expect([answeredBelow(numbers), answeredBelow(copy)]).toEqual([1, 2])
})

test("only an expired session is over: a forgotten number is one command's", () => {
  expect(endsSession("sessionExpired")).toBe(true)
  expect(endsSession("sequenceForgotten")).toBe(false)
})
