import { expect, test } from "vitest"
import { resumeAll, timeOutAll } from "../time-machine/compound-actions.ts"
import { figure7Playground, newPlayground } from "./new-playground.ts"

test("the logs of Figure 7 are there before anybody leads, and become equal once somebody does", () => {
  const timeMachine = figure7Playground(1)
  const lasts = () => timeMachine.world.nodeIds.map((id) => timeMachine.world.stateOf(id)!.last)
  expect(lasts().map(({ index }) => index)).toEqual([10, 9, 4, 11, 12, 7, 11])
  expect(timeMachine.world.views.some(({ role }) => role === "leader")).toBe(false)
  for (let event = 0; event < 3_000; event++) timeMachine.forward()
  expect(timeMachine.world.violation).toBeNull()
  const [first, ...others] = lasts()
  for (const last of others) expect(last).toEqual(first)
  expect(first!.term).toBeGreaterThan(7)
})

test("all election timers run out at once; all servers go on", () => {
  const timeMachine = newPlayground(5, 1)
  const leader = timeMachine.world.views.find(({ role }) => role === "leader")!.id
  timeMachine.act({ kind: "crash", node: leader, powerLoss: false })
  for (const action of timeOutAll(timeMachine)) timeMachine.act(action)
  const { views } = timeMachine.world
  expect(views.filter(({ role }) => role === "candidate" || role === "preCandidate").length).toBe(4)
  for (const action of resumeAll(timeMachine)) timeMachine.act(action)
  expect(timeMachine.world.nodeIds.every((id) => timeMachine.world.stateOf(id) !== null)).toBe(true)
  expect(resumeAll(timeMachine)).toEqual([])
})
