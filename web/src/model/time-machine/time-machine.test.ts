import type { NodeId } from "oarlock/core"
import { scriptedClientsFrom, type WorldAction } from "oarlock/simulator"
import { beforeEach, describe, expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import { cutBetween, heal } from "./compound-actions.ts"
import type { TimeMachine } from "./time-machine.ts"

let timeMachine: TimeMachine

beforeEach(() => {
  timeMachine = newPlayground(5, 7)
})

const leaderOf = ({ world }: TimeMachine): NodeId => world.views.find(({ role }) => role === "leader")!.id

function play(events: number): void {
  for (let event = 0; event < events; event++) timeMachine.forward()
}

function ask(node: NodeId, client: number): WorldAction {
  return { kind: "request", client: scriptedClientsFrom + client, node, operation: { kind: "put", register: 0 } }
}

test("a playground begins right after its first election", () => {
  expect(timeMachine.world.views.filter(({ role }) => role === "leader")).toHaveLength(1)
  expect(timeMachine.branch.moments.some(({ elected }) => elected?.id === leaderOf(timeMachine))).toBe(true)
})

describe("time", () => {
  test("a step on and a step back come to the same state, five hundred times", () => {
    play(60)
    for (let round = 0; round < 500; round++) {
      const before = timeMachine.world.hash()
      timeMachine.forward()
      expect(timeMachine.world.hash()).not.toBe(before)
      timeMachine.seek(timeMachine.step - 1)
      expect(timeMachine.world.hash()).toBe(before)
      timeMachine.forward()
    }
  })

  test("a hundred jumps anywhere show what running from the beginning shows", () => {
    timeMachine.act(ask(leaderOf(timeMachine), 0))
    play(100)
    timeMachine.act({ kind: "crash", node: leaderOf(timeMachine), powerLoss: true })
    play(300)
    const hashes: number[] = []
    const fresh = newPlayground(5, 7)
    fresh.seek(0)
    for (const { step, op } of timeMachine.branch.actions) {
      while (fresh.step < step) fresh.forward()
      fresh.act(op)
    }
    while (fresh.step < timeMachine.end) fresh.forward()
    for (let step = 0; step <= timeMachine.end; step++) {
      fresh.seek(step)
      hashes.push(fresh.world.hash())
    }
    for (let jump = 0; jump < 100; jump++) {
      const step = (jump * 7_919) % (timeMachine.end + 1)
      timeMachine.seek(step)
      expect(timeMachine.world.hash(), `after event ${step}`).toBe(hashes[step])
    }
  })

  test("what is told of an event is told once, however often it is passed", () => {
    play(80)
    timeMachine.act({ kind: "crash", node: leaderOf(timeMachine), powerLoss: false })
    const told = timeMachine.moment.sentences
    timeMachine.seek(timeMachine.step - 40)
    timeMachine.seek(timeMachine.end)
    expect(timeMachine.moment.sentences).toEqual(told)
  })
})

describe("acting in the past", () => {
  test("begins a branch, and the future stays where it was", () => {
    play(200)
    const future = { step: timeMachine.step, hash: timeMachine.world.hash() }
    timeMachine.seek(timeMachine.step - 100)
    timeMachine.act({ kind: "crash", node: leaderOf(timeMachine), powerLoss: false })
    play(50)
    expect(timeMachine.branches.map(({ left }) => left)).toEqual([null, { branch: 1, step: future.step - 100 }])
    timeMachine.change(1, future.step)
    expect(timeMachine.world.hash()).toBe(future.hash)
  })

  test("at the end is no branch", () => {
    play(20)
    timeMachine.act({ kind: "crash", node: leaderOf(timeMachine), powerLoss: false })
    timeMachine.act({ kind: "restart", node: 1 })
    expect(timeMachine.branches).toHaveLength(1)
  })

  test("what cannot be done leaves no trace", () => {
    const before = { hash: timeMachine.world.hash(), actions: timeMachine.branch.actions.length }
    // This client has asked for nothing yet, so there is nothing to repeat.
    const again = { ...ask(1, 0), operation: { kind: "again" } } as WorldAction
    expect(() => timeMachine.act(again)).toThrow(RangeError)
    expect({ hash: timeMachine.world.hash(), actions: timeMachine.branch.actions.length }).toEqual(before)
  })
})

test("a minority's write is purged once the cut is healed", () => {
  const old = leaderOf(timeMachine)
  const minority = [old, timeMachine.world.nodeIds.find((id) => id !== old)!]
  const others = timeMachine.world.nodeIds.filter((id) => !minority.includes(id))
  for (const action of cutBetween(timeMachine, minority, others)) timeMachine.act(action)
  timeMachine.act(ask(old, 0))
  const hasNewLeader = (): boolean =>
    timeMachine.world.views.some(({ role, term, id }) => role === "leader" && term > 1 && others.includes(id))
  for (let event = 0; event < 5_000 && !hasNewLeader(); event++) timeMachine.forward()
  expect(hasNewLeader()).toBe(true)
  for (const action of heal(timeMachine)) timeMachine.act(action)
  play(400)
  const commands = timeMachine.world.nodeIds.map(
    (id) => timeMachine.world.entriesOf(id, 1, 100).filter(({ kind }) => kind === "command").length,
  )
  expect(commands).toEqual([0, 0, 0, 0, 0])
  expect(timeMachine.world.violation).toBeNull()
})
