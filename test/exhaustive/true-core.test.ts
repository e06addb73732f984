// The production core breaks no property in any situation of these worlds. Each is explored to its end, and a floor on the number of situations
// keeps a search that stopped exploring from passing. docs/exhaustive.md has larger ones.

import { expect, test } from "vitest"
import { defaultBounds, memberNumbered, search, type Bounds } from "../../src/simulator/exhaustive/index.ts"

interface World {
  readonly name: string
  readonly bounds: Partial<Bounds>
  readonly statesMin: number
}

const worlds: readonly World[] = [
  { name: "a server alone", bounds: { servers: 1, terms: 3, entries: 2, crashes: 2, slowDisks: [1] }, statesMin: 100 },
  { name: "two servers, three terms", bounds: { servers: 2, terms: 3, entries: 1 }, statesMin: 4_000 },
  { name: "two servers, heartbeats", bounds: { servers: 2, terms: 2, entries: 1, heartbeats: 1 }, statesMin: 10_000 },
  {
    name: "two servers with slow disks, a crash",
    bounds: { servers: 2, terms: 2, entries: 1, slowDisks: [1, 2], crashes: 1 },
    statesMin: 10_000,
  },
  { name: "two servers with PreVote and CheckQuorum", bounds: { servers: 2, terms: 2, entries: 1, preVote: true }, statesMin: 10_000 },
  { name: "three servers, two terms", bounds: { servers: 3, terms: 2, entries: 0 }, statesMin: 30_000 },
  { name: "three servers, three terms", bounds: { servers: 3, terms: 3, entries: 0, staleRequests: false }, statesMin: 50_000 },
  { name: "three servers, two terms, a command", bounds: { servers: 3, terms: 2, entries: 1, staleRequests: false }, statesMin: 40_000 },
  {
    name: "three servers, two terms, two crashes",
    bounds: { servers: 3, terms: 2, entries: 0, crashes: 2, staleRequests: false },
    statesMin: 20_000,
  },
  {
    name: "three servers, one of them with a slow disk",
    bounds: { servers: 3, terms: 2, entries: 0, slowDisks: [1], staleRequests: false },
    statesMin: 60_000,
  },
  {
    name: "three servers with PreVote and CheckQuorum, one term",
    bounds: { servers: 3, terms: 1, entries: 0, preVote: true },
    statesMin: 7_000,
  },
  {
    name: "two servers take in a third, through a joint configuration",
    bounds: {
      servers: 2,
      joining: 1,
      terms: 2,
      entries: 0,
      change: [{ kind: "addVoter", member: memberNumbered(3) }],
      staleRequests: false,
    },
    statesMin: 100_000,
  },
  {
    name: "three servers let one go, which leads or campaigns against it",
    bounds: { servers: 3, terms: 2, entries: 0, change: [{ kind: "remove", id: 3 }], campaigners: [1, 3], staleRequests: false },
    statesMin: 20_000,
  },
]

test.each(worlds.map((world) => [world.name, world] as const))("%s: no situation breaks a property", { timeout: 60_000 }, (_, world) => {
  const { bounds, statesMin } = world
  const { report } = search({ bounds: { ...defaultBounds, ...bounds } })
  expect(report).toMatchObject({ end: "explored", violation: null, waiting: 0 })
  expect(report.states).toBeGreaterThanOrEqual(statesMin)
})
