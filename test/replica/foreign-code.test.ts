// The state machine is not our code: what it throws or returns is named, refused alike everywhere, or stops the server in words.

import { describe, expect, test } from "vitest"
import type { Outcome, SessionToken } from "../../src/replica/index.ts"
import { snapshotRetryMs } from "../../src/replica/snapshots/snapshot-taking.ts"
import { TestCluster, type ClusterOptions } from "./cluster.ts"
import { asText, type CounterMachine } from "./counter-machine.ts"

const refuse: ClusterOptions = { onApplyError: "refuse" }

function open(cluster: TestCluster, node: number): number {
  const outcome = cluster.outcome(cluster.ask(node, (id) => ({ kind: "openSession", id })))
  if (outcome.kind !== "committed") throw new Error(outcome.message)
  return outcome.index
}

const token = (sessionId: number, sequence: number, answeredBelow = 1): SessionToken => ({ sessionId, sequence, answeredBelow })

function told(outcome: Outcome): string {
  return outcome.kind === "committed" ? asText(outcome.result) : outcome.kind === "rejected" ? outcome.reason : outcome.kind
}

const addAll = (cluster: TestCluster, node: number, count: number): void => {
  for (let i = 0; i < count; i++) cluster.outcome(cluster.propose(node, `add c${i} 1`))
}

/** What a single server halts over when the first command makes its machine do `what`. */
function haltOver(what: (machine: CounterMachine) => void, options: ClusterOptions = {}): string {
  const cluster = new TestCluster([1], options)
  cluster.untilLeader()
  cluster.mayHalt = true
  what(cluster.node(1).machine)
  cluster.propose(1, "add x 1")
  cluster.run(50)
  return cluster.node(1).halted ?? "it goes on"
}

describe("apply that throws", () => {
  test("stops each server at the entry, and the words name it, its size, and the ways on", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.mayHalt = true
    const id = cluster.propose(leader, "throw")
    cluster.run(3_000)
    const halts = [...cluster.nodes.values()].map(({ halted }) => halted)
    expect(halts.filter((because) => because !== null).length).toBeGreaterThanOrEqual(2)
    for (const because of halts) {
      if (because === null) continue
      expect(because).toMatch(/^your state machine's apply threw at entry \d+ \(a command of 5 bytes\): Error: no such verb\. /)
      expect(because).toContain('onApplyError: "refuse"')
    }
    expect(cluster.outcomes.get(id)).toBeUndefined()
    const { role, leaderId, halted } = cluster.replica(leader).status()
    expect({ role, leaderId }).toEqual({ role: "halted", leaderId: null })
    expect(halted).toMatch(/\n {4}at .*apply.*counter-machine/)
    const told = cluster.node(leader).observations.find(({ kind }) => kind === "halted")
    expect(told).toMatchObject({ stack: [expect.stringContaining("counter-machine")] as unknown[] })
  })

  test("meets the server again at its next start, before the first step: it knew that the entry is committed", () => {
    const cluster = new TestCluster([1])
    cluster.untilLeader()
    cluster.mayHalt = true
    cluster.propose(1, "add x 1")
    cluster.propose(1, "throw")
    cluster.run(100)
    expect(cluster.node(1).halted).not.toBeNull()
    cluster.crash(1)
    const { replica } = cluster.start(1)
    while (replica!.applyRecovered());
    expect(replica!.status()).toMatchObject({ role: "halted", lastApplied: 2 })
    expect(replica!.haltedBy).toMatchObject({ call: "apply", index: 3, cause: { message: "no such verb" } })
  })

  test("is a refusal where all agreed so: certain, without effect, and everything goes on", () => {
    const cluster = new TestCluster([1, 2, 3], refuse)
    const leader = cluster.untilLeader()
    expect(told(cluster.outcome(cluster.propose(leader, "add x 1")))).toBe("1")
    const outcome = cluster.outcome(cluster.propose(leader, "throw"))
    expect(outcome).toMatchObject({ kind: "rejected", reason: "applyFailed", error: { message: "no such verb" } })
    expect(outcome).toMatchObject({ message: expect.stringMatching(/refused the command of entry \d+: Error: no such verb/) as string })
    expect(told(cluster.outcome(cluster.propose(leader, "add x 1")))).toBe("2")
    cluster.untilEqual()
    const hashes = cluster.running.map(({ replica }) => replica!.replicatedHash())
    expect(new Set(hashes).size).toBe(1)
    expect(cluster.running.map(({ replica }) => replica!.status().commandsRefused)).toEqual([1, 1, 1])
    const observed = cluster.node(leader).observations.filter(({ kind }) => kind === "commandsRefused")
    expect(observed).toMatchObject([{ count: 1, because: expect.stringContaining("no such verb") as string }])
  })

  test("is the same answer to a retry in a session, after a change of leaders, a snapshot and a restart", () => {
    const cluster = new TestCluster([1, 2, 3], refuse)
    const first = cluster.untilLeader()
    const session = open(cluster, first)
    expect(told(cluster.outcome(cluster.propose(first, "throw", token(session, 1))))).toBe("applyFailed")
    cluster.crash(first)
    const second = cluster.untilLeader()
    expect(told(cluster.outcome(cluster.propose(second, "throw", token(session, 1))))).toBe("applyFailed")
    cluster.outcome(cluster.ask(second, (id) => ({ kind: "takeSnapshot", id })))
    cluster.crash(second)
    cluster.start(first)
    cluster.start(second)
    cluster.untilLeader()
    cluster.untilEqual()
    const retry = cluster.outcome(cluster.propose(second, "throw", token(session, 1)))
    expect(retry).toMatchObject({ kind: "rejected", reason: "applyFailed" })
    cluster.untilEqual()
    expect(cluster.running.map(({ replica }) => replica!.status().commandsRefused)).toEqual([1, 1, 1])
    expect(new Set(cluster.running.map(({ replica }) => replica!.replicatedHash())).size).toBe(1)
  })

  test("arrives by snapshot at a server that was away: sessions, count and hash", () => {
    const limits = { snapshotLogEntriesMax: 20, keptTailBytes: 0 }
    const cluster = new TestCluster([1, 2, 3], { ...refuse, limits })
    const leader = cluster.untilLeader()
    const away = [1, 2, 3].find((id) => id !== leader)!
    cluster.crash(away)
    const session = open(cluster, leader)
    expect(told(cluster.outcome(cluster.propose(leader, "throw", token(session, 1))))).toBe("applyFailed")
    addAll(cluster, leader, 60)
    cluster.start(away)
    cluster.untilEqual()
    expect(cluster.node(away).observations.some(({ kind }) => kind === "snapshotInstalled")).toBe(true)
    expect(cluster.replica(away).replicatedHash()).toBe(cluster.replica(leader).replicatedHash())
    expect(told(cluster.outcome(cluster.propose(away, "throw", token(session, 1))))).toBe("applyFailed")
  })

  test("stops the server all the same where the error is one of the process: no other server need have it", () => {
    const overflow = (machine: CounterMachine): void => {
      machine.apply = () => {
        throw new RangeError("Maximum call stack size exceeded")
      }
    }
    expect(haltOver(overflow, refuse)).toMatch(/apply threw at entry 2 .*Maximum call stack size exceeded/)
  })
})

