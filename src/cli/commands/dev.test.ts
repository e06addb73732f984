/** What `oarlock dev` bounds: election timeouts, how long a start may take, and what counts as one press of Ctrl-C. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { runHere } from "../../../test/command-line/commands.ts"
import { Supervisor } from "../dev/supervisor.ts"
import { catchInterrupts, electionTimeoutLeastMs, electionTimeoutMostMs, sameInterruptMs, startTimeoutMs } from "./dev.ts"

let folder: string
/** What `start` of the supervisor was given, which starts nothing here. */
let patience: number[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oarlock-dev-"))
  patience = []
  vi.spyOn(Supervisor.prototype, "start").mockImplementation((forMs) => {
    patience.push(forMs)
    return Promise.reject(new Error("not here"))
  })
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

const dev = (...args: readonly string[]) => runHere(["dev", "--data", join(folder, "data"), "--base-port", "0", ...args], folder)

test("startTimeoutMs: so long the nodes may take until one leads, beside their election timeouts", async () => {
  await dev()
  await dev("--fresh", "--election-timeout", "1000")
  expect(patience).toEqual([startTimeoutMs, startTimeoutMs + 4_000])
})

test("electionTimeoutLeastMs: the shortest election timeout is taken, and anything below is refused in words", async () => {
  await dev("--election-timeout", String(electionTimeoutLeastMs))
  expect(patience).toHaveLength(1)
  const refused = await dev("--election-timeout", String(electionTimeoutLeastMs - 1))
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.stderr).toContain("--election-timeout")
  expect(patience).toHaveLength(1)
})

test("electionTimeoutMostMs: the longest election timeout is taken, and anything above is refused in words", async () => {
  await dev("--election-timeout", String(electionTimeoutMostMs))
  expect(patience).toHaveLength(1)
  const refused = await dev("--election-timeout", String(electionTimeoutMostMs + 1))
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.stderr).toContain("--election-timeout")
  expect(patience).toHaveLength(1)
})

test("sameInterruptMs: a signal that comes that soon after another is the same press of Ctrl-C", () => {
  let now = 1_000
  vi.spyOn(performance, "now").mockImplementation(() => now)
  const interrupts = catchInterrupts()
  try {
    process.emit("SIGINT")
    now += sameInterruptMs - 1
    process.emit("SIGTERM")
    expect(interrupts.count).toBe(1)
    now += 1
    process.emit("SIGINT")
    expect(interrupts.count).toBe(2)
  } finally {
    interrupts.release()
  }
})
