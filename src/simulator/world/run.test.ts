import { expect, test } from "vitest"
import { calmOptions, swarmOptions } from "../state/options.ts"
import { Phases } from "./run.ts"
import { World } from "./world.ts"

test("faults go on until something was committed, and a run in which nothing ever was proves nothing", () => {
  const network = { ...calmOptions.network, dropRate: 1 }
  const world = World.create({ ...calmOptions, seed: 1, safetyMs: 1_000, network })
  const phases = new Phases(world)
  while (phases.step());
  expect(world.violation).toMatchObject({ checker: "load" })
  expect(world.violation!.reason).toMatch(/^nothing was committed in (19\d\d\d|20000) ms of faults/)
})

test("a world that needs no work is healed in time", () => {
  const network = { ...calmOptions.network, dropRate: 1 }
  const clients = { ...calmOptions.clients, count: 0 }
  const world = World.create({ ...calmOptions, seed: 1, safetyMs: 1_000, writesMin: 0, network, clients })
  const phases = new Phases(world)
  while (phases.step());
  expect(world.violation).toBeNull()
  expect(world.healedAt).toBeLessThanOrEqual(1_000)
})

test("a member that is down in the end has not converged with the others", () => {
  const world = World.create(swarmOptions(3))
  const phases = new Phases(world)
  let killed = 0
  while (phases.step()) {
    if (!world.isHealed || killed !== 0) continue
    const leader = world.views.find(({ role }) => role === "leader")
    const { voters = [] } = leader?.configuration ?? {}
    if (voters.length < 3) continue
    killed = voters.find((id) => id !== leader!.id && world.views.some((view) => view.id === id)) ?? 0
    if (killed !== 0) world.act({ kind: "crash", node: killed, powerLoss: false })
  }
  expect(killed).toBeGreaterThan(0)
  expect(world.violation?.checker).toBe("liveness")
  expect(world.violation?.reason).toMatch(/^the servers have not converged/)
})
