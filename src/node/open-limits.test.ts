import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { expect, test } from "vitest"
import { CounterMachine } from "../../test/replica/counter-machine.ts"
import { open, type OpenOptions } from "./index.ts"
import { resolveOptions } from "./opening/open-options.ts"

const dataDir = path.join(os.tmpdir(), "oarlock-never-made")
const optionsWith = (more: Partial<OpenOptions>): OpenOptions => ({ id: 1, dataDir, machine: new CounterMachine(), alone: true, ...more })

test("the longest proposal that a frame has room for is taken, and one byte more is refused before the folder is touched", async () => {
  const frameBytesMax = 4 << 20
  const most = frameBytesMax - 101
  expect(resolveOptions(optionsWith({ transportLimits: { frameBytesMax }, raft: { proposalBytesMax: most } })).limits.frameBytesMax).toBe(
    frameBytesMax,
  )
  const opened = open(optionsWith({ transportLimits: { frameBytesMax }, raft: { proposalBytesMax: most + 1 } }))
  await expect(opened).rejects.toMatchObject({
    code: "badOptions",
    message: expect.stringContaining(`lower proposalBytesMax to at most ${most}`) as unknown,
  })
  expect(fs.existsSync(dataDir)).toBe(false)
})

test.each<[string, Partial<OpenOptions>, string]>([
  ["a window of entries and a frame", { raft: { appendBytesMax: 17 << 20 } }, "appendBytesMax is 17825792"],
  ["a snapshot's chunk and a frame", { limits: { snapshotChunkBytes: 17 << 20 } }, "snapshotChunkBytes is 17825792"],
  ["two limits of a frame", { limits: { frameBytesMax: 1 << 20 } }, "set it in transportLimits alone"],
  ["silence and signs of life", { transportLimits: { silenceMaxMs: 999 } }, "raise silenceMaxMs to at least 1000, or lower pulseMs"],
  ["the first and the longest wait", { transportLimits: { redialFirstMs: 1_001 } }, "redialCapMs is 1000, below redialFirstMs (1001)"],
  ["a limit of nothing", { transportLimits: { idleMs: 0 } }, "idleMs is 0; it must be an integer above 0"],
])("%s that do not fit each other are refused in words", (_title, more, words) => {
  expect(() => resolveOptions(optionsWith(more))).toThrow(words)
})

test.each<[string, Partial<OpenOptions>]>([
  ["as much silence as two signs of life take", { transportLimits: { silenceMaxMs: 1_000 } }],
  ["a first wait as long as the longest", { transportLimits: { redialFirstMs: 1_000 } }],
  ["the same limit of a frame twice", { limits: { frameBytesMax: 16 << 20 } }],
])("%s is allowed", (_title, more) => {
  expect(() => resolveOptions(optionsWith(more))).not.toThrow()
})
