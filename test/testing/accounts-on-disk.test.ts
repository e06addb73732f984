// A state machine that keeps its state on disk, on real nodes: the example that docs/testing-your-state-machine.md tells of, and what is wrong in words.

import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { OarlockError, open, type OarlockNode } from "../../src/node/index.ts"
import type { MachinePoint, StateMachine } from "../../src/replica/index.ts"
import { checkStateMachine } from "../../src/testing/index.ts"

interface Accounts extends StateMachine<string, number> {
  applied: number
  appliedIndex(): number
  records(): Map<number, Uint8Array>
  persist(point: MachinePoint): void
}
const example: unknown = await import(new URL("../../examples/accounts-on-disk/accounts.mjs", import.meta.url).href)
const { Accounts } = example as { readonly Accounts: new (file?: string | null) => Accounts }

const pay = (to: string, cents: number): Uint8Array => new TextEncoder().encode(JSON.stringify({ to, cents }))

let root: string
let file: string
let node: OarlockNode<string, number> | null = null

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-kept-"))
  file = path.join(root, "accounts")
})

afterEach(async () => {
  await node?.close()
  node = null
  fs.rmSync(root, { recursive: true, force: true })
})

async function start(machine: Accounts, folder = "n1"): Promise<OarlockNode<string, number>> {
  await node?.close()
  node = null
  node = await open<string, number>({ id: 1, dataDir: path.join(root, folder), alone: true, machine })
  await node.leader()
  return node
}

async function failure(work: Promise<unknown>): Promise<OarlockError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof OarlockError)) throw new Error(`this is no OarlockError: ${String(error)}`)
  return error
}

async function balance(of: string): Promise<number> {
  return (await node!.read(of)).answer
}

/** Some writes, in a session and without, and a close. */
async function work(): Promise<void> {
  const one = await start(new Accounts(file))
  const session = await one.openSession()
  for (let i = 0; i < 10; i++) await session.propose(pay("ann", 10))
  for (let i = 0; i < 10; i++) await one.propose(pay("böb", 1))
  await one.close()
}

test("it keeps the contract of state machines", () => {
  expect(
    checkStateMachine({ create: () => new Accounts(), commands: [pay("ann", 5), pay("bob", 7), pay("ann", -2)], queries: ["ann", "bob"] }),
  ).toBeDefined()
})

test("without a file it is a machine in memory, which writes none", async () => {
  await start(new Accounts())
  await node!.propose(pay("ann", 5))
  expect(await balance("ann")).toBe(5)
  expect(fs.existsSync("null.new")).toBe(false)
})

test("a start goes on from the machine's own state, and applies nothing again", async () => {
  await work()
  const machine = new Accounts(file)
  expect(machine.appliedIndex()).toBeGreaterThan(20)
  await start(machine)
  expect(machine.applied).toBe(0)
  expect(await balance("ann")).toBe(100)
  expect(await balance("böb")).toBe(10)
  await node!.propose(pay("ann", 1))
  expect(await balance("ann")).toBe(101)
})

test("a file that lost its end is gone on from where it still is, and one that is gone is made anew from snapshot and log", async () => {
  await work()
  fs.truncateSync(file, fs.statSync(file).size - 700)
  const torn = new Accounts(file)
  await start(torn)
  expect([torn.applied > 0, torn.applied < 20]).toEqual([true, true])
  expect([await balance("ann"), await balance("böb")]).toEqual([100, 10])
  await node!.snapshot()
  await node!.propose(pay("ann", 1))
  fs.rmSync(file)
  await start(new Accounts(file))
  expect([await balance("ann"), await balance("böb")]).toEqual([101, 10])
  // And what was made anew is kept again.
  const again = new Accounts(file)
  await start(again)
  expect(again.applied).toBe(0)
  expect(await balance("ann")).toBe(101)
})

test("a long file is written anew", async () => {
  const one = await start(new Accounts(file))
  const name = "x".repeat(30_000)
  for (let i = 0; i < 12; i++) await one.propose(pay(name, 1))
  await one.close()
  expect(fs.statSync(file).size).toBeLessThan(300_000)
  await start(new Accounts(file))
  expect(await balance(name)).toBe(12)
})

test("a state of another data folder, or of a log that went back, is refused in words", async () => {
  await work()
  const message = (await failure(start(new Accounts(file), "another"))).message
  expect(message).toMatch(
    /the state machine keeps the state after entry \d+, but the log ends at \d+: one of the two went back in time, or belongs to another server/,
  )
  expect(message).toContain("start with an empty state machine")
  const other = await start(new Accounts(path.join(root, "other")), "another")
  for (let i = 0; i < 40; i++) await other.propose(pay("cleo", 1))
  expect((await failure(start(new Accounts(file), "another"))).message).toMatch(
    /it belongs to another data folder \(of incarnation [0-9a-f]{16}, not [0-9a-f]{16}\)/,
  )
})

test("records that are not those of the state are refused in words", async () => {
  await work()
  const machine = new Accounts(file)
  const index = machine.appliedIndex()
  machine.appliedIndex = () => index - 1
  const error = await failure(start(machine))
  expect(error.code).toBe("corruptData")
  expect(error.message).toContain(
    `its records are those of entry ${index}: persist has to keep state, index and records in one transaction`,
  )
  const forgetful = new Accounts(file)
  forgetful.records = () => new Map()
  expect((await failure(start(forgetful))).message).toContain("it does not have the records that it was given to keep")
})

test("a machine whose disk fails stops its server in words; started again, it goes on from its last point", async () => {
  await work()
  const machine = new Accounts(file)
  const one = await start(machine)
  machine.persist = () => {
    throw new Error("no space left")
  }
  await failure(one.propose(pay("ann", 1)))
  expect(await one.closed).toMatch(
    /your state machine's persist threw after entry \d+: Error: no space left\. Its state on disk is that of an earlier entry: repair its storage, and start again/,
  )
  await start(new Accounts(file))
  expect(await balance("ann")).toBe(101)
})
