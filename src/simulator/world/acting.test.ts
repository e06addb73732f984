// What a script can do to a world, one kind of action after the other.

import { expect, test } from "vitest"
import type { WorldAction } from "../state/action.ts"
import { scriptedClientsFrom } from "../state/client-numbers.ts"
import { memberOf } from "../state/identity.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { runWorld } from "./run.ts"
import { World } from "./world.ts"

const idle = { ...calmOptions.clients, operationsMax: 0 }

function calmWorld(given: Partial<WorldOptions> = {}): World {
  return World.create({ ...calmOptions, seed: 21, writesMin: 0, ...given })
}

function runFor(world: World, ms: number): void {
  const end = world.now + ms
  for (let next = world.peek(); next !== null && next.at <= end; next = world.peek()) world.step()
  expect(world.violation).toBeNull()
}

function runUntil(world: World, condition: () => boolean, eventsMax = 10_000): void {
  for (let i = 0; i < eventsMax && !condition(); i++) world.step()
  expect(world.violation).toBeNull()
  expect(condition()).toBe(true)
}

const leaderOf = (world: World): number => world.views.find((view) => view.role === "leader")?.id ?? 0
const viewOf = (world: World, id: number): World["views"][number] => world.views.find((view) => view.id === id)!

/** Three servers of which 1 leads, and no client but those of the script. */
function ledByOne(given: Partial<WorldOptions> = {}): World {
  const world = calmWorld({ clients: idle, ...given })
  runFor(world, 50)
  world.act({ kind: "timeout", node: 1 })
  runFor(world, 100)
  expect(leaderOf(world)).toBe(1)
  return world
}

test("a timeout makes a server campaign at once, whatever its clock said; a leader beats", () => {
  for (const candidate of [1, 2, 3]) {
    const world = calmWorld({ clients: idle })
    runFor(world, 20)
    world.act({ kind: "timeout", node: candidate })
    runFor(world, 20)
    expect(leaderOf(world)).toBe(candidate)
    expect(viewOf(world, candidate).term).toBe(1)
    runFor(world, 10)
    const before = world.coverage.delivered
    world.act({ kind: "timeout", node: candidate })
    runFor(world, 2)
    expect(world.coverage.delivered).toBeGreaterThan(before)
  }
})

test("a timeout of a server that has just started, and has not written its life yet, does nothing: its clock goes on", () => {
  const world = ledByOne()
  world.act({ kind: "crash", node: 1, powerLoss: false })
  world.act({ kind: "restart", node: 1 })
  world.act({ kind: "timeout", node: 1 })
  expect(world.stateOf(1)!.now).toBeLessThan(Infinity)
  runFor(world, 1_000)
  expect(world.stateOf(1)!.now).toBeLessThan(Infinity)
  expect(viewOf(world, 1).commitIndex).toBe(viewOf(world, leaderOf(world)).commitIndex)
})

test("every message on its way has a name; a dropped one does not arrive, and the candidate goes without that vote", () => {
  const world = calmWorld({ clients: idle, raft: { ...calmOptions.raft, preVote: false } })
  runFor(world, 20)
  world.act({ kind: "timeout", node: 1 })
  runUntil(world, () => world.inFlight().length === 2)
  const requests = world.inFlight()
  expect(requests.map(({ name, message }) => `${name} ${message.kind}`).toSorted()).toEqual(["S1>S2#1 requestVote", "S1>S3#1 requestVote"])
  for (const { name } of requests) world.act({ kind: "dropMessage", message: name })
  expect(world.inFlight()).toEqual([])
  runFor(world, 50)
  expect(leaderOf(world)).toBe(0)
  expect(viewOf(world, 2).term).toBe(0)
})

