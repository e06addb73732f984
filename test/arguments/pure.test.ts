// The synchronous APIs: a wrong argument is a TypeError, one out of range a RangeError, and what is wrong with a text that is read has its place in it.

import { expect, test } from "vitest"
import { checkKvRequest } from "../../src/kv/index.ts"
import { defaultReplicaLimits, openReplica, OrderedMap, type StateMachine } from "../../src/replica/index.ts"
import { startServer } from "../../src/server/index.ts"
import * as simulatorPublic from "../../src/simulator/index.ts"
import * as simulatorInternal from "../../src/simulator/internal.ts"
import { MemoryDisk } from "../../src/storage/index.ts"
import * as testingApi from "../../src/testing/index.ts"
import { CounterMachine, text } from "../replica/counter-machine.ts"
import { type Exempt, expectComplete, maybe, type Parameter, type Row, walkRow } from "./walk.ts"

// What only our own programs use is read as carefully: it is entered with what people gave to them.
const simulatorApi = { ...simulatorPublic, ...simulatorInternal }
const { World, calmOptions, swarmOptions } = simulatorApi

const options = { ...calmOptions, seed: 1, safetyMs: 50, writesMin: 0 }
const anObject = [
  "an object",
  "an empty object",
  "a getter that throws",
  "an object without a prototype",
  "a text that throws",
  "a proxy of bytes",
]
const anyText = ["an empty text", "a text", "a huge text", "half a surrogate pair"]

const seed: Parameter = { name: "seed", good: 1 }
const overrides: Parameter = {
  name: "overrides",
  good: {},
  right: [...maybe, "an empty object", "bytes by prototype only"],
  inside: { nodes: maybe, seed: maybe, network: maybe, faults: [...maybe, "an empty list"], raft: maybe },
  wrong: [
    [{ node: 3 }, /overrides\.node: is no name that is known here; did you mean nodes\?/],
    [{ network: { ...calmOptions.network, dropRate: 3 } }, /overrides\.network\.dropRate: found 3, expected a number from 0 to 1/],
    [{ faults: [{ kind: "flood", everyMs: 1, lastsMs: 1 }] }, /overrides\.faults\[0\]\.kind: found "flood", expected "crash" or/],
  ],
}
const build: Parameter = { name: "build", good: simulatorApi.production, right: maybe }
const workload: Parameter = { name: "workload", good: undefined, right: maybe }

const world = World.create(options)
const scenario = simulatorApi.parseScenario("# It is told (Raft §5).\ncluster 1 2 3\nelect 1\nexpect 1 leads\n", "a.scenario")
const trace = simulatorApi.createTrace(World.create(options), { coreVersion: "1", mode: "script" })
const id: Parameter = { name: "id", good: 1 }

const ofServer = (call: (server: never) => unknown): Row => ({ parameters: [id], call, fails: "throws" })
const throws = (parameters: readonly Parameter[], call: Row["call"]): Row => ({ parameters, call, fails: "throws" })

