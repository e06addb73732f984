// Real nodes around state machines and listeners that misbehave: what stops says why, what goes on says so too.

import { once } from "node:events"
import fs from "node:fs"
import net from "node:net"
import os from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import {
  type ApplyContext,
  OarlockError,
  type OarlockNode,
  open,
  type OpenOptions,
  type SnapshotSink,
  type Stall,
  type StateMachine,
} from "./index.ts"

const bytes = (value: string) => new TextEncoder().encode(value)
const text = (data: Uint8Array) => new TextDecoder().decode(data)

/** Adds numbers. `throw` throws, `block <ms>` keeps the loop for so long, `dice` adds what no other server knows. */
class Adder implements StateMachine<null, number> {
  value = 0
  cloneMs = 0
  restores = true
  dice = 0

  apply(command: Uint8Array, _context: ApplyContext): Uint8Array {
    const [verb = "", ms] = text(command).split(" ")
    if (verb === "throw") throw new TypeError("poison")
    if (verb === "block") block(Number(ms))
    else if (verb === "dice") this.value += this.dice
    else this.value += Number(verb)
    return bytes(String(this.value))
  }

  query(): number {
    return this.value
  }

  *snapshot(): Generator<Uint8Array> {
    yield bytes(String(this.value))
  }

  restore(): SnapshotSink {
    if (!this.restores) throw new Error("of a newer version")
    let value = 0
    return {
      write(chunk) {
        value = Number(text(chunk))
      },
      finish: () => {
        this.value = value
      },
    }
  }

  hash(): number {
    return this.value >>> 0
  }

  clone(): Adder {
    block(this.cloneMs)
    return Object.assign(new Adder(), this)
  }
}

function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

type AdderNode = OarlockNode<null, number>

let root: string
let nodes: AdderNode[] = []

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-foreign-"))
})

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()))
  fs.rmSync(root, { recursive: true, force: true })
})

async function start(id: number, options: Partial<OpenOptions<null, number>> = {}): Promise<AdderNode> {
  const node = await open<null, number>({
    id,
    dataDir: path.join(root, `n${id}`),
    machine: new Adder(),
    ...("cluster" in options ? {} : { alone: true }),
    ...options,
  })
  nodes.push(node)
  return node
}

async function stop(node: AdderNode): Promise<void> {
  nodes = nodes.filter((other) => other !== node)
  await node.close()
}

async function three(options: Partial<OpenOptions<null, number>>): Promise<AdderNode[]> {
  const servers = [1, 2, 3].map(() => net.createServer().listen(0, "127.0.0.1"))
  await Promise.all(servers.map((server) => once(server, "listening")))
  const cluster = servers.map((server, at) => ({ id: at + 1, peerAddress: `127.0.0.1:${(server.address() as net.AddressInfo).port}` }))
  await Promise.all(servers.map((server) => once(server.close(), "close")))
  clusterOptions = { cluster, raft: { electionTimeoutMinMs: 300, electionTimeoutMaxMs: 600, heartbeatIntervalMs: 50 }, ...options }
  return Promise.all(cluster.map(({ id }) => start(id, clusterOptions)))
}

let clusterOptions: Partial<OpenOptions<null, number>> = {}

async function failure(work: Promise<unknown>): Promise<OarlockError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof OarlockError)) throw new Error(`this is no OarlockError: ${String(error)}`)
  return error
}