test("a held message waits, passes all that comes after it, and arrives when it is let through, even across a cut", () => {
  const world = calmWorld({ clients: idle, raft: { ...calmOptions.raft, preVote: false } })
  runFor(world, 20)
  world.act({ kind: "timeout", node: 1 })
  runUntil(world, () => world.inFlight().length === 2)
  world.act({ kind: "holdMessage", message: "S1>S2#1" })
  expect(world.inFlight().find(({ name }) => name === "S1>S2#1")!.at).toBe(Infinity)
  world.act({ kind: "cut", fault: 1, from: [1], to: [2, 3] })
  runFor(world, 50)
  expect(viewOf(world, 2).term).toBe(0)
  world.act({ kind: "deliverMessage", message: "S1>S2#1" })
  expect(viewOf(world, 2).term).toBe(1)
  expect(world.inFlight().map(({ name }) => name)).not.toContain("S1>S2#1")
})

test("a duplicated message arrives twice under two names, a delayed one later", () => {
  const world = calmWorld({ clients: idle, raft: { ...calmOptions.raft, preVote: false } })
  runFor(world, 20)
  world.act({ kind: "timeout", node: 1 })
  runUntil(world, () => world.inFlight().length === 2)
  const { at } = world.inFlight().find(({ name }) => name === "S1>S3#1")!
  world.act({ kind: "duplicateMessage", message: "S1>S2#1" })
  world.act({ kind: "duplicateMessage", message: "S1>S2#1" })
  world.act({ kind: "delayMessage", message: "S1>S3#1", byMs: 30 })
  const names = world.inFlight().map(({ name }) => name)
  expect(names.toSorted()).toEqual(["S1>S2#1", "S1>S2#1.1", "S1>S2#1.2", "S1>S3#1"])
  expect(world.inFlight().find(({ name }) => name === "S1>S3#1")!.at).toBe(at + 30)
  world.act({ kind: "dropMessage", message: "S1>S2#9" })
  expect(world.inFlight()).toHaveLength(4)
})

test("a link loses, doubles or delays in one direction, until its fault is healed", () => {
  const world = ledByOne()
  world.act({ kind: "link", fault: 7, from: 1, to: 2, dropRate: 1 })
  runFor(world, 100)
  expect(world.inFlight().some(({ from, to }) => from === 1 && to === 2)).toBe(false)
  world.act({ kind: "link", fault: 8, from: 1, to: 2, dropRate: 0, latencyMs: 77 })
  const sentAt = world.now
  runUntil(world, () => world.inFlight().some(({ from, to }) => from === 1 && to === 2))
  const late = world.inFlight().find(({ from, to }) => from === 1 && to === 2)!
  expect(late.at).toBeGreaterThanOrEqual(sentAt + 77)
  world.act({ kind: "heal", fault: 8 })
  world.act({ kind: "heal", fault: 7 })
  runFor(world, 200)
  expect(viewOf(world, 2).commitIndex).toBe(viewOf(world, 1).commitIndex)
})

test("a pause ends early when it is told to", () => {
  const world = ledByOne()
  world.act({ kind: "pause", node: 1, forMs: 60_000 })
  runFor(world, 1_000)
  expect(world.views.filter((view) => view.role === "leader" && view.id !== 1)).toHaveLength(1)
  expect(viewOf(world, 1).role).toBe("leader")
  world.act({ kind: "resume", node: 1 })
  runFor(world, 200)
  expect(viewOf(world, 1).role).toBe("follower")
})

test("a wiped server is refused as its old self, and a new server takes its place", () => {
  const world = ledByOne({ spares: 1 })
  world.act({ kind: "request", client: 100, node: 1, operation: { kind: "put", register: 1 } })
  runFor(world, 100)
  world.act({ kind: "wipe", node: 3 })
  expect(world.views.map(({ id }) => id)).toEqual([1, 2, 4])
  world.act({ kind: "restart", node: 3 })
  runFor(world, 1_000)
  expect(viewOf(world, 3)).toMatchObject({ incarnation: 2, life: 2, lastIndex: 0, term: 0, role: "follower" })
  expect(world.coverage.refused).toBeGreaterThan(0)
  expect(leaderOf(world)).toBe(1)
  expect(world.damaged.get(3)).toBe("wiped")
  const changes = [
    { kind: "remove", id: 3 },
    { kind: "addVoter", member: memberOf(4) },
  ] as const
  world.act({ kind: "changeMembership", node: 1, changes, version: null })
  runFor(world, 1_000)
  expect(viewOf(world, 4).configuration.voters).toEqual([1, 2, 4])
  expect(viewOf(world, 4).commitIndex).toBe(viewOf(world, 1).commitIndex)
  expect(viewOf(world, 3)).toMatchObject({ lastIndex: 0, term: 0 })
})

