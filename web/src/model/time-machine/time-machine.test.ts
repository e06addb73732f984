import type { NodeId } from "oarlock/core"
import { scriptedClientsFrom, type WorldAction } from "oarlock/simulator"
import { beforeEach, describe, expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import { cutBetween, heal } from "./compound-actions.ts"
import type { Session } from "./time-machine.ts"

let session: Session

beforeEach(() => {
  session = newPlayground(5, 7)
})

const leaderOf = ({ world }: Session): NodeId => world.views.find(({ role }) => role === "leader")!.id

function play(events: number): void {
  for (let event = 0; event < events; event++) session.forward()
}

function ask(node: NodeId, client: number): WorldAction {
  return { kind: "request", client: scriptedClientsFrom + client, node, operation: { kind: "put", register: 0 } }
}

test("a playground begins right after its first election", () => {
  expect(session.world.views.filter(({ role }) => role === "leader")).toHaveLength(1)
  expect(session.branch.moments.some(({ elected }) => elected?.id === leaderOf(session))).toBe(true)
})

describe("time", () => {
  test("a step on and a step back come to the same state, five hundred times", () => {
    play(60)
    for (let round = 0; round < 500; round++) {
      const before = session.world.hash()
      session.forward()
      expect(session.world.hash()).not.toBe(before)
      session.seek(session.step - 1)
      expect(session.world.hash()).toBe(before)
      session.forward()
    }
  })

  test("a hundred jumps anywhere show what running from the beginning shows", () => {
    session.act(ask(leaderOf(session), 0))
    play(100)
    session.act({ kind: "crash", node: leaderOf(session), powerLoss: true })
    play(300)
    const hashes: number[] = []
    const fresh = newPlayground(5, 7)
    fresh.seek(0)
    for (const { step, op } of session.branch.actions) {
      while (fresh.step < step) fresh.forward()
      fresh.act(op)
    }
    while (fresh.step < session.end) fresh.forward()
    for (let step = 0; step <= session.end; step++) {
      fresh.seek(step)
      hashes.push(fresh.world.hash())
    }
    for (let jump = 0; jump < 100; jump++) {
      const step = (jump * 7_919) % (session.end + 1)
      session.seek(step)
      expect(session.world.hash(), `after event ${step}`).toBe(hashes[step])
    }
  })

  test("what is told of an event is told once, however often it is passed", () => {
    play(80)
    session.act({ kind: "crash", node: leaderOf(session), powerLoss: false })
    const told = session.moment.sentences
    session.seek(session.step - 40)
    session.seek(session.end)
    expect(session.moment.sentences).toEqual(told)
  })
})

describe("acting in the past", () => {
  test("begins a branch, and the future stays where it was", () => {
    play(200)
    const future = { step: session.step, hash: session.world.hash() }
    session.seek(session.step - 100)
    session.act({ kind: "crash", node: leaderOf(session), powerLoss: false })
    play(50)
    expect(session.branches.map(({ left }) => left)).toEqual([null, { branch: 1, step: future.step - 100 }])
    session.change(1, future.step)
    expect(session.world.hash()).toBe(future.hash)
  })

  test("at the end is no branch", () => {
    play(20)
    session.act({ kind: "crash", node: leaderOf(session), powerLoss: false })
    session.act({ kind: "restart", node: 1 })
    expect(session.branches).toHaveLength(1)
  })

  test("what cannot be done leaves no trace", () => {
    const before = { hash: session.world.hash(), actions: session.branch.actions.length }
    // This client has asked for nothing yet, so there is nothing to repeat.
    const again = { ...ask(1, 0), operation: { kind: "again" } } as WorldAction
    expect(() => session.act(again)).toThrow(RangeError)
    expect({ hash: session.world.hash(), actions: session.branch.actions.length }).toEqual(before)
  })
})

test("a minority's write is purged once the cut is healed", () => {
  const old = leaderOf(session)
  const minority = [old, session.world.nodeIds.find((id) => id !== old)!]
  const others = session.world.nodeIds.filter((id) => !minority.includes(id))
  for (const action of cutBetween(session, minority, others)) session.act(action)
  session.act(ask(old, 0))
  const hasNewLeader = (): boolean => session.world.views.some(({ role, term, id }) => role === "leader" && term > 1 && others.includes(id))
  for (let event = 0; event < 5_000 && !hasNewLeader(); event++) session.forward()
  expect(hasNewLeader()).toBe(true)
  for (const action of heal(session)) session.act(action)
  play(400)
  const commands = session.world.nodeIds.map((id) => session.world.entriesOf(id, 1, 100).filter(({ kind }) => kind === "command").length)
  expect(commands).toEqual([0, 0, 0, 0, 0])
  expect(session.world.violation).toBeNull()
})
