// The world does what it is told: each kind of trouble has its effect, and whole clusters get over it.

import { describe, expect, it } from "vitest"
import type { WorldAction } from "../state/action.ts"
import { production, type Build } from "../state/build.ts"
import { memberOf } from "../state/identity.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { runWorld, SimulationFailure } from "./run.ts"
import { World } from "./world.ts"

function calmWorld(given: Partial<WorldOptions> = {}): World {
  return World.create({ ...calmOptions, safetyMs: 3_000, seed: 11, ...given })
}

function runFor(world: World, ms: number): void {
  const end = world.now + ms
  for (let next = world.peek(); next !== null && next.at <= end; next = world.peek()) world.step()
  expect(world.violation).toBeNull()
}

function leaderOf(world: World): number {
  const leaders = world.views.filter((view) => view.role === "leader")
  const latest = leaders.toSorted((a, b) => b.term - a.term)[0]
  if (latest === undefined) throw new Error("nobody leads")
  return latest.id
}

function elected(given: Partial<WorldOptions> = {}): { world: World; leader: number; others: number[] } {
  const world = calmWorld(given)
  runFor(world, 1_000)
  const leader = leaderOf(world)
  return { world, leader, others: world.nodeIds.filter((id) => id !== leader) }
}

function actAll(world: World, actions: readonly WorldAction[]): void {
  for (const action of actions) world.act(action)
}