const simulatorRows: Readonly<Record<string, Row>> = {
  swarmOptions: throws([seed, overrides], (s: never, o: never) => swarmOptions(s, o)),
  runSeed: throws([seed, overrides, build, workload], (s: never, o: never, b: never, w: never) => simulatorApi.runSeed(s, o, b, w)),
  runTo: throws([seed, { name: "eventNumber", good: 1 }, overrides, build, workload], (s: never, n: never, o: never, b: never, w: never) =>
    simulatorApi.runTo(s, n, o, b, w),
  ),
  runWorld: throws([{ name: "world", good: world }, overrides], (w: never, o: never) => simulatorApi.runWorld(w, o)),
  "new Phases": throws([{ name: "world", good: world }], (w: never) => new simulatorApi.Phases(w)),
  "World.create": throws(
    [
      {
        name: "options",
        good: options,
        inside: { seed: [], nodes: [], workload: [], faults: ["an empty list"], script: ["an empty list"], replica: [], disk: [] },
        wrong: [
          [{ ...options, nods: 3 }, /options\.nods: is no name that is known here; did you mean nodes\?/],
          [{ ...options, raft: { ...options.raft, heartbeatIntervalMs: 100 } }, /options\.raft: a heartbeat every 100 ms does not fit/],
          [{ ...options, script: [{ atMs: 1, action: { kind: "crash", node: 9 } }] }, /options\.script\[0\]\.action/],
        ],
      },
      build,
      workload,
    ],
    (o: never, b: never, w: never) => World.create(o, b, w),
  ),
  "World.act": throws(
    [
      {
        name: "action",
        good: { kind: "crash", node: 1, powerLoss: true },
        inside: { node: [], powerLoss: ["true"] },
        wrong: [
          [{ kind: "crash", node: 9, powerLoss: true }, /action\.node: server 9 does not exist; this world has servers 1 to 3/],
          [{ kind: "explode" }, /action\.kind: found "explode", expected one of crash/],
        ],
      },
    ],
    (a: never) => world.act(a),
  ),
  "World.mayDamage": ofServer((server) => world.mayDamage(server)),
  "World.waitingAt": ofServer((server) => world.waitingAt(server)),
  "World.stateOf": ofServer((server) => world.stateOf(server)),
  "World.isBarred": ofServer((server) => world.isBarred(server)),
  "World.haltOf": ofServer((server) => world.haltOf(server)),
  "World.heldAgainst": throws([id, id], (one: never, other: never) => world.heldAgainst(one, other)),
  "World.wakesAt": ofServer((server) => world.wakesAt(server)),
  "World.busyUntil": ofServer((server) => world.busyUntil(server)),
  "World.replicatedOf": ofServer((server) => world.replicatedOf(server)),
  "World.valueAt": throws([id, { name: "register", good: 1 }], (server: never, register: never) => world.valueAt(server, register)),
  "World.durable": throws([id, { name: "afresh", good: false, right: [...maybe, "true"] }], (server: never, afresh: never) =>
    world.durable(server, afresh),
  ),
  "World.entriesOf": throws([id, { name: "from", good: 1 }, { name: "through", good: 1 }], (server: never, from: never, through: never) =>
    world.entriesOf(server, from, through),
  ),
  "World.requestsOf": throws([{ name: "client", good: 1 }], (client: never) => world.requestsOf(client)),
  "World.fail": throws(
    [
      { name: "checker", good: "c", right: anyText },
      { name: "reason", good: "r", right: anyText },
    ],
    (c: never, r: never) => World.create(options).fail(c, r),
  ),
  parseScenario: throws(
    [
      { name: "text", good: "# x", right: anyText },
      { name: "file", good: "f", right: anyText },
      { name: "rules", good: new Map(), right: [...maybe, "a map"] },
    ],
    (t: never, f: never, r: never) => simulatorApi.parseScenario(t, f, r),
  ),
  runScenario: throws([{ name: "scenario", good: scenario }, scenarioOptions()], (s: never, o: never) => simulatorApi.runScenario(s, o)),
  "new ScenarioRun": throws(
    [{ name: "scenario", good: scenario }, scenarioOptions()],
    (s: never, o: never) => new simulatorApi.ScenarioRun(s, o),
  ),
  createTrace: throws(
    [
      { name: "world", good: world },
      {
        name: "source",
        good: { coreVersion: "1", mode: "script" },
        inside: { coreVersion: anyText, mode: [], build: [...maybe, ...anyText] },
      },
    ],
    (w: never, s: never) => simulatorApi.createTrace(w, s),
  ),
  "new Replay": throws([traceLike(), build, workload], (t: never, b: never, w: never) => new simulatorApi.Replay(t, b, w)),
  replayTrace: throws([traceLike(), build, workload], (t: never, b: never, w: never) => simulatorApi.replayTrace(t, b, w)),
  "new Chronicle": throws([traceLike()], (t: never) => new simulatorApi.Chronicle(t)),
  readTrace: throws([{ name: "", good: "" }], (t: never) => simulatorApi.readTrace(t)),
  judgeHistory: throws(
    [
      { name: "operations", good: [], right: ["an empty list"] },
      { name: "stepsMax", good: 1, right: maybe },
    ],
    (o: never, n: never) => simulatorApi.judgeHistory(o, n),
  ),
  subjectOf: throws([build, workload], (b: never, w: never) => simulatorApi.subjectOf(b, w)),
  minimize: throws(
    [
      { name: "subject", good: simulatorApi.subjectOf() },
      { name: "options", good: options, inside: { nodes: [] } },
      { name: "budget", good: undefined, right: maybe },
      { name: "tell", good: undefined, right: [...maybe, "a function"] },
    ],
    (s: never, o: never, b: never, t: never) => simulatorApi.minimize(s, o, b, t),
  ),
  minimizeTrace: throws(
    [traceLike(), { name: "options", good: { coreVersion: "1" }, inside: { coreVersion: anyText, build: maybe, budget: maybe } }],
    (t: never, o: never) => simulatorApi.minimizeTrace(t, o),
  ),
}

