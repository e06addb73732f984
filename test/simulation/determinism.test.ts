// The world is plain data: the same seed gives the same run, a fork goes on as its original does, and neither disturbs the other.

import { expect, test } from "vitest"
import { runSeed, runTo, runWorld, SimulationFailure, swarmOptions, World } from "../../src/simulator/index.ts"

const timeout = 120_000
const seeds = Array.from({ length: 8 }, (_, position) => 5_001 + position)

test("the same seed gives the same run, to the last bit of state", { timeout }, () => {
  for (const seed of seeds) {
    const [first, second] = [runSeed(seed), runSeed(seed)]
    expect({ seed, hash: second.hash, events: second.events, coverage: second.coverage }).toEqual({
      seed,
      hash: first.hash,
      events: first.events,
      coverage: first.coverage,
    })
  }
})

test("different seeds give different runs", { timeout }, () => {
  expect(new Set(seeds.map((seed) => runSeed(seed).hash)).size).toBe(seeds.length)
})

test("a world that is cloned anywhere on its way and its original end equal, and as if nobody had cloned them", { timeout }, () => {
  for (const seed of seeds) {
    const { hash, events } = runSeed(seed)
    const original = runTo(seed, Math.floor((events * (1 + (seed % 7))) / 8))
    const forks = [original.clone(), original.clone()]
    expect(forks.map((fork) => fork.hash())).toEqual([original.hash(), original.hash()])
    // The forks run first, then the original: were anything shared that changes, it would see it.
    for (const world of [...forks, original]) expect({ seed, hash: runWorld(world).hash }).toEqual({ seed, hash })
  }
})

test("worlds that were forked and take turns do not disturb each other", () => {
  const seed = 5_003
  const { hash } = runSeed(seed)
  const worlds = [runTo(seed, 400)]
  for (let i = 0; i < 3; i++) worlds.push(worlds[0]!.clone())
  for (let turn = 0; turn < 3_000; turn++) for (const world of worlds) if (world.now < 4_000) world.step()
  for (const world of worlds) expect(runWorld(world).hash).toBe(hash)
})

test("what is done to a fork stays in the fork", () => {
  const original = runTo(5_004, 300)
  const before = original.hash()
  const fork = original.clone()
  for (const node of fork.nodeIds) fork.act({ kind: "crash", node, powerLoss: true })
  expect(original.hash()).toBe(before)
  expect(original.views.length).toBeGreaterThan(0)
  expect(fork.views).toHaveLength(0)
})

test("a failure tells the seed, the options, the event and how to see it again, and happens again there", () => {
  const overrides = { nodes: 1, writesMin: 100_000 }
  let failure: unknown
  try {
    runSeed(7, overrides)
  } catch (error) {
    failure = error
  }
  expect(failure).toBeInstanceOf(SimulationFailure)
  const { message, eventNumber, violation } = failure as SimulationFailure
  expect(message).toContain(`seed 7 breaks "${violation.checker}" at event ${eventNumber}`)
  expect(message).toContain('replay: runSeed(7, {"nodes":1,"writesMin":100000})')
  expect(message).toContain(JSON.stringify(swarmOptions(7, overrides)))
  const world = runTo(7, eventNumber, overrides)
  expect(world.eventNumber).toBe(eventNumber)
  expect(() => runWorld(world, overrides)).toThrow(/seed 7 breaks/)
})

test("a world from plain options alone is the same world", () => {
  const options = JSON.parse(JSON.stringify(swarmOptions(5_005))) as ReturnType<typeof swarmOptions>
  expect(runWorld(World.create(options)).hash).toBe(runSeed(5_005).hash)
})