describe("world", () => {
  it("a calm cluster of any size elects once, serves its clients and converges", () => {
    for (const nodes of [1, 2, 3, 4, 5, 7]) {
      const { coverage, healingMs } = runWorld(calmWorld({ nodes, safetyMs: 2_000 }))
      expect(coverage.elections, `${nodes} nodes`).toBe(1)
      expect(coverage.stepDowns).toBe(0)
      expect(coverage.writes).toBeGreaterThan(60)
      expect(coverage.reads).toBeGreaterThan(20)
      expect(healingMs).toBeLessThan(1_000)
    }
  })

  it("a snapshot that takes long at the drawn rate is waited for when all is healed, and one that never ends is not", () => {
    const replica = { ...calmOptions.replica, snapshotBytesPerSecondMax: 200 }
    const world = calmWorld({ nodes: 1, safetyMs: 2_000, livenessTimeouts: 4, replica })
    runFor(world, 1_900)
    world.act({ kind: "takeSnapshot", node: 1 })
    const stuck = world.clone()
    const { healingMs } = runWorld(world)
    expect(healingMs).toBeGreaterThan(4 * calmOptions.raft.electionTimeoutMaxMs)
    stuck.heal()
    stuck.act({ kind: "slowDisk", node: 1, latencyMs: 100_000, forMs: 100_000 })
    expect(() => runWorld(stuck)).toThrow(/breaks "liveness".*4 election timeouts and \d+ ms for snapshots after/)
  })

  it("a busy server learns that its deadline has come before it looks at what queued up, so that its timers do not starve", () => {
    let late = 0
    let overdue = 0
    const build: Build = {
      ...production,
      open: (...given) => {
        const replica = production.open(...given)
        const step = replica.step.bind(replica)
        replica.step = (now, events) => {
          if (now >= replica.deadline) overdue += 1
          if (now >= replica.deadline && events[0]?.kind !== "wake") late += 1
          return step(now, events)
        }
        return replica
      },
    }
    runFor(World.create({ ...calmOptions, safetyMs: 3_000, seed: 11, busyMsMax: 20 }, build), 2_000)
    expect(overdue).toBeGreaterThan(20)
    expect(late).toBe(0)
  })

  it("an isolated leader is replaced, and follows once it is back", () => {
    const { world, leader, others } = elected()
    const { term } = world.views.find((view) => view.id === leader)!
    actAll(world, [
      { kind: "cut", fault: 1, from: [leader], to: others },
      { kind: "cut", fault: 1, from: others, to: [leader] },
    ])
    runFor(world, 1_500)
    expect(leaderOf(world)).not.toBe(leader)
    world.act({ kind: "heal", fault: 1 })
    expect(world.cuts).toEqual([])
    runFor(world, 500)
    expect(world.views.find((view) => view.id === leader)).toMatchObject({ role: "follower" })
    expect(world.views.every((view) => view.term > term)).toBe(true)
    runWorld(world)
  })

  it("a leader that stands still is replaced, and wakes up to what it missed", () => {
    const { world, leader } = elected()
    world.act({ kind: "pause", node: leader, forMs: 1_500 })
    runFor(world, 1_400)
    expect(leaderOf(world)).not.toBe(leader)
    runFor(world, 600)
    expect(world.views.find((view) => view.id === leader)).toMatchObject({ role: "follower" })
    runWorld(world)
  })

  it("a killed server comes back with what it had, and in a new life", () => {
    const { world, leader, others } = elected()
    const follower = others[0]!
    world.act({ kind: "crash", node: follower, powerLoss: false })
    expect(world.views.map((view) => view.id)).not.toContain(follower)
    runFor(world, 300)
    world.act({ kind: "restart", node: follower })
    runFor(world, 300)
    const view = world.views.find(({ id }) => id === follower)!
    expect(view.life).toBe(2)
    expect(view.appliedIndex).toBeGreaterThan(0)
    expect(leaderOf(world)).toBe(leader)
    runWorld(world)
  })

  it("what was acknowledged survives a loss of power everywhere at once", () => {
    const { world } = elected({ nodes: 5 })
    const committed = Math.max(...world.views.map((view) => view.commitIndex))
    expect(committed).toBeGreaterThan(10)
    actAll(
      world,
      world.nodeIds.map((node) => ({ kind: "crash", node, powerLoss: true })),
    )
    expect(world.nodeIds.filter((id) => world.durable(id)!.lastIndex >= committed).length).toBeGreaterThanOrEqual(3)
    actAll(
      world,
      world.nodeIds.map((node) => ({ kind: "restart", node })),
    )
    runFor(world, 1_500)
    expect(world.views.find((view) => view.id === leaderOf(world))!.commitIndex).toBeGreaterThanOrEqual(committed)
    runWorld(world)
  })

  it("a full disk is borne and got over", () => {
    const { world, others } = elected()
    world.act({ kind: "fillDisk", node: others[0]!, forMs: 800 })
    runFor(world, 400)
    expect(world.coverage.diskFull).toBe(1)
    runFor(world, 1_500)
    expect(world.views).toHaveLength(3)
    runWorld(world)
  })

  it("a spare server joins by a membership change, learns, and votes", () => {
    const { world, leader } = elected({ nodes: 1, spares: 1 })
    const changes = [{ kind: "addVoter", member: memberOf(2) }] as const
    world.act({ kind: "changeMembership", node: leader, changes, version: null })
    runFor(world, 1_000)
    for (const view of world.views) expect(view.configuration).toMatchObject({ voters: [1, 2], votersOutgoing: [] })
    runWorld(world)
  })

  it("fails a run that could not recover, and says who waits for what", () => {
    const world = calmWorld({ nodes: 2, safetyMs: 1_000, livenessTimeouts: 0 })
    expect(() => runWorld(world)).toThrow(/breaks "liveness".*0 election timeouts after everything was healed/)
  })

  it("fails a run that did too little, though it broke no rule", () => {
    const idle = { ...calmOptions.clients, count: 1, thinkMsMax: 20_000 }
    const world = calmWorld({ clients: idle, safetyMs: 100 })
    let failure: unknown
    try {
      runWorld(world)
    } catch (error) {
      failure = error
    }
    expect(failure).toBeInstanceOf(SimulationFailure)
    expect((failure as SimulationFailure).violation.checker).toBe("load")
    expect((failure as SimulationFailure).message).toMatch(/only \d writes were acknowledged; a run with fewer than 20 proves nothing/)
  })
})