function scenarioOptions(): Parameter {
  return {
    name: "options",
    good: {},
    right: [...maybe, "an empty object", "bytes by prototype only"],
    inside: { broken: [...maybe, "true"], rules: [...maybe, "a map"] },
  }
}

/** Named by its own paths, as a file is. */
function traceLike(): Parameter {
  return { name: "", good: trace, inside: { seed: [], config: [], actions: ["an empty list"], end: [], mode: [] } }
}

const takesNothing = "takes nothing"
const describes = "describes a value that the simulator made"
const judges = "judges what a checker recorded"
const simulatorExempt: Exempt = {
  "new World": "made by create",
  "new ReplicaWitness": "made for a Chronicle",
  ...Object.fromEntries(
    ["clone", "conclude", "explainLoss", "hash", "heal", "inFlight", "peek", "quieten", "step"].map((name) => [
      `World.${name}`,
      takesNothing,
    ]),
  ),
  "Phases.step": takesNothing,
  "Chronicle.finish": takesNothing,
  "Chronicle.next": takesNothing,
  "Replay.finish": takesNothing,
  "Replay.step": takesNothing,
  "Replay.runTo": "runs to the end where it is given no step of the run",
  "ReplicaWitness.take": takesNothing,
  "ScenarioRun.finish": takesNothing,
  "ScenarioRun.finishCommand": takesNothing,
  "ScenarioRun.step": takesNothing,
  "ScenarioRun.keyOf": "null for what is no register",
  "ScenarioRun.valueOf": "null for what is no operation",
  "ScenarioRun.look": "takes a condition that parseScenario made",
  "new ScenarioError": "made by us",
  "new SimulationFailure": "made by us",
  "new TraceError": "made by us",
  createCoverage: takesNothing,
  addCoverage: describes,
  describeAction: describes,
  describeEvent: describes,
  describeMessage: describes,
  describeRule: describes,
  explainStep: describes,
  exportMoment: describes,
  hex: describes,
  labelOf: describes,
  messageName: describes,
  operationId: describes,
  ruleOf: "null for what is no checker",
  sentenceOf: describes,
  writeTrace: describes,
  readOptions: "see readTrace",
  judgeWatch: judges,
}

const machine = (): StateMachine => new CounterMachine()
const commands = { command: () => text("add x 1") }