test("a clock that is skewed runs on from where it was, at its own rate", () => {
  const world = ledByOne()
  world.act({ kind: "skewClock", node: 2, rate: 50 })
  runFor(world, 300)
  // Its election timeout is over fifty times as fast as the leader beats.
  expect(world.coverage.preVotes).toBeGreaterThan(3)
  world.act({ kind: "skewClock", node: 2, rate: 1 })
  runFor(world, 500)
  expect(world.views.filter((view) => view.role === "leader")).toHaveLength(1)
})

test("a slow disk holds up what needs it, and no longer than it was told to", () => {
  const world = ledByOne()
  world.act({ kind: "slowDisk", node: 2, latencyMs: 60, forMs: 300 })
  world.act({ kind: "request", client: 100, node: 1, operation: { kind: "put", register: 1 } })
  const startedAt = world.now
  runUntil(world, () => world.requestsOf(100)[0]!.outcome !== null)
  expect(world.now - startedAt).toBeLessThan(60)
  // With a second one there is no majority without a slow disk.
  world.act({ kind: "slowDisk", node: 3, latencyMs: 60, forMs: 100 })
  world.act({ kind: "request", client: 100, node: 1, operation: { kind: "put", register: 1 } })
  const againAt = world.now
  runUntil(world, () => world.requestsOf(100)[1]!.outcome !== null)
  expect(world.now - againAt).toBeGreaterThan(50)
  runFor(world, 300)
  const lastAt = world.now
  world.act({ kind: "request", client: 100, node: 1, operation: { kind: "put", register: 1 } })
  runUntil(world, () => world.requestsOf(100)[2]!.outcome !== null)
  expect(world.now - lastAt).toBeLessThan(20)
})

test("a failed sync halts the server, which comes back with what its disk really has", () => {
  const world = ledByOne()
  world.act({ kind: "failSync", node: 2 })
  world.act({ kind: "request", client: 100, node: 1, operation: { kind: "put", register: 1 } })
  runFor(world, 50)
  expect(world.coverage.halts).toBe(1)
  expect(world.views.map(({ id }) => id)).toEqual([1, 3])
  runFor(world, 500)
  expect(viewOf(world, 2)).toMatchObject({ life: 2, commitIndex: viewOf(world, 1).commitIndex })
})

test("a bit that rots changes one durable byte of that kind of file", () => {
  const world = ledByOne()
  const before = world.hash()
  world.act({ kind: "rot", node: 2, target: "snapshot", number: 1 })
  expect(world.coverage.corruptBits).toBe(0)
  world.act({ kind: "rot", node: 2, target: "log", number: 1 })
  expect(world.coverage.corruptBits).toBe(1)
  expect(world.hash()).not.toBe(before)
})

test("scripted clients ask once, learn what became of it, and retry in a session under the same number", () => {
  const world = ledByOne()
  const ask = (client: number, node: number, operation: Extract<WorldAction, { kind: "request" }>["operation"]): void => {
    world.act({ kind: "request", client, node, operation })
    runFor(world, 100)
  }
  ask(100, 1, { kind: "put", register: 5, session: true })
  const put = world.requestsOf(100)[0]!
  expect(put).toMatchObject({ outcome: { kind: "committed", changed: true }, operation: { id: 100 * 0x10_0000 + 1 } })
  ask(100, 2, { kind: "again" })
  expect(world.requestsOf(100)[1]!.outcome).toMatchObject({ kind: "committed", index: expect.any(Number) as number })
  ask(101, 2, { kind: "read", register: 5, consistency: "linearizable" })
  expect(world.requestsOf(101)[0]!.outcome).toMatchObject({ kind: "answered", value: put.operation.id })
  ask(101, 1, { kind: "cas", register: 5, expected: 1 })
  expect(world.requestsOf(101)[1]!.outcome).toMatchObject({ kind: "committed", changed: false })
  ask(101, 1, { kind: "cas", register: 5, expected: put.operation.id })
  expect(world.requestsOf(101)[2]!.outcome).toMatchObject({ kind: "committed", changed: true })
  ask(101, 1, { kind: "delete", register: 5 })
  ask(100, 3, { kind: "read", register: 5, consistency: "linearizable" })
  expect(world.requestsOf(100).at(-1)!.outcome).toMatchObject({ kind: "answered", value: 0 })
})