describe("a poison command", () => {
  test("stops every server that comes to it; each says whose mistake it is, where, and how to go on; so does open", async () => {
    const logged: string[] = []
    const cluster = await three({
      log: (level, message) => {
        if (level === "error") logged.push(message)
      },
    })
    const [first] = cluster
    await first!.propose(bytes("1"))
    const error = await failure(first!.propose(bytes("throw"), { timeoutMs: 5_000 }))
    const expected = /your state machine's apply threw at entry \d+ \(a command of 5 bytes\): TypeError: poison[^]*onApplyError: "refuse"/
    const halted = () => cluster.filter((node) => node.status().halted !== null)
    // One is left without a majority, and does not come to it.
    for (let i = 0; i < 200 && halted().length < 2; i++) await sleep(20)
    expect(halted().length).toBeGreaterThanOrEqual(2)
    for (const node of halted()) {
      expect(node.status()).toMatchObject({ role: "halted", leaderId: null, halted: expect.stringMatching(expected) as string })
      const refused = await failure(node.propose(bytes("1")))
      expect(refused).toMatchObject({ code: "stopped", outcome: "rejected", message: expect.stringMatching(expected) as string })
      expect(refused.cause).toMatchObject({ message: "poison" })
    }
    expect(logged.some((line) => expected.test(line) && line.includes("Adder.apply"))).toBe(true)
    if (error.code === "stopped") expect(error.cause).toBeInstanceOf(TypeError)

    const [one] = halted()
    await stop(one!)
    const reopened = await failure(start(one!.id, clusterOptions))
    expect(reopened).toMatchObject({ code: "machineFailed", message: expect.stringMatching(expected) as string })
    expect(reopened.cause).toBeInstanceOf(TypeError)

    // The way on that the words name.
    await Promise.all(nodes.slice().map(stop))
    const again = await Promise.all([1, 2, 3].map((id) => start(id, { ...clusterOptions, onApplyError: "refuse" })))
    await again[0]!.leader()
    expect(text((await again[0]!.propose(bytes("1"))).result)).toBe("2")
  })

  test("whose commit did not reach the disk stops the opening of a node that is the only voter", async () => {
    const node = await start(1, { onApplyError: "refuse" })
    await node.propose(bytes("1"))
    expect((await failure(node.propose(bytes("throw")))).code).toBe("applyFailed")
    await stop(node)
    await expect(node.closed).resolves.toBeNull()
    const error = await failure(start(1))
    expect(error).toMatchObject({
      code: "machineFailed",
      message: expect.stringMatching(/^could not open node 1 on .*apply threw at entry \d+/) as string,
    })
    expect(error.cause).toMatchObject({ message: "poison" })
    // Nothing was left open.
    const again = await start(1, { onApplyError: "refuse" })
    expect((await again.read(null)).answer).toBe(1)
  })

  test("of which only the others can say that it is committed stops a node after open has resolved: closed says so in the same words", async () => {
    const cluster = await three({ onApplyError: "refuse" })
    await cluster[0]!.propose(bytes("1"))
    await failure(cluster[0]!.propose(bytes("throw")))
    for (const node of cluster) await stop(node)
    const again = await Promise.all([1, 2, 3].map((id) => start(id, { ...clusterOptions, onApplyError: id === 1 ? "halt" : "refuse" })))
    const because = await again[0]!.closed
    expect(because).toMatch(/your state machine's apply threw at entry \d+ \(a command of 5 bytes\): TypeError: poison/)
    expect(again[0]!.status()).toMatchObject({ role: "halted", halted: because })
    expect((await failure(again[0]!.propose(bytes("1")))).message).toContain(because)
    expect((await again[1]!.propose(bytes("1"), { timeoutMs: 5_000 })).index).toBeGreaterThan(3)
  })

  test("is refused by all where all are opened so, and the cluster goes on through snapshots and restarts", async () => {
    let cluster = await three({ onApplyError: "refuse", limits: { snapshotLogEntriesMax: 20, keptTailBytes: 0 } })
    const session = await cluster[0]!.openSession()
    const error = await failure(session.propose(bytes("throw")))
    expect(error).toMatchObject({ code: "applyFailed", outcome: "rejected", cause: { message: "poison" } })
    expect(error.message).toMatch(/refused the command of entry \d+: TypeError: poison; it changed nothing, on any server/)
    for (let i = 0; i < 30; i++) await cluster[i % 3]!.propose(bytes("1"))
    expect((await failure(cluster[1]!.propose(bytes("throw")))).code).toBe("applyFailed")
    await cluster[2]!.snapshot()
    for (const node of cluster) await stop(node)
    cluster = await Promise.all([1, 2, 3].map((id) => start(id, clusterOptions)))
    expect(text((await cluster[0]!.propose(bytes("1"))).result)).toBe("31")
    for (const node of cluster) {
      expect((await node.read(null)).answer).toBe(31)
      expect(node.status()).toMatchObject({ commandsRefused: 2, halted: null })
    }
  })
})

test("a member whose state became another one is found by the others' word, and stops in words; they go on", async () => {
  const cluster = await three({ verifyEveryEntries: 32 })
  await cluster[0]!.propose(bytes("1"))
  const victim = cluster.find((node) => node.status().role !== "leader")!
  await stop(victim)
  const machine = new Adder()
  const spoilt = await start(victim.id, { ...clusterOptions, machine })
  await spoilt.propose(bytes("1"))
  machine.value += 1_000
  const halted = once(spoilt.events, "halted") as Promise<[string]>
  const other = cluster.find((node) => node !== victim)!
  for (let i = 0; i < 40; i++) await other.propose(bytes("1"))
  expect((await halted)[0]).toMatch(
    /^this server's state is not that of the others: after entry \d+ its state has the hash .* Somewhere in entries \d+ to \d+/,
  )
  for (let i = 0; i < 40; i++) await other.propose(bytes("1"))
  expect(other.status().halted).toBeNull()
})

test("a state machine that is not deterministic is found on real nodes, and the words name the entries, of which one is the first that differed", async () => {
  const cluster = await three({ verifyEveryEntries: 32 })
  const leader = await cluster[0]!.leader()
  const victim = cluster.find((node) => node.id !== leader)!
  await stop(victim)
  const spoilt = await start(victim.id, { ...clusterOptions, machine: Object.assign(new Adder(), { dice: 7 }) })
  const other = cluster.find((node) => node !== victim)!
  for (let i = 0; i < 40; i++) await other.propose(bytes("1"))
  const halted = once(spoilt.events, "halted") as Promise<[string]>
  const { index } = await other.propose(bytes("dice"))
  while (other.status().lastApplied < index + 64) await other.propose(bytes("1"))
  const [because] = await halted
  const [, first, last] =
    /Somewhere in entries (\d+) to (\d+) its state machine did something else: it is not deterministic/.exec(because) ?? []
  expect(Number(first)).toBeGreaterThan(1)
  expect(Number(first)).toBeLessThanOrEqual(index)
  expect(Number(last)).toBeGreaterThanOrEqual(index)
  expect(Number(last) - Number(first)).toBe(31)
  expect(spoilt.status()).toMatchObject({ role: "halted", halted: because })
  expect((await other.read(null)).answer).toBeGreaterThanOrEqual(100)
})

test("open rejects where the snapshot cannot be restored: whose mistake, where, and the error itself", async () => {
  const node = await start(1)
  await node.propose(bytes("1"))
  await node.snapshot()
  await stop(node)
  const error = await failure(start(1, { machine: Object.assign(new Adder(), { restores: false }) }))
  expect(error.code).toBe("machineFailed")
  expect(error.message).toMatch(
    /cannot be restored from it: your state machine's restore threw: Error: of a newer version[^]*Adder\.restore/,
  )
  expect(error.cause).toMatchObject({ message: "of a newer version" })
})

test("a query that throws or returns a Promise is its caller's affair", async () => {
  const machine = new Adder()
  const node = await start(1, { machine })
  await node.leader()
  machine.query = () => {
    throw new Error("mine")
  }
  expect(await failure(node.read(null))).toMatchObject({ code: "queryFailed", cause: { message: "mine" } })
  machine.query = (() => Promise.reject(new Error("later"))) as unknown as () => number
  expect((await failure(node.read(null))).message).toMatch(/failed in your state machine's query: it returned a Promise/)
})

test("listeners, the log and onSync that throw or reject are told once, counted, and harm nobody", async () => {
  const logged: string[] = []
  const node = await start(1, {
    log: (_level, message) => {
      logged.push(message)
      throw new Error("of the log")
    },
    onSync: () => {
      throw new Error("of onSync")
    },
  })
  const heard: string[] = []
  node.events.on("observation", () => {
    throw new Error("of a listener")
  })
  const rejecting = (): unknown => Promise.reject(new Error("of an asynchronous listener"))
  node.events.on("observation", rejecting)
  node.events.on("observation", ({ kind }) => heard.push(kind))
  for (let i = 0; i < 5; i++) await node.propose(bytes("1"))
  expect((await node.read(null)).answer).toBe(5)
  expect(heard).toContain("becameLeader")
  expect(node.status().listenerErrors).toBeGreaterThan(5)
  expect(logged.filter((line) => line.startsWith('your listener of "observation" threw'))).toHaveLength(1)
  expect(logged.filter((line) => line.startsWith("your onSync threw"))).toHaveLength(1)
})

describe("a stall", () => {
  const raft = { electionTimeoutMinMs: 150, electionTimeoutMaxMs: 300, heartbeatIntervalMs: 50 }

  /** The next one that is told of that function of the state machine, be there others on a busy machine. */
  const stallIn = (node: AdderNode, call: Stall["call"]) =>
    new Promise<Stall>((resolve) => {
      node.events.on("stalled", (stall) => {
        if (stall.call === call && stall.forMs > 200) resolve(stall)
      })
    })

  test("is told with its length, whose it was and what to do: as an event, an observation and a line", async () => {
    const logged: string[] = []
    const node = await start(1, {
      raft,
      log: (level, message) => {
        if (level === "warn") logged.push(message)
      },
    })
    await node.leader()
    const told = stallIn(node, "apply")
    const observed: string[] = []
    node.events.on("observation", ({ kind }) => observed.push(kind))
    const { index } = await node.propose(bytes("block 400"))
    const about = await told
    expect(about).toMatchObject({ call: "apply", index })
    expect(about.forMs).toBeGreaterThanOrEqual(400)
    expect(about.message).toMatch(
      new RegExp(
        `^the event loop was blocked for \\d+ ms, of which \\d+ ms in your state machine's apply of entry ${index} \\(9 bytes\\); ` +
          "heartbeats are every 50 ms, elections after 150: make apply shorter, or raise electionTimeoutMinMs",
      ),
    )
    expect(observed).toContain("stalled")
    expect(logged.includes(about.message)).toBe(true)
    const { stalls: count, stalledMs } = node.status().loop
    expect(count).toBeGreaterThanOrEqual(1)
    expect(stalledMs).toBeGreaterThanOrEqual(400)
  })

  test("in clone names clone", async () => {
    const machine = new Adder()
    const node = await start(1, { raft, machine })
    await node.propose(bytes("1"))
    const told = stallIn(node, "clone")
    machine.cloneMs = 400
    await node.snapshot()
    expect((await told).message).toMatch(/in your state machine's clone; .*make clone shorter/)
  })

  test("of other work of the process is told too", async () => {
    const node = await start(1, { raft })
    await node.propose(bytes("1"))
    const told = stallIn(node, null)
    setTimeout(() => block(400), 1)
    expect((await told).message).toMatch(/blocked for \d+ ms/)
  })
})