describe("what apply returns", () => {
  test.each<[string, unknown, RegExp]>([
    ["a string", "done", /returned a string at entry 2 \(a command of 7 bytes\); its result must be a Uint8Array/],
    ["nothing", undefined, /returned undefined at entry 2 .*return an empty one where there is nothing to say/],
    ["a Promise", Promise.resolve(new Uint8Array(0)), /returned a Promise .*it must do its work before it returns/],
    ["an object", new Map(), /returned an object of type Map/],
  ])("is named where it is %s, and is no refusal: the command has had its effect", (_, result, expected) => {
    for (const options of [{}, refuse]) {
      const because = haltOver((machine) => {
        machine.apply = () => result as Uint8Array
      }, options)
      expect(because).toMatch(expected)
    }
  })
})

describe("a machine that cannot be asked for its state", () => {
  test.each<[string, (machine: CounterMachine) => void, RegExp]>([
    [
      "clone throws",
      (machine) => {
        machine.clone = () => {
          throw new Error("too large")
        }
      },
      /your state machine's clone threw after entry \d+: Error: too large/,
    ],
    [
      "clone returns nothing",
      (machine) => {
        machine.clone = () => undefined as unknown as CounterMachine
      },
      /your state machine's clone returned undefined; it must return a state machine/,
    ],
    [
      "a chunk is a string",
      (machine) => {
        machine.clone = () => Object.assign(Object.create(machine) as CounterMachine, { snapshot: () => ["x"].values() })
      },
      /your state machine's snapshot of the state after entry \d+ cannot be stored: a chunk is a string/,
    ],
  ])("because %s: the server goes on without a snapshot, and says so", (_, spoil, expected) => {
    const cluster = new TestCluster([1])
    cluster.untilLeader()
    cluster.outcome(cluster.propose(1, "add x 1"))
    const { machine } = cluster.node(1)
    const own = Object.getOwnPropertyDescriptors(machine)
    spoil(machine)
    const outcome = cluster.outcome(cluster.ask(1, (id) => ({ kind: "takeSnapshot", id })))
    expect(outcome).toMatchObject({ kind: "rejected", reason: "snapshotFailed", message: expect.stringMatching(expected) as string })
    expect(cluster.node(1).observations.at(-1)).toMatchObject({ kind: "snapshotFailed" })
    expect(told(cluster.outcome(cluster.propose(1, "add x 1")))).toBe("2")
    // Once it is well again, so are its snapshots.
    if (own["clone"] === undefined) Reflect.deleteProperty(machine, "clone")
    expect(cluster.outcome(cluster.ask(1, (id) => ({ kind: "takeSnapshot", id }))).kind).toBe("committed")
  })
})

test("snapshotRetryMs: after one that failed, the next is tried so much later, however long the log is", () => {
  const cluster = new TestCluster([1], { limits: { snapshotLogEntriesMax: 10 } })
  cluster.untilLeader()
  const { machine, observations } = cluster.node(1)
  machine.clone = () => {
    throw new Error("too large")
  }
  const failed = (): number => observations.filter(({ kind }) => kind === "snapshotFailed").length
  addAll(cluster, 1, 30)
  expect(failed()).toBe(1)
  cluster.run(snapshotRetryMs - 1_000)
  addAll(cluster, 1, 1)
  expect(failed()).toBe(1)
  cluster.run(1_000)
  addAll(cluster, 1, 1)
  expect(failed()).toBe(2)
})

describe("a hash", () => {
  test("is optional", () => {
    const cluster = new TestCluster([1])
    cluster.untilLeader()
    Object.assign(cluster.node(1).machine, { hash: undefined })
    expect(cluster.replica(1).replicatedHash()).toBeTypeOf("number")
  })

  test("that is no unsigned 32-bit number is named", () => {
    const cluster = new TestCluster([1])
    cluster.untilLeader()
    cluster.node(1).machine.hash = () => -1
    expect(() => cluster.replica(1).replicatedHash()).toThrow(/hash returned -1; it must be an integer from 0 to 4294967295/)
  })
})
