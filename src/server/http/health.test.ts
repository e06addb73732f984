import { expect, test } from "vitest"
import type { ServedNode } from "../node/served-node.ts"
import { checkHealth } from "./health.ts"

const healthy = { id: 1, halted: null, disk: "ok", configuration: { members: [{ id: 1 }] }, isRemoved: false, noLeaderBecause: null }

/** Whom nobody answers in time. `waits` is filled with how long it waited. */
function alone(status: object, waits: number[] = []): ServedNode {
  return {
    status: () => ({ ...healthy, ...status }),
    async confirm(timeoutMs: number) {
      waits.push(timeoutMs)
      throw new Error(`no answer within ${timeoutMs} ms`)
    },
  } as unknown as ServedNode
}

test("healthTimeoutMs: the linearizable form waits so long for a quorum, the local one not at all", async () => {
  const waits: number[] = []
  const node = alone({}, waits)
  expect(await checkHealth(node, false)).toMatchObject({ health: "false", reason: "no answer within 2000 ms" })
  expect(await checkHealth(node, true)).toMatchObject({ health: "true" })
  expect(waits).toEqual([2_000])
})

test("a node that waits for its cluster to begin says so at once, and is no worse by itself", async () => {
  const waits: number[] = []
  const node = alone({ noLeaderBecause: "it waits for server 2: start it" }, waits)
  expect(await checkHealth(node, false)).toMatchObject({ health: "false", reasons: ["it waits for server 2: start it"] })
  expect(await checkHealth(node, true)).toMatchObject({ health: "true" })
  expect(waits).toEqual([])
})

test("a node that was removed says so in both forms, once", async () => {
  const node = alone({ isRemoved: true, noLeaderBecause: "it was removed: stop it", configuration: { members: [] } })
  for (const isLocal of [false, true])
    expect(await checkHealth(node, isLocal)).toMatchObject({ health: "false", reasons: ["it was removed: stop it"] })
})
