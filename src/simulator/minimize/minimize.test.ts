// A planted bug in a large run comes out as a small run that breaks the same rule, the same one every time.

import { describe, expect, test } from "vitest"
import type { Effects } from "../../replica/index.ts"
import { production, type Build } from "../state/build.ts"
import { swarmOptions, type WorldOptions } from "../state/options.ts"
import { readTrace } from "../trace/read-trace.ts"
import { replayTrace } from "../trace/replay.ts"
import { createTrace } from "../trace/trace.ts"
import { writeTrace } from "../trace/trace.ts"
import { runWorld } from "../world/run.ts"
import { World } from "../world/world.ts"
import { shorten, smallest } from "./delta.ts"
import { minimizeTrace } from "./minimize-trace.ts"
import { minimize } from "./minimize.ts"
import { isSameFailure, subjectOf, type Failure, type Subject } from "./subject.ts"

/** A server that says yes to every candidate, whatever it has promised. */
const generous: Build = {
  ...production,
  open: (...start) => {
    const replica = production.open(...start)
    const { step } = replica
    replica.step = (now, events): Effects => {
      const effects = step.call(replica, now, events)
      for (const [position, message] of effects.messages.entries()) {
        if (message.kind === "requestVoteReply") effects.messages[position] = { ...message, granted: true }
      }
      return effects
    }
    return replica
  },
}

const large: WorldOptions = {
  ...swarmOptions(43),
  nodes: 5,
  spares: 2,
  raft: { ...swarmOptions(43).raft, preVote: false, leaseReads: false },
  faults: [
    { kind: "crash", everyMs: 700, lastsMs: 300 },
    { kind: "split", everyMs: 500, lastsMs: 400 },
    { kind: "rot", everyMs: 900, lastsMs: 100 },
    { kind: "isolate", everyMs: 600, lastsMs: 300 },
  ],
}
const budget = { runsMax: 150, stepsMax: 200_000 }
const subject = subjectOf(generous)
const failure = subject.run(large, 20_000)!

describe("minimizing a run of a planted bug", { timeout: 60_000 }, () => {
  const minimized = minimize(subject, large, budget)!

  test("keeps the broken rule and shrinks everything else", () => {
    expect(failure).toMatchObject({ checker: "durable-promises" })
    expect(minimized.failure.checker).toBe(failure.checker)
    expect(subject.run(minimized.options, 20_000)).toEqual(minimized.failure)
    const { nodes, spares, faults, clients, network, disk } = minimized.options
    expect({ spares, faults, clients: clients.count }).toEqual({ spares: 0, faults: [], clients: 0 })
    expect(nodes).toBeLessThanOrEqual(3)
    expect(network).toMatchObject({ dropRate: 0, duplicateRate: 0, slowRate: 0 })
    expect(disk).toMatchObject({ stallRate: 0, syncFailRate: 0, errorRate: 0, crashRate: 0 })
    expect(minimized.failure.step).toBeLessThan(failure.step / 2)
    expect(minimized.options.script.length).toBeLessThan(3)
  })

  test("says what it took away", () => {
    expect(minimized.rows).toContainEqual({ what: "servers", before: "5", after: String(minimized.options.nodes) })
    expect(minimized.rows).toContainEqual({ what: "fault plans", before: "crash, split, rot, isolate", after: "none" })
    expect(minimized.rows.find(({ what }) => what === "events")).toEqual({
      what: "events",
      before: String(failure.step),
      after: String(minimized.failure.step),
    })
  })

  test("comes to the same run every time", () => {
    expect(minimize(subject, large, budget)).toEqual(minimized)
  })
})

test("a run that does not fail cannot be minimized", () => {
  expect(minimize(subjectOf(), { ...swarmOptions(42), safetyMs: 200, writesMin: 0 }, budget)).toBeNull()
})

test("it stops within its budget, and says that it was not done", () => {
  let runs = 0
  const counted: Subject = {
    ...subject,
    run: (options, stepsMax) => {
      runs += 1
      return subject.run(options, stepsMax)
    },
  }
  const minimized = minimize(counted, large, { ...budget, runsMax: 5 })!
  // One more to see that it fails at all.
  expect({ runs, counted: minimized.runs, isUnfinished: minimized.isUnfinished }).toEqual({ runs: 6, counted: 5, isUnfinished: true })
})

