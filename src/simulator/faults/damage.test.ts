// Disks are damaged, lost and replaced, and never more of them than the protocol can do without.

import { describe, expect, it } from "vitest"
import type { FaultPlan } from "../state/action.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { runWorld } from "../world/run.ts"
import { World } from "../world/world.ts"

const damages: readonly FaultPlan[] = [
  { kind: "rot", everyMs: 300, lastsMs: 40 },
  { kind: "misdirect", everyMs: 400, lastsMs: 100 },
  { kind: "wipe", everyMs: 500, lastsMs: 50 },
]

function world(seed: number, given: Partial<WorldOptions> = {}): World {
  return World.create({ ...calmOptions, seed, safetyMs: 3_000, livenessTimeouts: 60, ...given })
}

function runFor(one: World, ms: number): void {
  const end = one.now + ms
  for (let next = one.peek(); next !== null && next.at <= end; next = one.peek()) one.step()
  expect(one.violation).toBeNull()
}

describe("damaged disks", () => {
  it("are noticed, refused, and replaced by servers with new ids, without a committed entry being lost", { timeout: 60_000 }, () => {
    const total = { corruptBits: 0, misdirectedWrites: 0, wipes: 0, refusedDisks: 0, replacements: 0, refused: 0 }
    for (let seed = 1; seed <= 5; seed++) {
      const { coverage } = runWorld(world(seed, { nodes: 5, spares: 3, faults: damages }))
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += coverage[name]
    }
    for (const [name, count] of Object.entries(total)) expect(count, name).toBeGreaterThan(1)
  })

  it("are never more than a majority can spare: of one and two servers none, of three and four one, of five two", () => {
    for (const [nodes, spare] of [
      [1, 0],
      [2, 0],
      [3, 1],
      [4, 1],
      [5, 2],
      [7, 3],
    ] as const) {
      const one = world(7, { nodes })
      runFor(one, 500)
      let wiped = 0
      for (const id of one.nodeIds) {
        if (!one.mayDamage(id)) continue
        one.act({ kind: "wipe", node: id })
        wiped += 1
      }
      expect(wiped, `${nodes} servers`).toBe(spare)
    }
  })

  it("a ledger tells what is beyond recovery, by the disks themselves", () => {
    const one = world(7, { nodes: 3 })
    runFor(one, 500)
    one.act({ kind: "wipe", node: 1 })
    expect(one.explainLoss()).toBeNull()
    one.act({ kind: "rot", node: 2, target: "log", number: 1 })
    expect(one.explainLoss()).toMatch(/1 whole disks are left of 3, and \d copies of entry \d+: no protocol recovers that/)
  })

  it("are not copied: a copy that was put back would bring damage to a disk that was mended meanwhile", () => {
    const one = world(8, { nodes: 3 })
    runFor(one, 500)
    one.act({ kind: "rot", node: 2, target: "log", number: 1 })
    one.act({ kind: "copyDisk", node: 2 })
    one.act({ kind: "putBackDisk", node: 2 })
    one.act({ kind: "copyDisk", node: 3 })
    one.act({ kind: "putBackDisk", node: 3 })
    expect([one.damaged.get(2), one.damaged.get(3), one.coverage.rollBacks]).toEqual(["latent", "rolledBack", 1])
  })

  it("a run whose disks rot says nothing wrong about the servers that kept their promises on them", () => {
    const one = world(8, { nodes: 3 })
    runFor(one, 500)
    one.act({ kind: "rot", node: 2, target: "log", number: 1 })
    runFor(one, 1_000)
    one.act({ kind: "crash", node: 2, powerLoss: true })
    one.act({ kind: "restart", node: 2 })
    expect(one.damaged.get(2)).toBe("refused")
    expect(one.views.map(({ id }) => id)).toEqual([1, 3])
    runFor(one, 500)
    one.act({ kind: "wipe", node: 2 })
    one.act({ kind: "restart", node: 2 })
    runFor(one, 500)
    expect(one.views.find(({ id }) => id === 2)).toMatchObject({ incarnation: 2, lastIndex: 0 })
  })
})
