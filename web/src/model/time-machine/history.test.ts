import type { NodeId } from "oarlock/core"
import { beforeEach, describe, expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import { History } from "./history.ts"
import type { TimeMachine } from "./time-machine.ts"

let timeMachine: TimeMachine
let history: History

beforeEach(() => {
  timeMachine = newPlayground(3, 7)
  history = new History()
})

const leaderOf = ({ world }: TimeMachine): NodeId => world.views.find(({ role }) => role === "leader")!.id

function play(events: number): void {
  for (let event = 0; event < events; event++) timeMachine.forward()
}

function crash(node: NodeId): void {
  history.record(timeMachine, () => timeMachine.act({ kind: "crash", node, powerLoss: false }))
}

describe("undo", () => {
  test("goes back to the very state before, and redo to the one after", () => {
    const before = timeMachine.world.hash()
    crash(1)
    crash(2)
    const after = timeMachine.world.hash()
    history.undo(timeMachine)
    history.undo(timeMachine)
    expect(timeMachine.world.hash()).toBe(before)
    expect(timeMachine.moment.sentences.join()).not.toContain("is killed")
    expect(history.canUndo).toBe(false)
    history.redo(timeMachine)
    history.redo(timeMachine)
    expect(timeMachine.world.hash()).toBe(after)
    expect(history.canRedo).toBe(false)
    expect(timeMachine.branches).toHaveLength(1)
  })

  test("of what was done in the past leads back to the branch whose future that was", () => {
    play(100)
    const future = { step: timeMachine.step, hash: timeMachine.world.hash() }
    timeMachine.seek(timeMachine.step - 50)
    crash(leaderOf(timeMachine))
    play(20)
    expect(timeMachine.branch.id).toBe(2)
    history.undo(timeMachine)
    expect(timeMachine.branch.id).toBe(1)
    timeMachine.seek(future.step)
    expect(timeMachine.world.hash()).toBe(future.hash)
    history.redo(timeMachine)
    expect(timeMachine.branch.id).toBe(2)
  })

  test("and going on from there is another course, in which it was never done", () => {
    const leader = leaderOf(timeMachine)
    crash(leader)
    play(10)
    const { step } = timeMachine
    history.undo(timeMachine)
    play(40)
    expect(timeMachine.branch.id).toBe(2)
    expect(timeMachine.world.stateOf(leader)).not.toBeNull()
    expect(timeMachine.branch.moments.flatMap(({ sentences }) => sentences).join()).not.toContain("is killed")
    timeMachine.change(1)
    expect(timeMachine.step).toBe(step)
    expect(timeMachine.world.stateOf(leader)).toBeNull()
  })

  test("stepping on from between two actions to the end of the branch by a jump does the second one", () => {
    crash(1)
    play(10)
    const end = { step: timeMachine.step, hash: timeMachine.world.hash() }
    history.undo(timeMachine)
    timeMachine.seek(end.step)
    expect(timeMachine.world.hash()).toBe(end.hash)
  })

  test("is forgotten where something else is done", () => {
    crash(1)
    history.undo(timeMachine)
    crash(2)
    expect(history.canRedo).toBe(false)
  })
})

test("a branch that begins without anything done goes the same way", () => {
  play(20)
  const { step } = timeMachine
  play(20)
  const hash = timeMachine.world.hash()
  timeMachine.seek(step)
  timeMachine.fork()
  play(20)
  expect(timeMachine.branch.id).toBe(2)
  expect(timeMachine.world.hash()).toBe(hash)
})

test("a world of another branch is shown without going there", () => {
  play(40)
  const there = timeMachine.world.hash()
  timeMachine.seek(timeMachine.step - 20)
  crash(1)
  play(5)
  const here = { position: timeMachine.position, hash: timeMachine.world.hash() }
  expect(timeMachine.worldOf(1, timeMachine.branches[0]!.moments.length - 1).hash()).toBe(there)
  expect({ position: timeMachine.position, hash: timeMachine.world.hash() }).toEqual(here)
})
