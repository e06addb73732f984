import { expect, test } from "vitest"
import { defaultRaftOptions } from "../../core/index.ts"
import { defaultReplicaLimits } from "../../replica/index.ts"
import { swarmOptions } from "./options.ts"

/** What is no bound that traffic could reach: times, switches and shares. */
const isNoBound = (name: string): boolean => /Ms$|^(id|seed|preVote|leaseReads|clockDriftMax|campaignOnDisconnect)$/.test(name)

const seeds = Array.from({ length: 400 }, (_, position) => swarmOptions(position + 1))

test.each([
  ["the algorithm", defaultRaftOptions, seeds.map(({ raft }) => raft)],
  ["a replica", defaultReplicaLimits, seeds.map(({ replica }) => replica)],
] as const)("the swarm draws every bound of %s smaller than a server has it", (_of, defaults, drawn) => {
  const large = Object.entries(defaults).filter(([name, value]) => {
    return !isNoBound(name) && !drawn.some((options) => Number((options as unknown as Record<string, unknown>)[name]) < Number(value))
  })
  expect(Object.keys(defaults).length).toBeGreaterThan(10)
  expect(large.map(([name]) => name)).toEqual([])
})