const testingRows: Readonly<Record<string, Row>> = {
  simulate: throws(
    [
      { name: "create", good: machine, right: ["a function"] },
      {
        name: "workload",
        good: commands,
        wrong: [
          [{ command: "add x 1" }, /workload\.command: found "add x 1", expected a function/],
          [{ ...commands, query: 5 }, /workload\.query: found 5, expected a function/],
          [{ ...commands, invariant: true }, /workload\.invariant: found true, expected a function/],
        ],
      },
      {
        name: "options",
        good: {},
        right: [...maybe, "an empty object", "bytes by prototype only"],
        inside: {
          seeds: [...maybe, "an empty list", "a list"],
          hashEvery: maybe,
          onSeed: [...maybe, "a function"],
          world: [...maybe, ...anObject, "bytes by prototype only"],
        },
      },
    ],
    (c: never, w: never, o: never) => testingApi.simulate(c, w, o),
  ),
  checkDisk: {
    parameters: [{ name: "create", good: machine, right: ["a function"] }],
    call: (c: never) => testingApi.checkDisk(c),
    fails: "rejects",
  },
}

/** Of the lower subpaths: where something begins. What comes to them later comes as events, requests and files, which are doubted where they are read. */
const replicaOptions = {
  ...defaultReplicaLimits,
  raft: { ...calmOptions.raft, id: 1, seed: 1 },
  identity: { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000aa" },
  bootId: 0,
}
const lowerRows: Readonly<Record<string, Row>> = {
  openReplica: throws(
    [
      { name: "reader", good: new MemoryDisk() },
      { name: "options", good: replicaOptions },
      { name: "machine", good: machine() },
      { name: "now", good: 0, right: ["1.5", "2^53"] },
    ],
    (r: never, o: never, m: never, n: never) => openReplica(r, o, m, null, n),
  ),
  checkKvRequest: throws([{ name: "bytes", good: new Uint8Array(1) }], (bytes: never) => checkKvRequest(bytes)),
  startServer: {
    parameters: [
      {
        name: "config",
        good: {},
        right: [
          "an object",
          "an empty object",
          "an object without a prototype",
          "a text that throws",
          "bytes by prototype only",
          "a proxy of bytes",
        ],
      },
      { name: "options", good: {}, inside: { chaosToken: ["null", ...anyText] } },
    ],
    call: (config: never, options: never) => startServer(config, options),
    fails: "rejects",
  },
}

const testingExempt: Exempt = {
  checkStateMachine: "see state-machine-checks.test.ts",
  "new ConformanceError": "made by us",
  "new SimulatedFault": "made by us",
}

const newMap = throws([{ name: "isBefore", good: () => false, right: ["a function"] }], (order: never) => new OrderedMap(order))

function refused(error: unknown, what: string, words: RegExp): void {
  const { name, message } = error as Error
  expect(["TypeError", "RangeError", "TraceError"], `${what}: ${String(error)}`).toContain(name)
  // A trace is named by the places in it.
  expect(name === "TraceError" ? `: ${message}` : message, what).toMatch(words)
}

test.each(Object.entries({ ...simulatorRows, ...testingRows, ...lowerRows }))("%s refuses what it cannot mean", async (name, row) => {
  const before = world.hash()
  expect(await walkRow(name, row, refused)).toBeGreaterThan(10)
  expect(world.hash()).toBe(before)
})

test("an ordered map refuses an order that is none", async () => {
  expect(await walkRow("new OrderedMap", newMap, refused)).toBeGreaterThan(10)
})

test("what a user's code gives is looked at, and named", async () => {
  expect(() => testingApi.simulate(() => 5 as never, commands)).toThrow(/simulate: what create\(\) made: found 5, expected a state machine/)
  expect(() => testingApi.simulate(machine, { command: () => "add x 1" as never }, { seeds: 1 })).toThrow(
    /what workload\.command\(\) gave: found "add x 1", expected a Uint8Array/,
  )
  expect(() => testingApi.simulate(machine, commands, { world: { nods: 1 } as never })).toThrow(
    /overrides\.nods: is no name that is known here/,
  )
  await expect(testingApi.checkDisk(() => ({}) as never)).rejects.toThrow(/checkDisk: what create\(\) made\.perform: found undefined/)
})

test("a row stands here for every function that the exports give", () => {
  expectComplete(simulatorApi, simulatorRows, simulatorExempt)
  expectComplete(testingApi, testingRows, testingExempt)
})