test("scripted clients learn of rejections and of doubt, and may not repeat a doubtful write without a session", () => {
  const world = ledByOne({ workload: "keyValue" })
  world.act({ kind: "cut", fault: 1, from: [1], to: [2, 3] })
  world.act({ kind: "cut", fault: 1, from: [2, 3], to: [1] })
  world.act({ kind: "request", client: 100, node: 1, operation: { kind: "put", register: 1 } })
  runFor(world, 10)
  expect(world.requestsOf(100)[0]!.outcome).toBeNull()
  world.act({ kind: "crash", node: 1, powerLoss: false })
  runFor(world, 10)
  expect(world.requestsOf(100)[0]!.outcome).toMatchObject({ kind: "unknown" })
  expect(() => world.act({ kind: "request", client: 100, node: 2, operation: { kind: "again" } })).toThrow(/without a session/)
  expect(() => world.act({ kind: "request", client: 101, node: 2, operation: { kind: "again" } })).toThrow(/nothing to repeat/)
  expect(() => world.act({ kind: "request", client: 7, node: 2, operation: { kind: "put", register: 1 } })).toThrow(/100 to/)
  world.act({ kind: "request", client: 102, node: 1, operation: { kind: "put", register: 1, session: true } })
  runFor(world, 3_000)
  expect(world.requestsOf(102)[0]!.outcome).toMatchObject({ kind: "unknown" })
  world.act({ kind: "request", client: 102, node: 2, operation: { kind: "again" } })
  runFor(world, 500)
  expect(world.requestsOf(102).map(({ outcome }) => outcome?.kind)).toEqual(["unknown", "committed"])
})

test("what is done from outside is recorded with the event after which it was done, and a script does it again", () => {
  const script = [
    { atMs: 40, action: { kind: "timeout", node: 2 } },
    { atMs: 80, action: { kind: "request", client: 100, node: 2, operation: { kind: "put", register: 3 } } },
    { atMs: 120, action: { kind: "healAll" } },
    { atMs: 130, action: { kind: "crash", node: 2, powerLoss: true } },
  ] as const
  const world = calmWorld({ clients: idle, script })
  runFor(world, 110)
  expect(world.requestsOf(100)[0]!.outcome).toMatchObject({ kind: "committed" })
  expect(world.actions).toEqual([])
  runFor(world, 40)
  expect(world.isHealed).toBe(true)
  expect(world.views.map(({ id }) => id)).toEqual([1, 3])
  const step = world.eventNumber
  world.act({ kind: "restart", node: 2 })
  world.act({ kind: "quieten" })
  expect(world.actions).toEqual([
    { step, action: { kind: "restart", node: 2 } },
    { step, action: { kind: "quieten" } },
  ])
  expect(world.isQuiet).toBe(true)
})

test("clients rest once they have done what they were allowed to", () => {
  const world = calmWorld({ clients: { ...calmOptions.clients, operationsMax: 5 }, safetyMs: 4_000 })
  runWorld(world)
  for (const client of world.clients) expect(client.operations).toBe(5)
})

test("a request to a server that does not exist is refused in words, and nothing is noted of it", () => {
  const world = ledByOne()
  const before = { hash: world.hash(), actions: world.actions.length }
  const operation = { kind: "read", register: 1, consistency: "linearizable" } as const
  const ask: WorldAction = { kind: "request", client: scriptedClientsFrom, node: 9, operation }
  expect(() => world.act(ask)).toThrow(new RangeError("World.act: action.node: server 9 does not exist; this world has servers 1 to 3"))
  expect({ hash: world.hash(), actions: world.actions.length }).toEqual(before)
})
