// A state machine whose state is in LMDB: the contract, restarts on real nodes, commits that are cut off, snapshots while writes go on.

import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { open, type OarlockNode } from "../../src/node/index.ts"
import { checkStateMachine } from "../../src/testing/index.ts"
import { type Account, Accounts, pay } from "./accounts-in-lmdb.ts"
import { changedPages, withPages } from "./lmdb-pages.ts"

const commands = [
  ...Array.from({ length: 9 }, (_, id) => pay(id + 1, ["ann", "böb", "cleo"][id % 3]!, id - 2)),
  pay(10, "", 1),
  pay(11, "x".repeat(201), 1),
  pay(12, "nul\0", 1),
  pay(13, "ann", Number.MAX_SAFE_INTEGER),
]

let root: string
let folder: string
let node: OarlockNode<string, Account | null> | null = null
const machines: Accounts[] = []

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-lmdb-"))
  folder = path.join(root, "accounts")
})

afterEach(async () => {
  await node?.close()
  node = null
  for (const machine of machines.splice(0)) await machine.close()
  fs.rmSync(root, { recursive: true, force: true })
})

function machineIn(path: string | null, commitEntries = 1): Accounts {
  const machine = new Accounts(path, { commitEntries })
  machines.push(machine)
  return machine
}

/** Stops the node if one runs, and starts one with what the folder `accounts` holds now. */
async function restart(commitEntries = 1): Promise<Accounts> {
  await stop()
  const machine = machineIn(folder, commitEntries)
  node = await open<string, Account | null>({ id: 1, dataDir: path.join(root, "n1"), alone: true, machine })
  await node.leader()
  return machine
}

async function stop(): Promise<void> {
  await node?.close()
  node = null
  for (const machine of machines.splice(0)) await machine.close()
}

async function centsOf(name: string): Promise<number | undefined> {
  return (await node!.read(name)).answer?.cents
}

function restoreInto(machine: Accounts, chunks: Iterable<Uint8Array>): void {
  const sink = machine.restore()
  for (const chunk of chunks) sink.write(chunk)
  sink.finish()
}

function databaseFile(): string {
  return path.join(folder, "data.mdb")
}

test.each([
  ["in memory", null],
  ["in LMDB, with every third change committed", 3],
  ["in LMDB, with nothing committed", Infinity],
])("it keeps the contract of state machines: %s", (_, commitEntries) => {
  let made = 0
  const create = (): Accounts => {
    if (commitEntries === null) return machineIn(null)
    const machine = machineIn(path.join(root, `m${(made += 1)}`), commitEntries)
    // As a replica does it after each slice of entries.
    const apply = machine.apply.bind(machine)
    let index = 0
    machine.apply = (command, context) => {
      const result = apply(command, context)
      machine.persist({ index: (index += 1), records: new Map(), isWhole: false })
      return result
    }
    return machine
  }
  expect(checkStateMachine({ create, commands, queries: ["ann", "nobody", "böb"] })).toEqual({ skipped: [] })
})

test("without a folder it is a machine in memory, which a server can run too", async () => {
  node = await open<string, Account | null>({ id: 1, dataDir: path.join(root, "n1"), alone: true, machine: machineIn(null) })
  await node.propose(pay(1, "ann", 5))
  expect(await centsOf("ann")).toBe(5)
})

test("a start goes on from the database, and applies nothing again", async () => {
  await restart()
  const session = await node!.openSession()
  for (let id = 1; id <= 10; id++) await session.propose(pay(id, "ann", 10))
  for (let id = 11; id <= 20; id++) await node!.propose(pay(id, "böb", 1))
  const machine = await restart()
  expect(machine.appliedIndex()).toBeGreaterThan(20)
  expect(machine.applied).toBe(0)
  expect([await centsOf("ann"), await centsOf("böb"), await centsOf("nobody")]).toEqual([100, 10, undefined])
  await node!.propose(pay(21, "ann", 1))
  expect(await centsOf("ann")).toBe(101)
})

test("one commit serves many points, and what came after it is applied from the log", async () => {
  const first = await restart(50)
  for (let id = 1; id <= 120; id++) await node!.propose(pay(id, `account ${id}`, id))
  // The first point of a new machine is whole, and is committed at once.
  expect(first.commits).toBe(3)
  const again = await restart(50)
  expect([again.applied > 0, again.applied <= 50]).toEqual([true, true])
  expect([await centsOf("account 1"), await centsOf("account 120")]).toEqual([1, 120])
})

test("a database that is gone is made anew from snapshot and log, and kept again", async () => {
  await restart()
  for (let id = 1; id <= 20; id++) await node!.propose(pay(id, "ann", 1))
  await node!.snapshot()
  await node!.propose(pay(21, "ann", 1))
  await stop()
  fs.rmSync(folder, { recursive: true })
  const anew = await restart()
  expect(anew.applied).toBe(1)
  expect(await centsOf("ann")).toBe(21)
  const again = await restart()
  expect(again.applied).toBe(0)
  expect(await centsOf("ann")).toBe(21)
})

