import { expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import { courseOf, kindOfDeed } from "./course.ts"

test("a course has the elections and commits of its branch, however often it is asked on the way", () => {
  const timeMachine = newPlayground(3, 1)
  for (let event = 0; event < 400; event++) {
    timeMachine.forward()
    if (event % 7 === 0) courseOf(timeMachine.branch)
  }
  const { moments } = timeMachine.branch
  const { parts, elections, commits } = courseOf(timeMachine.branch)
  const steps = [...moments.keys()]
  expect(elections).toEqual(steps.filter((step) => moments[step]!.elected !== null))
  expect(commits).toEqual(steps.filter((step) => step > 0 && moments[step]!.committed > moments[step - 1]!.committed))
  expect(elections.length).toBeGreaterThan(0)
  expect(commits.length).toBeGreaterThan(0)
  for (const { start, through, term } of parts) for (let step = start; step < through; step++) expect(moments[step]!.term).toBe(term)
})

test("waiting is no deed; to ask for something is another kind than to break something", () => {
  expect(kindOfDeed({ kind: "wait", forMs: 1 })).toBeNull()
  expect(kindOfDeed({ kind: "takeSnapshot", node: 1 })).toBe("request")
  expect(kindOfDeed({ kind: "crash", node: 1, powerLoss: false })).toBe("fault")
})