test("it never settles for another rule", () => {
  // Without clients something else breaks, sooner.
  const tricky: Subject = {
    unroll: (options) => options,
    run: ({ clients, nodes }): Failure => ({
      checker: clients.count === 0 ? "other" : "wanted",
      reason: "",
      step: clients.count === 0 ? 1 : 100 * nodes,
      atMs: 1,
    }),
  }
  const minimized = minimize(tricky, large, budget)!
  expect(minimized.failure).toMatchObject({ checker: "wanted", step: 100 })
  expect(minimized.options.clients.count).toBe(1)
})

test('a rule as wide as "nothing throws" is the same only if the words are, but for the numbers', () => {
  const thrown = (reason: string) => ({ checker: "replica", reason })
  expect(isSameFailure(thrown("server 1 threw: no entry 7\n at x"), thrown("server 3 threw: no entry 12\n at y"))).toBe(true)
  expect(isSameFailure(thrown("server 1 threw: no entry 7"), thrown("server 1 threw: out of room"))).toBe(false)
  expect(isSameFailure({ checker: "monotonic", reason: "a" }, { checker: "monotonic", reason: "b" })).toBe(true)
})

describe("what strikes did, written out", { timeout: 60_000 }, () => {
  test("makes the same run without the plans", () => {
    const options = {
      ...swarmOptions(43),
      nodes: 3,
      spares: 0,
      safetyMs: 2_000,
      writesMin: 0,
      faults: large.faults.slice(0, 2),
      healShare: 0,
    }
    const world = World.create(options)
    runWorld(world)
    const unrolled = subjectOf().unroll(options)
    expect(unrolled.faults).toEqual([])
    expect(unrolled.script.length).toBeGreaterThan(3)
    const again = World.create(unrolled)
    runWorld(again)
    // Events are counted differently, and the hash counts them: what the servers did is the same.
    expect(again.nodeIds.map((id) => again.replicatedOf(id))).toEqual(world.nodeIds.map((id) => world.replicatedOf(id)))
    expect(again.coverage).toEqual(world.coverage)
    expect(again.now).toBe(world.now)
  })

  test("leaves plans that damage disks, in their place", () => {
    const { faults, script } = subjectOf().unroll({ ...large, safetyMs: 1_000, writesMin: 0 })
    expect(faults.map(({ kind, everyMs }) => [kind, everyMs])).toEqual([
      ["snapshot", 1e9],
      ["snapshot", 1e9],
      ["rot", 900],
      ["snapshot", 1e9],
    ])
    expect(script.some(({ action }) => action.kind === "rot")).toBe(false)
  })
})

test("a trace comes out as a smaller trace that replays, with an account of what was taken away", { timeout: 60_000 }, () => {
  // Led by hand, on a disk that lies.
  const world = World.create({ ...swarmOptions(44), nodes: 3, spares: 0, faults: [], disk: { ...large.disk, lieRate: 0.5 } })
  for (let step = 0; step < 5; step++) world.step()
  world.act({ kind: "timeout", node: 1 })
  while (world.violation === null) world.step()
  const trace = createTrace(world, { coreVersion: "1.2.3", mode: "script" })
  const minimized = minimizeTrace(trace, { coreVersion: "1.2.4", budget })!
  const read = readTrace(writeTrace(minimized.trace))
  expect(read).toEqual(minimized.trace)
  expect(read).toMatchObject({
    coreVersion: "1.2.4",
    mode: "swarm",
    actions: [],
    end: { violation: { checker: trace.end.violation!.checker } },
  })
  expect(read.end.step).toBeLessThanOrEqual(trace.end.step)
  expect(replayTrace(read).isSame).toBe(true)
  expect(read.explanation![0]).toMatch(/^Minimized from a run of seed 44 with \d+ events to \d+, in \d+ runs\. The same rule breaks: /)
})

describe("delta debugging", () => {
  const items = Array.from({ length: 40 }, (_, position) => position)

  test("finds exactly what is needed, wherever it stands", () => {
    for (const needed of [[], [0], [39], [7, 8], [3, 21, 38], items]) {
      expect(shorten(items, (shorter) => needed.every((item) => shorter.includes(item)))).toEqual(needed)
    }
  })

  test("asks about a number of lists that grows with what is needed, not with all that there is", () => {
    let asked = 0
    const many = Array.from({ length: 1_000 }, (_, position) => position)
    shorten(many, (shorter) => {
      asked += 1
      return shorter.includes(500)
    })
    expect(asked).toBeLessThan(60)
  })

  test("keeps a list of which nothing can go", () => expect(shorten([1, 2, 3], () => false)).toEqual([1, 2, 3]))

  test("finds the smallest number that works", () => {
    for (const least of [0, 1, 2, 3, 7, 64, 99, 100]) expect(smallest(0, 100, (value) => value >= least)).toBe(least)
  })
})
