// A trace leads to the same end, or the replay says what is different. It never passes judgement on another run.

import { describe, expect, test } from "vitest"
import { swarmOptions, type WorldOptions } from "../state/options.ts"
import { runWorld, SimulationFailure } from "../world/run.ts"
import { World } from "../world/world.ts"
import { hex } from "./hex.ts"
import { readTrace } from "./read-trace.ts"
import { Replay, replayTrace } from "./replay.ts"
import { createTrace, writeTrace, type Trace } from "./trace.ts"

function recorded(options: WorldOptions): Trace {
  const world = World.create(options)
  try {
    runWorld(world)
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
  }
  return readTrace(writeTrace(createTrace(world, { coreVersion: "1.2.3", mode: "swarm" })))
}

const short = (seed: number): WorldOptions => ({ ...swarmOptions(seed), safetyMs: 400, writesMin: 0 })

describe("a whole run", () => {
  test.each([21, 22, 23, 24])("of seed %d happens again, to the same hash", (seed) => {
    const trace = recorded(short(seed))
    expect(trace.end.violation).toBeNull()
    expect(replayTrace(trace)).toEqual({ isSame: true, difference: null, warnings: [], step: trace.end.step, hash: trace.end.hash })
  })

  test("that broke a rule breaks it again", () => {
    const trace = recorded({ ...short(25), writesMin: 1_000_000, livenessTimeouts: 3 })
    expect(trace.end.violation).not.toBeNull()
    expect(replayTrace(trace).isSame).toBe(true)
  })
})

test("what was done to a world from outside is done again, at the same moments", () => {
  const world = World.create(short(26))
  world.act({ kind: "crash", node: 1, powerLoss: true })
  for (let step = 0; step < 500; step++) {
    world.step()
    if (step === 200) world.act({ kind: "pause", node: 1, forMs: 200 })
    if (step === 300) world.act({ kind: "takeSnapshot", node: 1 })
  }
  const trace = readTrace(writeTrace(createTrace(world, { coreVersion: "1.2.3", mode: "script" })))
  expect(replayTrace(trace).isSame).toBe(true)
  const without = replayTrace({ ...trace, actions: [] })
  expect(without).toMatchObject({ isSame: false, difference: expect.stringContaining(`the file says ${hex(trace.end.hash)}`) as string })
})

test("a replay can stop on its way and go on", () => {
  const trace = recorded(short(27))
  const replay = new Replay(trace)
  replay.runTo(100)
  expect(replay.world.eventNumber).toBe(100)
  expect(replay.step()).not.toBeNull()
  expect(replay.finish().isSame).toBe(true)
  expect(replay.step()).toBeNull()
})

test("an action that turns out to be impossible is refused with its place", () => {
  const again = { kind: "request", client: 100, node: 1, operation: { kind: "again" } } as const
  const world = World.create({ ...short(26), script: [{ atMs: 100, action: again }] })
  const trace = { ...createTrace(world, { coreVersion: "1.2.3", mode: "script" }), end: { step: 1_000, hash: 0, violation: null } }
  expect(() => replayTrace(trace)).toThrow(/^config\.script\[0\]\.action: client 100 /)
  const outside = { ...trace, config: short(26), actions: [{ step: 5, op: again }] }
  expect(() => replayTrace(outside)).toThrow(/^actions\[0\]\.op: client 100 /)
})

test("what is done to a message that is not on its way changes nothing, and is told with its place", () => {
  const world = World.create({ ...short(26), faults: [], script: [{ atMs: 100, action: { kind: "dropMessage", message: "S9>S1#1" } }] })
  while (world.inFlight().length === 0) world.step()
  const { name } = world.inFlight()[0]!
  const begun = world.eventNumber
  world.act({ kind: "holdMessage", message: name })
  world.act({ kind: "dropMessage", message: name })
  while (world.now < 200) world.step()
  const trace = createTrace(world, { coreVersion: "1.2.3", mode: "script" })
  const atScript = /^config\.script\[0\]\.action: there is no message S9>S1#1 on its way after event \d+, so dropMessage does nothing$/
  expect(replayTrace(trace)).toMatchObject({ isSame: true, warnings: [expect.stringMatching(atScript)] })
  const again = { step: begun, op: { kind: "delayMessage", message: name, byMs: 5 } } as const
  const edited = replayTrace({ ...trace, actions: [...trace.actions, again] })
  expect(edited).toMatchObject({ isSame: true, step: trace.end.step, hash: trace.end.hash })
  const told = `actions[2].op: there is no message ${name} on its way after event ${begun}, so delayMessage does nothing`
  expect([...edited.warnings].sort()).toEqual([told, expect.stringMatching(atScript)])
})

describe("an edited trace does not replay, and it says why:", () => {
  const trace = recorded(short(28))
  const failing = recorded({ ...short(29), writesMin: 1_000_000, livenessTimeouts: 3 })
  const differences: [string, Trace, RegExp][] = [
    [
      "another hash",
      { ...trace, end: { ...trace.end, hash: 7 } },
      new RegExp(`^hash at step ${trace.end.step} is [0-9a-f]{8}, the file says 00000007$`),
    ],
    [
      "an end too early",
      { ...trace, end: { ...trace.end, step: 50 } },
      /^the run goes on after step 50, where the file says that it ends$/,
    ],
    [
      "an end that is never reached",
      { ...trace, end: { ...trace.end, step: 1e9 } },
      /^the run has nothing more to do at step \d+, the file says that it goes on to step 1000000000$/,
    ],
    [
      "a rule that does not break",
      { ...trace, end: { ...trace.end, violation: { checker: "liveness", reason: "?" } } },
      /^at step \d+ the run breaks no rule, the file says that it breaks "liveness"/,
    ],
    [
      "a verdict that was taken out",
      { ...failing, end: { ...failing.end, violation: null } },
      /^at step \d+ the run breaks "\w+" \(.*\), the file says that it breaks no rule$/,
    ],
    [
      "another reason",
      { ...failing, end: { ...failing.end, violation: { ...failing.end.violation!, reason: "?" } } },
      /the run breaks .*, the file says that it breaks .*\(\?\)$/,
    ],
    ["another configuration", { ...trace, config: { ...trace.config, nodes: trace.config.nodes + 1 } }, /the file says/],
    ["another seed", { ...trace, seed: 5, config: { ...trace.config, seed: 5 } }, /the file says/],
  ]
  test.each(differences)("%s", (_title, edited, difference) => {
    const verdict = replayTrace(edited)
    expect(verdict).toMatchObject({ isSame: false, difference: expect.stringMatching(difference) as string })
  })
})
