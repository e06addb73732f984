import { expect, test } from "vitest"
import { marksMax, Ribbon } from "./ribbon.ts"

test("a history that is told late takes its place", () => {
  const ribbon = new Ribbon()
  ribbon.add({ at: 100, role: "leader", term: 2 })
  ribbon.add({ at: 10, role: "follower", term: 1 })
  ribbon.add({ at: 50, role: "candidate", term: 2 })
  expect(ribbon.spans(0, 200)).toEqual([
    { at: 10, until: 50, role: "follower", term: 1 },
    { at: 50, until: 100, role: "candidate", term: 2 },
    { at: 100, until: 200, role: "leader", term: 2 },
  ])
})

test("what stays the same is one span, from its earliest mark", () => {
  const ribbon = new Ribbon()
  ribbon.add({ at: 100, role: "leader", term: 2 })
  ribbon.add({ at: 150, role: "leader", term: 2 })
  ribbon.add({ at: 80, role: "leader", term: 2 })
  expect(ribbon.marks).toEqual([{ at: 80, role: "leader", term: 2 }])
})

test("only what lies in the window is shown", () => {
  const ribbon = new Ribbon()
  ribbon.add({ at: 0, role: "follower", term: 1 })
  ribbon.add({ at: 10, role: "away", term: 0 })
  ribbon.add({ at: 20, role: "follower", term: 1 })
  expect(ribbon.spans(12, 18)).toEqual([{ at: 12, until: 18, role: "away", term: 0 }])
})

test("it keeps the latest marks", () => {
  const ribbon = new Ribbon()
  for (let term = 1; term <= marksMax + 3; term++) ribbon.add({ at: term, role: "follower", term })
  expect(ribbon.marks).toHaveLength(marksMax)
  expect(ribbon.marks[0]!.term).toBe(4)
})
