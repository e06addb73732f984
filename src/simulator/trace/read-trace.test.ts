// A trace that is not whole, not ours or not possible is refused with its place; nothing of it is ever run.

import { describe, expect, test } from "vitest"
import { TraceError } from "../ground/trace-error.ts"
import type { WorldAction } from "../state/action.ts"
import { swarmOptions } from "../state/options.ts"
import { runTo, runWorld } from "../world/run.ts"
import { World } from "../world/world.ts"
import { readTrace } from "./read-trace.ts"
import { createTrace, writeTrace, type Trace } from "./trace.ts"

const world = World.create({ ...swarmOptions(11), safetyMs: 300, writesMin: 0 })
runWorld(world)
const trace = createTrace(world, { coreVersion: "1.2.3", mode: "swarm", explanation: ["why not"] })
const source = writeTrace(trace)

/** The words in which `text` is refused. */
function refusal(text: string): string {
  try {
    readTrace(text)
  } catch (error) {
    expect(error).toBeInstanceOf(TraceError)
    return (error as TraceError).message
  }
  return "not refused"
}

/** The trace with the value at `path` replaced, or taken out where that is undefined. */
function edited(path: string, value: unknown): string {
  const copy = JSON.parse(source) as Record<string, unknown>
  const keys = path.split(".")
  const last = keys.pop()!
  const target = keys.reduce<Record<string, unknown>>((object, key) => object[key] as Record<string, unknown>, copy)
  target[last] = value
  return JSON.stringify(copy)
}

test("what was written is read back as it was", () => {
  expect(readTrace(source)).toEqual(trace)
})

test("every option that a seed can draw is read back as it was", () => {
  for (let seed = 0; seed < 200; seed++) {
    const of = createTrace(runTo(seed, 0), { coreVersion: "1.2.3", mode: "swarm" })
    expect(readTrace(writeTrace(of))).toEqual(of)
  }
})

test("everything that can be done to a world is read back as it was", () => {
  const member = { id: 2, name: "S2", peerAddress: "s2:1", clientAddress: "s2:2" }
  const ops: WorldAction[] = [
    { kind: "crash", node: 1, powerLoss: true },
    { kind: "restart", node: 1 },
    { kind: "pause", node: 1, forMs: 0.5 },
    { kind: "resume", node: 1 },
    { kind: "wipe", node: 1 },
    { kind: "timeout", node: 1 },
    { kind: "suspend", node: 1, forMs: 250 },
    { kind: "stepClock", node: 1, byMs: -20 },
    { kind: "skewClock", node: 1, rate: 1.05 },
    { kind: "cut", fault: 3, from: [1], to: [1] },
    { kind: "link", fault: 3, from: 1, to: 1, dropRate: 0.5 },
    { kind: "link", fault: 3, from: 1, to: 1, latencyMs: 5, duplicateRate: 1 },
    { kind: "heal", fault: 3 },
    { kind: "fillDisk", node: 1, forMs: 9 },
    { kind: "slowDisk", node: 1, latencyMs: 4, forMs: 9 },
    { kind: "failSync", node: 1 },
    { kind: "failWrite", node: 1 },
    { kind: "failRead", node: 1 },
    { kind: "misdirectWrite", node: 1, target: "log" },
    { kind: "upgrade", node: 1, newer: true },
    { kind: "rot", node: 1, target: "snapshot", number: 4 },
    { kind: "dropMessage", message: "S1>S2#3" },
    { kind: "duplicateMessage", message: "S1>S2#3.1" },
    { kind: "deliverMessage", message: "S1>S2#3" },
    { kind: "holdMessage", message: "S1>S2#3" },
    { kind: "delayMessage", message: "S1>S2#3", byMs: 4 },
    { kind: "transferLeadership", node: 1, to: null },
    { kind: "takeSnapshot", node: 1 },
    {
      kind: "changeMembership",
      node: 1,
      version: 4,
      changes: [
        { kind: "addLearner", member },
        { kind: "promote", id: 2 },
      ],
    },
    { kind: "request", client: 100, node: 1, operation: { kind: "put", register: 1 } },
    { kind: "request", client: 100, node: 1, operation: { kind: "delete", register: 1, session: true } },
    { kind: "request", client: 100, node: 1, operation: { kind: "cas", register: 1, expected: 0 } },
    { kind: "request", client: 100, node: 1, operation: { kind: "read", register: 1, consistency: "lease", minimumIndex: 2 } },
    { kind: "request", client: 100, node: 1, operation: { kind: "again" } },
    { kind: "healAll" },
    { kind: "quieten" },
  ]
  const script = ops.map((action, position) => ({ atMs: position, action }))
  const full: Trace = { ...trace, actions: ops.map((op) => ({ step: 1, op })), config: { ...trace.config, script } }
  expect(readTrace(writeTrace(full))).toEqual(full)
})

