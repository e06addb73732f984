import type { NodeId } from "oarlock/core"
import { beforeEach, describe, expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import { History } from "./history.ts"
import type { Session } from "./time-machine.ts"

let session: Session
let history: History

beforeEach(() => {
  session = newPlayground(3, 7)
  history = new History()
})

const leaderOf = ({ world }: Session): NodeId => world.views.find(({ role }) => role === "leader")!.id

function play(events: number): void {
  for (let event = 0; event < events; event++) session.forward()
}

function crash(node: NodeId): void {
  history.record(session, () => session.act({ kind: "crash", node, powerLoss: false }))
}

describe("undo", () => {
  test("goes back to the very state before, and redo to the one after", () => {
    const before = session.world.hash()
    crash(1)
    crash(2)
    const after = session.world.hash()
    history.undo(session)
    history.undo(session)
    expect(session.world.hash()).toBe(before)
    expect(session.moment.sentences.join()).not.toContain("is killed")
    expect(history.canUndo).toBe(false)
    history.redo(session)
    history.redo(session)
    expect(session.world.hash()).toBe(after)
    expect(history.canRedo).toBe(false)
    expect(session.branches).toHaveLength(1)
  })

  test("of what was done in the past leads back to the branch whose future that was", () => {
    play(100)
    const future = { step: session.step, hash: session.world.hash() }
    session.seek(session.step - 50)
    crash(leaderOf(session))
    play(20)
    expect(session.branch.id).toBe(2)
    history.undo(session)
    expect(session.branch.id).toBe(1)
    session.seek(future.step)
    expect(session.world.hash()).toBe(future.hash)
    history.redo(session)
    expect(session.branch.id).toBe(2)
  })

  test("and going on from there is another course, in which it was never done", () => {
    const leader = leaderOf(session)
    crash(leader)
    play(10)
    const { step } = session
    history.undo(session)
    play(40)
    expect(session.branch.id).toBe(2)
    expect(session.world.stateOf(leader)).not.toBeNull()
    expect(session.branch.moments.flatMap(({ sentences }) => sentences).join()).not.toContain("is killed")
    session.change(1)
    expect(session.step).toBe(step)
    expect(session.world.stateOf(leader)).toBeNull()
  })

  test("stepping on from between two deeds to the end of the branch by a jump does the second one", () => {
    crash(1)
    play(10)
    const end = { step: session.step, hash: session.world.hash() }
    history.undo(session)
    session.seek(end.step)
    expect(session.world.hash()).toBe(end.hash)
  })

  test("is forgotten where something else is done", () => {
    crash(1)
    history.undo(session)
    crash(2)
    expect(history.canRedo).toBe(false)
  })
})

test("a branch that begins without anything done goes the same way", () => {
  play(20)
  const { step } = session
  play(20)
  const hash = session.world.hash()
  session.seek(step)
  session.fork()
  play(20)
  expect(session.branch.id).toBe(2)
  expect(session.world.hash()).toBe(hash)
})

test("a world of another branch is shown without going there", () => {
  play(40)
  const there = session.world.hash()
  session.seek(session.step - 20)
  crash(1)
  play(5)
  const here = { position: session.position, hash: session.world.hash() }
  expect(session.worldOf(1, session.branches[0]!.moments.length - 1).hash()).toBe(there)
  expect({ position: session.position, hash: session.world.hash() }).toEqual(here)
})
