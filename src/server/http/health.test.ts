import { expect, test } from "vitest"
import type { ServedNode } from "../node/served-node.ts"
import { checkHealth } from "./health.ts"

test("healthTimeoutMs: the linearizable form waits so long for a quorum, the local one not at all", async () => {
  const waits: number[] = []
  const node = {
    status: () => ({ id: 1, halted: null, disk: "ok", configuration: { members: [{ id: 1 }] } }),
    async confirm(timeoutMs: number) {
      waits.push(timeoutMs)
      throw new Error(`no answer within ${timeoutMs} ms`)
    },
  } as unknown as ServedNode
  expect(await checkHealth(node, false)).toMatchObject({ health: "false", reason: "no answer within 2000 ms" })
  expect(await checkHealth(node, true)).toMatchObject({ health: "true" })
  expect(waits).toEqual([2_000])
})
