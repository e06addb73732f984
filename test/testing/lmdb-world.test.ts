// The LMDB example in simulated clusters, under crashes and all other faults, with real LMDB files that come back older, cut off or not at all.

import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import type { MachinePoint } from "../../src/replica/index.ts"
import { SimulationFailure } from "../../src/simulator/index.ts"
import { Accounts } from "./accounts-in-lmdb.ts"
import { runWithLmdb } from "./lmdb-world.ts"

/** Every commit is synced. */
const timeout = 120_000

let root: string

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-lmdb-"))
})

afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

function run(seed: number, commitEntries: number, Machine?: typeof Accounts): ReturnType<typeof runWithLmdb> {
  return runWithLmdb(fs.mkdtempSync(path.join(root, "run-")), seed, commitEntries, Machine)
}

test("servers go on from LMDB files as they were left, of earlier commits and of commits that were cut off", { timeout }, async () => {
  const { starts } = await run(3, 1)
  expect(Math.min(starts.asLeft, starts.earlier, starts.cutOff, starts.gone)).toBeGreaterThan(0)
  expect(starts.goneOn).toBeGreaterThan(10)
  expect(starts.goneOnFromEarlier).toBeGreaterThan(3)
})

test("servers whose machines commit only some of their points go on from the points that they have", { timeout }, async () => {
  const { report, starts } = await run(10, 4)
  expect(starts.goneOn).toBeGreaterThan(10)
  expect(report.coverage.snapshotsInstalled).toBeGreaterThan(0)
})

test("the same seed gives the same run, whatever LMDB does with its pages", { timeout }, async () => {
  const [one, another] = [await run(11, 1), await run(11, 1)]
  expect(another.report.hash).toBe(one.report.hash)
  expect(another.starts).toEqual(one.starts)
})

/** Keeps the root record of each point, and no session. */
class Forgetful extends Accounts {
  override persist(point: MachinePoint): void {
    super.persist({ ...point, records: new Map([...point.records].filter(([number]) => number === 0)) })
  }
}

test("a machine that keeps no sessions is found", { timeout }, async () => {
  const error: unknown = await run(11, 1, Forgetful).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(SimulationFailure)
  expect((error as SimulationFailure).violation).toMatchObject({ checker: "equal-states" })
})