test("a commit that is cut off anywhere before its last page leaves the point before it", () => {
  const machine = machineIn(folder)
  const point = (index: number): void => {
    for (let i = 0; i < 40; i++) machine.apply(pay(index, `account ${(index * 7 + i) % 90}`, index), { index, timeMs: 0 })
    machine.persist({ index, records: new Map([[index % 3, Uint8Array.of(index)]]), isWhole: false })
  }
  for (let index = 1; index <= 8; index++) point(index)
  const before = fs.readFileSync(databaseFile())
  const wanted = { index: 8, hash: machine.hash(), records: [...machine.records()] }
  point(9)
  const after = fs.readFileSync(databaseFile())
  const pages = changedPages(before, after)
  // Two pages at the start hold the roots; the rest is written and synced before one of them.
  expect(pages.filter((page) => page < 2)).toHaveLength(1)
  const data = pages.filter((page) => page >= 2)
  expect(data.length).toBeGreaterThan(3)
  for (let written = 0; written <= data.length; written++) {
    const cut = path.join(root, `cut ${written}`)
    fs.mkdirSync(cut)
    fs.writeFileSync(path.join(cut, "data.mdb"), withPages(before, after, data.slice(0, written)))
    const found = machineIn(cut)
    expect({ index: found.appliedIndex(), hash: found.hash(), records: [...found.records()] }).toEqual(wanted)
  }
})

test("a commit that fails changes nothing in the database", () => {
  const machine = machineIn(folder)
  machine.apply(pay(1, "ann", 5), { index: 1, timeMs: 0 })
  machine.persist({ index: 1, records: new Map([[0, Uint8Array.of(1)]]), isWhole: true })
  machine.apply(pay(2, "ann", 5), { index: 2, timeMs: 0 })
  // LMDB is met with something that it cannot store, after it has stored something else.
  const records = new Map([
    [0, Uint8Array.of(2)],
    [1, Symbol("no bytes") as unknown as Uint8Array],
  ])
  expect(() => machine.persist({ index: 2, records, isWhole: false })).toThrow()
  const found = machineIn(folder)
  expect([found.appliedIndex(), found.query("ann"), [...found.records()].length]).toEqual([1, { cents: 5, last: 1 }, 1])
})

test("a snapshot is the state of its moment while commits go on, and its read transaction ends with release", async () => {
  const machine = machineIn(folder)
  for (let id = 1; id <= 2500; id++) machine.apply(pay(id, `account ${id}`, id), { index: id, timeMs: 0 })
  machine.persist({ index: 2500, records: new Map(), isWhole: true })
  machine.apply(pay(1001, "not committed", 1), { index: 2501, timeMs: 0 })
  const hash = machine.hash()
  const frozen = machine.clone()
  const chunks: Uint8Array[] = []
  const iterator = frozen.snapshot()
  let index = 2501
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    chunks.push(next.value)
    for (let i = 0; i < 500; i++) {
      index += 1
      machine.apply(pay(index, `account ${i * 5}`, 1), { index, timeMs: 0 })
    }
    machine.persist({ index, records: new Map(), isWhole: false })
    // lmdb ends its own read transactions in a turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect(chunks).toHaveLength(4)
  expect(frozen.hash()).toBe(hash)
  frozen.release()
  frozen.release()
  const restored = machineIn(path.join(root, "restored"))
  restoreInto(restored, chunks)
  expect(restored.hash()).toBe(hash)
  expect(machine.hash()).not.toBe(hash)
})

test("more snapshots are taken than LMDB has places for readers, as long as each clone is released", () => {
  const machine = machineIn(folder)
  const places = 126
  for (let index = 1; index <= places + 4; index++) {
    machine.apply(pay(index, "ann", 1), { index, timeMs: 0 })
    machine.persist({ index, records: new Map(), isWhole: false })
    const clone = machine.clone()
    expect(clone.query("ann")?.cents).toBe(index)
    clone.release()
  }
})

test("a restore is not in the database before the next point, and a crash in its middle leaves the state before it", () => {
  const source = machineIn(null)
  for (let id = 1; id <= 3000; id++) source.apply(pay(id, `account ${id}`, 2), { index: id, timeMs: 0 })
  const machine = machineIn(folder)
  machine.apply(pay(1, "ann", 5), { index: 1, timeMs: 0 })
  machine.persist({ index: 1, records: new Map([[0, Uint8Array.of(1)]]), isWhole: true })
  const chunks = [...{ [Symbol.iterator]: () => source.snapshot() }]
  machine.restore().write(chunks[0]!)
  restoreInto(machine, chunks)
  const crashed = path.join(root, "crashed")
  fs.cpSync(folder, crashed, { recursive: true })
  const found = machineIn(crashed)
  expect([found.appliedIndex(), found.query("ann"), found.query("account 1")]).toEqual([1, { cents: 5, last: 1 }, null])
  machine.persist({ index: 3000, records: new Map([[0, Uint8Array.of(2)]]), isWhole: true })
  // A second restore may begin before and after that point.
  restoreInto(machine, chunks.slice(0, 1))
  const later = path.join(root, "later")
  fs.cpSync(folder, later, { recursive: true })
  const kept = machineIn(later)
  expect([kept.appliedIndex(), kept.query("ann"), kept.hash()]).toEqual([3000, null, source.hash()])
})
