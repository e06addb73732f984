import { beforeEach, expect, test } from "vitest"
import type { Read } from "../event.ts"
import {
  cloneReadTurns,
  createReadTurns,
  describeTurns,
  filterTurns,
  lineUp,
  type ReadTurns,
  takeTurns,
  turnDebtMax,
  turnItems,
} from "./read-turns.ts"

let turns: ReadTurns
let lastId: number

beforeEach(() => {
  turns = createReadTurns()
  lastId = 0
})

/** `count` reads of `caller`, whose answers hold `items` each. */
function ask(caller: number, count: number, items = 1): void {
  for (let i = 0; i < count; i++) lineUp(turns, { id: ++lastId, query: items, consistency: "stale", minimumIndex: 0, caller })
}

/** The callers of those that one step answers. */
function step(itemsMax: number, of = turns): number[] {
  const answered: Read[] = []
  takeTurns(of, itemsMax, (read) => {
    answered.push(read)
    return read.query as number
  })
  return answered.map(({ caller }) => caller!)
}

function countOf(callers: readonly number[], caller: number): number {
  return callers.filter((one) => one === caller).length
}

test("one caller's reads are answered in their order, so many items in a step", () => {
  ask(1, 10)
  const ids: number[] = []
  const take = (): void => takeTurns(turns, 4, ({ id }) => ids.push(id) && 1)
  take()
  expect([ids.length, turns.count]).toEqual([4, 6])
  take()
  take()
  expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(describeTurns(turns)).toEqual([])
})

test("a caller that comes while another has hundreds of large reads waiting is answered in the next step", () => {
  ask(1, 500, 2_000)
  for (let round = 0; round < 20; round++) {
    expect(step(4_096).length).toBeGreaterThan(0)
    ask(2, 1)
    expect(step(4_096)).toContain(2)
  }
})

test("turnItems: a caller has answers of so many items before the next one has its turn", () => {
  ask(1, 2 * turnItems)
  ask(2, turnItems - 1)
  ask(3, turnItems + 1)
  const order = step(10_000)
  const runs: [caller: number, count: number][] = []
  for (const caller of order) {
    const last = runs.at(-1)
    if (last?.[0] === caller) last[1] += 1
    else runs.push([caller, 1])
  }
  expect(runs).toEqual([
    [1, turnItems],
    [2, turnItems - 1],
    [3, turnItems],
    [1, turnItems],
    [3, 1],
  ])
})

test("callers get items alike, whatever the size of their answers", () => {
  ask(1, 1_000, 2_000)
  ask(2, 100_000, 10)
  let [large, small] = [0, 0]
  for (let i = 0; i < 100; i++) {
    const answered = step(4_096)
    large += countOf(answered, 1) * 2_000
    small += countOf(answered, 2) * 10
  }
  expect(large / small).toBeGreaterThan(0.9)
  expect(large / small).toBeLessThan(1.1)
})

test("turnDebtMax: of one enormous answer a bounded part is held against its caller", () => {
  ask(1, 1, 1_000_000)
  ask(1, 1)
  ask(2, 1_000_000)
  step(1)
  const rounds = turnDebtMax / turnItems + 1
  const answered = step((rounds - 1) * turnItems)
  expect(countOf(answered, 1)).toBe(0)
  expect(countOf(step(2 * turnItems), 1)).toBe(1)
})

test("callers that ask for little again and again do not keep out one that asks for much", () => {
  ask(1, 100, 1_000)
  let large = 0
  for (let i = 0; i < 50; i++) {
    for (let caller = 2; caller < 20; caller++) ask(caller, 200)
    large += countOf(step(2_000), 1)
  }
  expect(large).toBeGreaterThan(3)
})

test("reads that nobody waits for any more are let go, and the others stay in their order", () => {
  ask(1, 5)
  ask(2, 5)
  step(3)
  filterTurns(turns, ({ id }) => id % 2 === 0)
  expect(turns.count).toBe(4)
  expect(step(100)).toEqual([1, 2, 2, 2])
  ask(1, 3)
  filterTurns(turns, () => false)
  expect([turns.count, turns.lines.size]).toEqual([0, 0])
})

test("a copy goes on like the original, and leaves it alone", () => {
  ask(1, 300, 3)
  ask(2, 300)
  step(500)
  const copy = cloneReadTurns(turns)
  const before = describeTurns(turns)
  const expected = step(200, copy)
  expect(describeTurns(turns)).toEqual(before)
  expect(step(200)).toEqual(expected)
})
