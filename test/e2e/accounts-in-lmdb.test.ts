/** The LMDB example in a real process: kill -9 at any moment loses no payment that was answered, and applies none twice. */

import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, expect, test } from "vitest"
import { fractionOf } from "../../src/core/index.ts"

const rounds = 12

interface Start {
  readonly point: number
  readonly applied: number
  readonly cents: number
  readonly last: number
}

let folder: string
let child: ChildProcess | null = null

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oarlock-e2e-"))
})

afterEach(async () => {
  await kill()
  rmSync(folder, { recursive: true, force: true })
})

async function kill(): Promise<void> {
  if (child?.exitCode === null && child.signalCode === null) {
    const exit = once(child, "exit")
    child.kill("SIGKILL")
    await exit
  }
  child = null
}

/** Starts the process, kills it after so many payments, and gives what it began with and the last payment that was answered. */
async function life(payments: number): Promise<{ start: Start; paid: number }> {
  child = spawn(process.execPath, [resolve("examples/accounts-in-lmdb/pay.mjs"), folder], { stdio: ["ignore", "pipe", "inherit"] })
  let start: Start | null = null
  let paid = 0
  let count = 0
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith("start ")) start = JSON.parse(line.slice("start ".length)) as Start
    if (line.startsWith("paid ")) {
      paid = Number(line.slice("paid ".length))
      count += 1
    }
    if (count === payments) child.kill("SIGKILL")
  }
  await kill()
  if (start === null) throw new Error("the process ended before it had started")
  return { start, paid }
}

test(`${rounds} times kill -9: a start goes on from the database, and every payment is there once`, async () => {
  let paidBefore = 0
  let fromDatabase = 0
  for (let round = 0; round < rounds; round++) {
    const { start, paid } = await life(1 + Math.floor(60 * fractionOf(round)))
    expect(start.cents).toBe(start.last)
    expect(start.last).toBeGreaterThanOrEqual(paidBefore)
    // There is a commit after 20 entries; a slice may hold more than one.
    expect(start.applied).toBeLessThan(40)
    if (start.point > 40) fromDatabase += 1
    paidBefore = paid
  }
  expect(paidBefore).toBeGreaterThan(200)
  expect(fromDatabase).toBeGreaterThan(3)
})
