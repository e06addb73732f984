import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { KeyValueMachine } from "../../kv/index.ts"
import type { OarlockNode } from "../../node/index.ts"
import { decodeKvCommand } from "../../wire/kv/index.ts"
import type { Logger } from "../logging/logging.ts"
import { compactHistory, intervalMs } from "./history-compaction.ts"

const log = { debug: () => {}, error: (_: unknown, message: string) => expect.fail(message) } as unknown as Logger
let role: string
let heldBytes: number
let proposed: unknown[]
let stop: () => void

/** A store whose past weighs `heldBytes`, and half of that once it was compacted. */
const machine = { revisionToCompact: (most: number) => (heldBytes > most ? 17 : null) } as unknown as KeyValueMachine
const node = {
  engine: { status: () => ({ role }) },
  propose: (command: Uint8Array) => {
    proposed.push(decodeKvCommand(command))
    heldBytes /= 2
    return Promise.resolve()
  },
} as unknown as OarlockNode

beforeEach(() => {
  vi.useFakeTimers()
  role = "leader"
  heldBytes = 0
  proposed = []
})

afterEach(() => {
  stop()
  vi.useRealTimers()
})

test("intervalMs: so often the leader looks whether the past outweighs its limit", async () => {
  stop = compactHistory(node, machine, 1000, log)
  heldBytes = 1001
  await vi.advanceTimersByTimeAsync(intervalMs - 1)
  expect(proposed).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(proposed).toMatchObject([{ kind: "compact", revision: 17 }])
})

test("historyBytesMax: as much past as that is kept; more is compacted by the leader, and by nobody else; 0 keeps all", async () => {
  stop = compactHistory(node, machine, 1000, log)
  heldBytes = 1000
  await vi.advanceTimersByTimeAsync(10 * intervalMs)
  expect(proposed).toEqual([])
  heldBytes = 1001
  role = "follower"
  await vi.advanceTimersByTimeAsync(10 * intervalMs)
  expect(proposed).toEqual([])
  role = "leader"
  await vi.advanceTimersByTimeAsync(10 * intervalMs)
  expect(proposed).toHaveLength(1)
  stop()
  stop = compactHistory(node, machine, 0, log)
  heldBytes = 1e12
  await vi.advanceTimersByTimeAsync(10 * intervalMs)
  expect(proposed).toHaveLength(1)
})
