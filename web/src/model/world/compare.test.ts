import { scriptedClientsFrom } from "oarlock/simulator"
import { expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import { differencesBetween, stepAt } from "./compare.ts"

function play(timeMachine: ReturnType<typeof newPlayground>, events: number): void {
  for (let event = 0; event < events; event++) timeMachine.forward()
}

test("two worlds are equal until something else is done in one of them", () => {
  const timeMachine = newPlayground(3, 7)
  const leader = timeMachine.world.views.find(({ role }) => role === "leader")!.id
  timeMachine.fork()
  const here = differencesBetween(timeMachine.world, timeMachine.worldOf(1, timeMachine.step))
  expect(here.every(({ facts, indexes }) => facts.length === 0 && indexes.length === 0)).toBe(true)
  timeMachine.act({ kind: "request", client: scriptedClientsFrom, node: leader, operation: { kind: "put", register: 1 } })
  play(timeMachine, 6)
  const found = differencesBetween(timeMachine.world, timeMachine.worldOf(1, timeMachine.branches[0]!.moments.length - 1))
  expect(found.find(({ id }) => id === leader)).toEqual({
    id: leader,
    facts: [{ name: "last", one: "2", other: "1" }],
    indexes: [2],
  })
})

test("a server that is down differs in everything, and an entry that is committed here only is another one", () => {
  const timeMachine = newPlayground(3, 7)
  const leader = timeMachine.world.views.find(({ role }) => role === "leader")!.id
  const follower = (leader % 3) + 1
  // The leader has its entry on its own disk; the others are yet to answer.
  const before = timeMachine.worldOf(1, timeMachine.branch.moments.findIndex(({ elected }) => elected !== null) + 2)
  const committed = differencesBetween(timeMachine.world, before).find(({ id }) => id === leader)!
  expect(committed.facts).toContainEqual({ name: "commit", one: "1", other: "0" })
  expect(committed.indexes).toEqual([1])
  timeMachine.act({ kind: "crash", node: follower, powerLoss: false })
  const [difference] = differencesBetween(timeMachine.world, timeMachine.worldOf(1, timeMachine.step - 1)).filter(
    ({ id }) => id === follower,
  )
  expect(difference!.facts[0]).toEqual({ name: "role", one: "down", other: "follower" })
})

test("the event at a moment is the last one that is not behind it", () => {
  const timeMachine = newPlayground(3, 7)
  const { branch } = timeMachine
  const { at } = branch.moments[30]!
  const last = branch.moments.findLastIndex((moment) => moment.at === at)
  expect(stepAt(branch, at)).toBe(last)
  expect(stepAt(branch, at - 1e-9)).toBeLessThan(30)
  expect(stepAt(branch, Infinity)).toBe(branch.moments.length - 1)
  expect(stepAt(branch, -1)).toBe(0)
})
