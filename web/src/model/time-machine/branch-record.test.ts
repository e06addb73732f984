import type { NodeId } from "oarlock/core"
import { scriptedClientsFrom } from "oarlock/simulator"
import { Chronicle } from "oarlock/simulator/internal"
import { beforeEach, describe, expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import type { Flight } from "./branch-record.ts"
import { coneOf, placeInCone } from "./causal-cone.ts"
import { isolate } from "./compound-actions.ts"
import type { TimeMachine } from "./time-machine.ts"

let timeMachine: TimeMachine

beforeEach(() => {
  timeMachine = newPlayground(3, 7)
})

const leaderOf = ({ world }: TimeMachine): NodeId => world.views.find(({ role }) => role === "leader")!.id

function play(events: number): void {
  for (let event = 0; event < events; event++) timeMachine.forward()
}

function write(node: NodeId): void {
  timeMachine.act({ kind: "request", client: scriptedClientsFrom, node, operation: { kind: "put", register: 0 } })
}

describe("of every server the record knows", () => {
  test("that the only one that was up went down, on a branch that begins with that", () => {
    for (const id of [1, 2]) timeMachine.act({ kind: "crash", node: id, powerLoss: false })
    play(3)
    timeMachine.seek(timeMachine.step - 1)
    timeMachine.act({ kind: "crash", node: 3, powerLoss: false })
    expect(timeMachine.world.views).toEqual([])
    expect(timeMachine.branch.record.standingAt(3, timeMachine.order)).toMatchObject({ isUp: false })
  })
})

describe("of every message the record knows", () => {
  test("that nothing of it is on its way any more to a server that lost its disk", () => {
    play(40)
    const before = timeMachine.world.inFlight().filter(({ to }) => to === 2)
    for (let event = 0; before.length === 0 && event < 100; event++) {
      timeMachine.forward()
      before.push(...timeMachine.world.inFlight().filter(({ to }) => to === 2))
    }
    timeMachine.act({ kind: "wipe", node: 2 })
    expect(before.map(({ name }) => timeMachine.branch.record.flightOf(name)!.end?.fate)).toEqual(before.map(() => "down"))
  })

  test("what a replay of the same run sees: when it left, when it arrived, what became of it", () => {
    write(leaderOf(timeMachine))
    play(60)
    for (const action of isolate(timeMachine, leaderOf(timeMachine))) timeMachine.act(action)
    play(200)
    timeMachine.act({ kind: "crash", node: leaderOf(timeMachine), powerLoss: true })
    play(200)
    const trace = timeMachine.trace({ coreVersion: "1.0.0", mode: "script" })
    const chronicle = new Chronicle(trace)
    const seen = new Map<string, { sentStep: number; end: number | null; fate: string | null }>()
    for (let moment = chronicle.next(); moment !== null; moment = chronicle.next()) {
      for (const { name, fate } of moment.sent) {
        seen.set(name, { sentStep: moment.step, end: fate === "onItsWay" ? null : moment.step, fate: fate === "onItsWay" ? null : fate })
      }
      const { arrival } = moment
      if (arrival === null) continue
      const fate = arrival.fate === "waits" || arrival.fate === "taken" ? "arrived" : arrival.fate
      seen.set(arrival.name, { ...seen.get(arrival.name)!, end: moment.step, fate })
    }
    const known = timeMachine.branch.record.flights.map(({ name, sentStep, end }) => [
      name,
      { sentStep, end: end?.step ?? null, fate: end?.fate ?? null },
    ])
    expect(new Map(known as [string, { sentStep: number; end: number | null; fate: string | null }][])).toEqual(seen)
    expect(new Set([...seen.values()].map(({ fate }) => fate))).toEqual(new Set(["arrived", "cut", "down"]))
  })

  test("that it was dropped, and that a copy of it goes on", () => {
    timeMachine.act({ kind: "timeout", node: leaderOf(timeMachine) })
    const { name } = timeMachine.world.inFlight()[0]!
    timeMachine.act({ kind: "duplicateMessage", message: name })
    timeMachine.act({ kind: "dropMessage", message: name })
    play(30)
    const { record } = timeMachine.branch
    expect(record.flightOf(name)!.end!.fate).toBe("dropped")
    expect(record.flightOf(`${name}.1`)).toMatchObject({ sentStep: record.flightOf(name)!.sentStep, end: { fate: "arrived" } })
  })

  test("on a branch, only what happened on it", () => {
    timeMachine.act({ kind: "timeout", node: leaderOf(timeMachine) })
    const step = timeMachine.step
    const { name } = timeMachine.world.inFlight()[0]!
    play(60)
    expect(timeMachine.branch.record.flightOf(name)!.end!.fate).toBe("arrived")
    timeMachine.seek(step)
    timeMachine.act({ kind: "dropMessage", message: name })
    expect(timeMachine.branch.id).toBe(2)
    expect(timeMachine.branch.record.flightOf(name)!.end!.fate).toBe("dropped")
    expect(timeMachine.branch.record.flights.every(({ sentStep }) => sentStep <= step)).toBe(true)
    timeMachine.change(1)
    expect(timeMachine.branch.record.flightOf(name)!.end!.fate).toBe("arrived")
  })
})

test("of every server the record knows how it stood after each event", () => {
  write(leaderOf(timeMachine))
  play(60)
  timeMachine.act({ kind: "crash", node: leaderOf(timeMachine), powerLoss: false })
  play(120)
  timeMachine.act({ kind: "restart", node: 1 })
  play(60)
  const { end } = timeMachine
  for (let step = 0; step <= end; step += 7) {
    timeMachine.seek(step)
    for (const id of timeMachine.world.nodeIds) {
      const state = timeMachine.world.stateOf(id)
      const known = timeMachine.branch.record.standingAt(id, timeMachine.order)
      expect(known?.isUp ?? false, `S${id} after event ${step}`).toBe(state !== null)
      if (state === null) continue
      const { role, term, votedFor, commitIndex, appliedIndex } = state
      expect(known, `S${id} after event ${step}`).toMatchObject({
        role,
        term,
        votedFor,
        commitIndex,
        appliedIndex,
        lastIndex: state.last.index,
      })
    }
  }
})

describe("a causal cone", () => {
  const flight = (name: string, from: NodeId, to: NodeId, sentStep: number, step: number, fate: "arrived" | "lost" = "arrived"): Flight =>
    ({ name, from, to, sentStep, order: sentStep, end: { fate, step, order: step, at: step } }) as Flight
  const flights = [
    flight("a", 1, 2, 1, 5),
    flight("b", 2, 3, 4, 8),
    flight("c", 2, 3, 6, 9),
    flight("d", 3, 1, 10, 12),
    flight("e", 3, 2, 11, 13, "lost"),
  ]

  const known = { flights, arrivals: [0, 1, 2, 3] }

  test("goes back and on through messages that arrived in time, and no others", () => {
    const cone = coneOf({ kind: "message", flight: flights[2]! }, known)
    expect([...cone.past]).toEqual([
      [2, 6],
      [1, 1],
    ])
    expect([...cone.future]).toEqual([
      [3, 9],
      [1, 12],
    ])
    expect(flights.map((one) => placeInCone(cone, one))).toEqual(["past", "outside", "outside", "future", "future"])
  })

  test("of a message that was lost has no future", () => {
    expect(coneOf({ kind: "message", flight: flights[4]! }, known).future.size).toBe(0)
  })

  test("of a server begins at the event that it stands at", () => {
    const cone = coneOf({ kind: "server", id: 2, step: 5 }, known)
    expect([...cone.past]).toEqual([
      [2, 5],
      [1, 1],
    ])
    expect([...cone.future]).toEqual([
      [2, 5],
      [3, 9],
      [1, 12],
    ])
  })
})
