// Forking a world copies no history: what it costs does not depend on how long the world has run.

import { expect, test } from "vitest"
import { calmOptions, swarmOptions } from "../state/options.ts"
import { World } from "./world.ts"

/** The fastest of many measurements, in milliseconds for a hundred forks: what is left when nothing else disturbs. */
function forkMs(world: World): number {
  let fastest = Infinity
  for (let i = 0; i < 100; i++) {
    const before = performance.now()
    for (let fork = 0; fork < 100; fork++) world.clone()
    fastest = Math.min(fastest, performance.now() - before)
  }
  return fastest
}

test("a fork takes microseconds, after a long run as after a short one", { timeout: 60_000 }, () => {
  const world = World.create({ ...calmOptions, seed: 4, nodes: 5, clients: { ...calmOptions.clients, thinkMsMax: 10 } })
  while (world.now < 500) world.step()
  const young = forkMs(world)
  const { eventNumber } = world
  while (world.now < 5_000) world.step()
  expect(world.eventNumber).toBeGreaterThan(5 * eventNumber)
  const old = forkMs(world)
  // A hundred forks in five milliseconds at the most, fifty microseconds each.
  expect(old).toBeLessThan(5)
  expect(old).toBeLessThan(4 * young)
})

test("a world that was forked goes on as if it had not been", () => {
  for (let seed = 1; seed <= 6; seed++) {
    // Slow links and eager clients: windows of appends that are partly acknowledged, reads that wait, logs that end differently.
    const network = { ...calmOptions.network, latencyMinMs: 60, latencyMaxMs: 90 }
    const clients = { ...calmOptions.clients, count: 8, thinkMsMax: 5, registers: 16 }
    const options = seed <= 2 ? { ...calmOptions, seed, nodes: 9, network, clients } : swarmOptions(seed)
    const [alone, forked] = [World.create(options), World.create(options)]
    for (let event = 0; event < 2_000; event++) {
      alone.step()
      forked.step()
      if (event % 32 === 0) forked.clone()
    }
    expect(forked.hash(), `seed ${seed}`).toBe(alone.hash())
  }
})