describe("a file that is no whole trace", () => {
  test("is refused wherever it was cut off", () => {
    const text = source.trimEnd()
    for (let length = 1; length < text.length; length += 97) expect(refusal(text.slice(0, length))).toMatch(/cut off|not JSON/)
    expect(refusal(text.slice(0, -1))).toMatch(/^the file ends in the middle, line \d+, column \d+: it was cut off$/)
  })

  test.each([
    ["", "the file is empty"],
    ["  \n", "the file is empty"],
    ["[]", "found an empty list, expected an object"],
    ["42", "found 42, expected an object"],
    ["{}", "formatVersion: is missing: this is no trace of Oarlock"],
    ['{"formatVersion":2}', "formatVersion: this is a trace of format 2; this version of Oarlock reads format 1"],
  ])("%j: %s", (text, problem) => expect(refusal(text)).toBe(problem))

  test("is refused with line and column where it is not JSON", () => {
    expect(refusal('{\n  "formatVersion": 1,\n  oops\n}')).toMatch(/^this is not JSON, line 3, column 3: /)
  })
})

describe("an edited trace", () => {
  test.each<[string, unknown, string]>([
    ["surprise", 1, "surprise: is no name that is known here"],
    ["coreVersion", undefined, "coreVersion: is missing"],
    ["seed", 12, "seed: is 12, but config.seed is 11: one of them was edited"],
    ["seed", -1, "seed: found -1, expected an integer from 0 to 4294967295"],
    ["mode", "manual", 'mode: found "manual", expected "swarm" or "script"'],
    ["end.step", 1.5, "end.step: found 1.5, expected an integer from 0"],
    ["end.hash", "0", 'end.hash: found "0", expected an integer from 0 to 4294967295'],
    ["end.violation", {}, "end.violation.checker: is missing"],
    ["config.nodes", 0, "config.nodes: found 0, expected an integer from 1 to 64"],
    ["config.nodes", 1_000_000, "config.nodes: found 1000000, expected an integer from 1 to 64"],
    ["config.network.dropRate", 3, "config.network.dropRate: found 3, expected a number from 0 to 1"],
    ["config.network.dropRate", null, "config.network.dropRate: found null, expected a number from 0 to 1"],
    ["config.network.latencyMinMs", 99, "config.network.latencyMinMs: 99 ms is more than latencyMaxMs"],
    ["config.network.jitter", 1, "config.network.jitter: is no name that is known here; known are dropRate, "],
    ["config.raft.heartbeatIntervalMs", 100, "config.raft: a heartbeat every 100 ms does not fit an election timeout of 150 ms"],
    ["config.replica.applyEntriesMax", 0, "config.replica: applyEntriesMax is 0; it must be an integer from 1"],
    ["config.raft.proposalBytesMax", 20_000_000, "config.raft: proposalBytesMax is 20000000, and with 101 bytes around a proposal"],
    ["config.clockDrift", 0.99, "config.clockDrift: clocks that differ by 0.99 break leases"],
    ["config.faults", [{ kind: "flood", everyMs: 1, lastsMs: 1 }], 'config.faults[0].kind: found "flood", expected "crash" or '],
    ["actions", {}, "actions: found an object without properties, expected a list"],
    ["actions", [{ step: 1, op: { kind: "explode", node: 1 } }], 'actions[0].op.kind: found "explode", expected one of crash, '],
    ["actions", [{ step: 1, op: { kind: "crash", node: 1 } }], "actions[0].op.powerLoss: is missing"],
    [
      "actions",
      [{ step: 1, op: { kind: "restart", node: 9 } }],
      "actions[0].op.node: server 9 does not exist; this world has servers 1 to",
    ],
    [
      "actions",
      [
        { step: 2, op: { kind: "restart", node: 1 } },
        { step: 1, op: { kind: "restart", node: 1 } },
      ],
      "actions[1].step: is 1, but the action before it happened at step 2",
    ],
    ["actions", [{ step: 1e9, op: { kind: "restart", node: 1 } }], "actions[0].step: is 1000000000, but the run ends at step"],
  ])("with %s as %j: %s", (path, value, problem) => {
    const base = path === "config.clockDrift" ? edited("config.raft.leaseReads", true) : source
    const text =
      base === source
        ? edited(path, value)
        : JSON.stringify({ ...(JSON.parse(base) as Trace), config: { ...(JSON.parse(base) as Trace).config, clockDrift: value } })
    expect(refusal(text).slice(0, problem.length)).toBe(problem)
  })
})
