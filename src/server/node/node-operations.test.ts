import { expect, test } from "vitest"
import { defaultKvLimits } from "../../kv/index.ts"
import type { OarlockNode } from "../../node/index.ts"
import { rangeRequest } from "../../wire/kv/index.ts"
import { operateEmbeddedNode, operationTimeoutMs } from "./node-operations.ts"

test("operationTimeoutMs: so long an operation may take, whichever it is", async () => {
  const timeouts: unknown[] = []
  const never = (...args: readonly unknown[]): Promise<never> => {
    timeouts.push((args.at(-1) as { timeoutMs?: number }).timeoutMs)
    return Promise.reject(new Error("never"))
  }
  const node = { propose: never, read: never, changeMembership: never, transferLeadership: never, snapshot: never }
  const operations = operateEmbeddedNode(node as unknown as OarlockNode, defaultKvLimits)
  const key = Uint8Array.of(1)
  const asked = [
    operations.put(key, key),
    operations.delete(key),
    operations.range(rangeRequest(key)),
    operations.changeMembership([{ kind: "remove", id: 2 }], 1),
    operations.transferLeadership(2),
    operations.takeSnapshot(),
  ]
  const outcomes = await Promise.allSettled(asked)
  expect(outcomes.map((outcome) => outcome.status)).toEqual(asked.map(() => "rejected"))
  expect(timeouts).toEqual(asked.map(() => operationTimeoutMs))
})
