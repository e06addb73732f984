import { beforeAll, describe, expect, test } from "vitest"
import { newPlayground } from "../../model/opening/new-playground.ts"
import { isolate } from "../../model/time-machine/compound-actions.ts"
import type { TimeMachine } from "../../model/time-machine/time-machine.ts"
import { laneHeight, laneY, layOut, positionOf, stepsInView, whatIsAt, type View } from "./space-time-layout.ts"

let timeMachine: TimeMachine

beforeAll(() => {
  timeMachine = newPlayground(3, 7)
  for (let event = 0; event < 200; event++) timeMachine.forward()
  for (const action of isolate(timeMachine, 2)) timeMachine.act(action)
  for (let event = 0; event < 100; event++) timeMachine.forward()
})

function viewOf(change: Partial<View> = {}): View {
  const { branch, world, step, order } = timeMachine
  const { moments, record } = branch
  const seen = { unit: "events", scale: 8, left: 0, width: 800, step, now: world.now, order, cone: null } as const
  const arrivals = new Map(world.inFlight().map(({ name, at }) => [name, at]))
  return { ...seen, servers: world.nodeIds, moments, record, arrivals, ...change }
}

describe.each(["events", "time"] as const)("by %s", (unit) => {
  test("a message goes from the lane and the event where it was sent to those where it arrived", () => {
    const elected = timeMachine.branch.moments.find((moment) => moment.elected !== null)!
    const left = positionOf({ unit, scale: 8 }, elected.step, elected.at) - 300
    const view = viewOf({ unit, left })
    const { lines } = layOut(view)
    expect(lines.length).toBeGreaterThan(4)
    for (const { flight, x1, y1, x2, y2, isLost } of lines) {
      expect(x1).toBeCloseTo(positionOf(view, flight.sentStep, flight.sentAt) - left)
      expect(y1).toBe(laneY(view.servers, flight.from))
      if (flight.end === null || isLost) continue
      expect(x2).toBeCloseTo(positionOf(view, flight.end.step, flight.end.at) - left)
      expect(y2).toBe(laneY(view.servers, flight.to))
    }
  })

  test("only what is in view is laid out", () => {
    const narrow = layOut(viewOf({ unit, left: 700, width: 200 }))
    const whole = layOut(viewOf({ unit, left: 0, width: 100_000 }))
    expect(narrow.lines.length).toBeLessThan(whole.lines.length)
    expect(narrow.lines.every(({ x1, x2 }) => Math.max(x1, x2) >= -8 && Math.min(x1, x2) <= 208)).toBe(true)
    const [first, last] = stepsInView(viewOf({ unit, left: 700, width: 200 }))
    expect(narrow.dots.every(({ step }) => first <= step && step <= last)).toBe(true)
  })

  test("lines of one look are one path, however many there are", () => {
    const { lines, groups } = layOut(viewOf({ unit, width: 100_000 }))
    expect(lines.length).toBeGreaterThan(80)
    expect(groups.length).toBeLessThan(12)
    const starts = groups.flatMap(({ path }) => path.match(/M/g) ?? []).length
    expect(starts).toBeGreaterThanOrEqual(lines.length)
  })
})

test("what cannot leave ends in a cross beside its sender", () => {
  const { lines } = layOut(viewOf({ width: 100_000 }))
  const cut = lines.filter(({ flight }) => flight.end?.fate === "cut" && flight.end.step === flight.sentStep)
  expect(cut.length).toBeGreaterThan(0)
  expect(cut.every(({ isLost, x1, x2 }) => isLost && x2 - x1 < 20)).toBe(true)
})

test("what is pointed at is an event where one is near, else the nearest line, else the nearest moment", () => {
  const view = viewOf({ width: 5_000 })
  const layout = layOut(view)
  const dot = layout.dots.find(({ x }) => x > 100)!
  expect(whatIsAt(view, layout, dot.x + 1, dot.y)).toMatchObject({ step: dot.step })
  const line = layout.lines.find(({ x1, x2, y1, y2, isLost }) => Math.abs(y2 - y1) === laneHeight && !isLost && x1 > 50 && x2 - x1 > 20)!
  const found = whatIsAt(view, layout, (line.x1 + line.x2) / 2, (line.y1 + line.y2) / 2)
  expect("line" in found).toBe(true)
  expect(whatIsAt(view, layout, 400, 2)).toHaveProperty("step")
})
