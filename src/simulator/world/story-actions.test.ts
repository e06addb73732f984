// What stories need of a world beyond what seeds do: moments of their own, logs to start with, answers to operators, and a look at a value.

import { describe, expect, it } from "vitest"
import { recover } from "../../storage/index.ts"
import { SimulatedDisk } from "../disk/disk.ts"
import { writeInitialLog } from "../disk/initial-log.ts"
import { scriptedClientsFrom } from "../state/client-numbers.ts"
import { firstConfiguration, identityOf, memberOf } from "../state/identity.ts"
import { calmOptions } from "../state/options.ts"
import { World } from "./world.ts"

const quiet = { ...calmOptions, seed: 3, safetyMs: 1e9, clients: { ...calmOptions.clients, count: 0 } }

function runFor(world: World, forMs: number): void {
  const end = world.now + forMs
  for (let next = world.peek(); next !== null && next.at <= end; next = world.peek()) world.step()
}

function elected(): { world: World; leader: number } {
  const world = World.create(quiet)
  runFor(world, 1_000)
  return { world, leader: world.views.find(({ role }) => role === "leader")!.id }
}

describe("wait", () => {
  it("makes a moment at which nothing else happens", () => {
    const world = World.create({ ...quiet, nodes: 1 })
    world.act({ kind: "crash", node: 1, powerLoss: false })
    while (world.peek() !== null) {
      world.step()
      if (world.views.length > 0) world.act({ kind: "crash", node: 1, powerLoss: false })
    }
    const { now } = world
    world.act({ kind: "wait", forMs: 25 })
    expect(world.step()).toMatchObject({ kind: "act", action: { kind: "wait" } })
    expect(world.now).toBe(now + 25)
    expect(world.peek()).toBeNull()
  })
})

describe("writeLog", () => {
  it("leaves what recovery finds on a disk that a server wrote", () => {
    const disk = new SimulatedDisk()
    const identity = identityOf(1, 2, 1)
    writeInitialLog(disk, identity, firstConfiguration(3), 4, [1, 1, 3])
    disk.loseEverythingUnsynced()
    const { hardState, entries, snapshot } = recover(disk.reader(), identity)
    expect(hardState).toEqual({ term: 4, votedFor: null, commitIndex: 0 })
    expect(entries.map(({ index, term, kind }) => [index, term, kind])).toEqual([
      [1, 1, "noop"],
      [2, 1, "noop"],
      [3, 3, "noop"],
    ])
    expect(snapshot?.configuration.voters).toEqual([1, 2, 3])
  })

  it("is for servers that have never started", () => {
    const world = World.create(quiet)
    world.act({ kind: "writeLog", node: 2, term: 2, terms: [1, 2] })
    runFor(world, 1)
    expect(world.views.map(({ term, lastIndex }) => [term, lastIndex])).toEqual([
      [0, 0],
      [2, 2],
      [0, 0],
    ])
    expect(() => world.act({ kind: "writeLog", node: 2, term: 3, terms: [3] })).toThrow("server 2 has started: its log is its own now")
  })
})

describe("operators", () => {
  it("learn what became of what they asked for", () => {
    const { world, leader } = elected()
    const follower = world.nodeIds.find((id) => id !== leader)!
    world.act({ kind: "changeMembership", node: follower, changes: [{ kind: "remove", id: leader }], version: null })
    world.act({ kind: "takeSnapshot", node: leader })
    runFor(world, 50)
    world.act({ kind: "changeMembership", node: leader, changes: [{ kind: "addLearner", member: memberOf(9) }], version: null })
    world.act({ kind: "crash", node: leader, powerLoss: false })
    world.act({ kind: "transferLeadership", node: leader, to: follower })
    expect(world.operatorRequests.map(({ node, outcome }) => [node, outcome?.kind])).toEqual([
      [follower, "rejected"],
      [leader, "committed"],
      [leader, "unknown"],
      [leader, "unknown"],
    ])
    expect(world.operatorRequests[0]!.outcome).toMatchObject({ reason: "notLeader", leader })
  })
})

describe("valueAt", () => {
  it("looks at a server's state machine and leaves no trace", () => {
    const { world, leader } = elected()
    world.act({ kind: "request", client: scriptedClientsFrom, node: leader, operation: { kind: "put", register: 7 } })
    runFor(world, 100)
    const hash = world.hash()
    const { id } = world.requestsOf(scriptedClientsFrom)[0]!.operation
    expect(world.nodeIds.map((node) => world.valueAt(node, 7))).toEqual([id, id, id])
    expect(world.valueAt(leader, 8)).toBe(0)
    expect(world.hash()).toBe(hash)
    world.act({ kind: "crash", node: leader, powerLoss: false })
    expect(world.valueAt(leader, 7)).toBeNull()
  })
})
