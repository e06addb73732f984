import { once } from "node:events"
import fs from "node:fs"
import net from "node:net"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { OarlockError, type OarlockNode, open, type OpenOptions, type SnapshotSink, type StateMachine } from "./index.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const bytes = (text: string) => encoder.encode(text)
const text = (data: Uint8Array) => decoder.decode(data)

/** A number that can be added to, and how often that was done. Its result is the new number. */
class Counter implements StateMachine<"value", number> {
  value = 0
  applied = 0

  apply(command: Uint8Array): Uint8Array {
    this.applied++
    this.value += Number(text(command))
    return bytes(String(this.value))
  }

  query(query: "value"): number {
    if (query !== "value") throw new Error(`what is ${String(query)}?`)
    return this.value
  }

  *snapshot(): Generator<Uint8Array> {
    yield bytes(JSON.stringify([this.value, this.applied]))
  }

  restore(): SnapshotSink {
    let state: [number, number] = [0, 0]
    return {
      write: (chunk) => {
        state = JSON.parse(text(chunk)) as [number, number]
      },
      finish: () => {
        ;[this.value, this.applied] = state
      },
    }
  }

  clone(): Counter {
    return Object.assign(new Counter(), this)
  }

  hash(): number {
    return (this.value * 31 + this.applied) >>> 0
  }
}

type CounterNode = OarlockNode<"value", number>

let root: string
let nodes: CounterNode[] = []

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-node-"))
})

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()))
  fs.rmSync(root, { recursive: true, force: true })
})

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"))
  await Promise.all(servers.map((server) => once(server, "listening")))
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), "close")))
  return ports
}

async function start(id: number, options: Partial<OpenOptions<"value", number>> = {}): Promise<CounterNode> {
  const beginning = "cluster" in options || "join" in options || "alone" in options ? {} : { alone: true }
  const node = await open<"value", number>({ id, dataDir: path.join(root, `n${id}`), machine: new Counter(), ...beginning, ...options })
  nodes.push(node)
  return node
}

async function members(count: number): Promise<{ id: number; peerAddress: string }[]> {
  return (await freePorts(count)).map((port, position) => ({ id: position + 1, peerAddress: `127.0.0.1:${port}` }))
}

async function startCluster(count: number, options: Partial<OpenOptions<"value", number>> = {}): Promise<CounterNode[]> {
  const cluster = await members(count)
  const started = await Promise.all(cluster.map(({ id }) => start(id, { cluster, ...options })))
  await Promise.all(started.map((node) => node.leader()))
  return started
}

async function failure(promise: Promise<unknown>): Promise<OarlockError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OarlockError)
  return error as OarlockError
}

/** Looks every few milliseconds: for what no event tells. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function stop(node: CounterNode): Promise<void> {
  nodes = nodes.filter((other) => other !== node)
  await node.close()
}

describe("a node alone", () => {
  test("elects itself, applies in order, answers reads, and remembers everything after it was closed", async () => {
    const node = await start(1)
    expect(await node.leader()).toBe(1)
    const first = await node.propose(bytes("20"))
    const second = await node.propose(bytes("22"))
    expect([text(first.result), text(second.result)]).toEqual(["20", "42"])
    expect(second.index).toBeGreaterThan(first.index)
    expect(await node.read("value")).toEqual({ answer: 42, index: second.index })
    await stop(node)

    const again = await start(1)
    const read = await again.read("value", { minimumIndex: second.index })
    expect(read.answer).toBe(42)
    expect(again.incarnation).toBe(node.incarnation)
  })

  test("comes back from a snapshot and the log behind it", async () => {
    const node = await start(1)
    await node.propose(bytes("40"))
    const covered = await node.snapshot()
    await node.propose(bytes("2"))
    expect(node.status().snapshotIndex).toBe(covered.index)
    await stop(node)
    const again = await start(1)
    expect((await again.read("value")).answer).toBe(42)
    expect(again.status().snapshotIndex).toBe(covered.index)
  })

  test("a thousand proposals at once all get their own answer", async () => {
    const node = await start(1)
    const results = await Promise.all(Array.from({ length: 1000 }, () => node.propose(bytes("1"))))
    // Those that came too early waited for a leader, so any order is right, as long as it is the log's.
    const inLogOrder = results.toSorted((a, b) => a.index - b.index)
    expect(inLogOrder.map((each) => Number(text(each.result)))).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
  })

  test("an error of the state machine's query reaches the caller of the read", async () => {
    const node = await start(1)
    const error = await failure(node.read("nonsense" as "value"))
    expect(error.code).toBe("queryFailed")
    expect((error.cause as Error).message).toBe("what is nonsense?")
  })

  test("status and events tell what happens", async () => {
    const node = await start(1)
    await node.leader()
    expect(node.status()).toMatchObject({ id: 1, role: "leader", leaderId: 1, incarnation: node.incarnation, connections: [], disk: "ok" })
    const kinds: string[] = []
    node.events.on("observation", (observation) => kinds.push(observation.kind))
    await node.propose(bytes("1"))
    await node.snapshot()
    expect(kinds).toContain("snapshotTaken")
  })
})

describe("three nodes over real sockets", () => {
  test("elect one leader; every one takes proposals and answers linearizable reads", async () => {
    const cluster = await startCluster(3)
    const leaders = new Set(await Promise.all(cluster.map((node) => node.leader())))
    expect(leaders.size).toBe(1)
    for (const node of cluster) await node.propose(bytes("10"))
    for (const node of cluster) expect((await node.read("value")).answer).toBe(30)
  })

  test("the death of the leader loses nothing that was answered, and its return brings it up to date", async () => {
    const addresses = await members(3)
    const cluster = await Promise.all(addresses.map(({ id }) => start(id, { cluster: addresses })))
    const leaderId = await cluster[0]!.leader()
    const leader = cluster[leaderId - 1]!
    const survivor = cluster.find((node) => node !== leader)!
    await leader.propose(bytes("1"))
    const session = await survivor.openSession()
    await stop(leader)
    // On their way to a dead leader, these may be lost: the session sends them again.
    await session.propose(bytes("1"))
    const { index } = await session.propose(bytes("1"))
    const back = await start(leaderId, { cluster: addresses })
    expect((await back.read("value", { consistency: "stale", minimumIndex: index })).answer).toBe(3)
  })

  test("all three close and open again with everything", async () => {
    const addresses = await members(3)
    await Promise.all(addresses.map(({ id }) => start(id, { cluster: addresses })))
    await nodes[0]!.propose(bytes("42"))
    await Promise.all(nodes.slice().map((node) => stop(node)))
    const again = await Promise.all(addresses.map(({ id }) => start(id, { cluster: addresses })))
    for (const node of again) expect((await node.read("value")).answer).toBe(42)
  })

  test("a session's commands are applied once each, though leaders change under them", async () => {
    const cluster = await startCluster(3)
    const session = await cluster[0]!.openSession()
    const values: number[] = []
    const propose = async (): Promise<void> => {
      for (let round = 0; round < 40; round++) values.push(Number(text((await session.propose(bytes("1"))).result)))
    }
    for (let moves = 0; moves < 4; moves++) {
      const leader = cluster[(await cluster[0]!.leader()) - 1]!
      await Promise.all([propose(), leader.transferLeadership().catch(() => {})])
    }
    expect(values).toEqual(Array.from({ length: values.length }, (_, index) => index + 1))
    expect((await cluster[1]!.read("value")).answer).toBe(values.length)
    await session.close()
    expect((await failure(session.propose(bytes("1")))).message).toContain("closed")
  })

  test("leadership moves to whom it is told to", async () => {
    const cluster = await startCluster(3)
    const leader = cluster[(await cluster[0]!.leader()) - 1]!
    const target = cluster.find((node) => node !== leader)!
    await leader.transferLeadership(target.id)
    expect(target.status().role).toBe("leader")
    const refused = await failure(leader.transferLeadership(target.id))
    expect(refused).toMatchObject({ code: "notLeader", outcome: "rejected", leader: target.id })
    expect(refused.message).toMatch(new RegExp(`ask node ${target.id}, which leads$`))
    const change = await failure(leader.changeMembership([{ kind: "remove", id: leader.id }]))
    expect(change).toMatchObject({ code: "notLeader", outcome: "rejected", leader: target.id })
    expect(change.message).toMatch(new RegExp(`only the leader can change the membership; .*ask node ${target.id}, which leads$`))
  })

  test("a leader cut off from the others refuses rather than lies; healed, it follows", async () => {
    const cluster = await startCluster(3, { limits: { readTimeoutMs: 300 } })
    const leader = cluster[(await cluster[0]!.leader()) - 1]!
    const others = cluster.filter((node) => node !== leader)
    for (const other of others) leader.setBlocked(other.id, "both", true)
    const write = await failure(leader.propose(bytes("1"), { timeoutMs: 1_000 }))
    expect(write).toMatchObject({ outcome: "unknown" })
    expect(write.message).toContain("may or may not")
    expect((await failure(leader.read("value", { timeoutMs: 500 }))).outcome).toBe("rejected")
    await others[0]!.propose(bytes("5"))
    for (const other of others) leader.setBlocked(other.id, "both", false)
    const { answer } = await leader.read("value")
    expect([5, 6]).toContain(answer)
  })
})

describe("membership", () => {
  test("a cluster grows from one to three and shrinks again, over the network", async () => {
    const [a, b, c] = await members(3)
    const first = await start(1, { cluster: [a!] })
    await first.propose(bytes("1"))
    const joining = await Promise.all([start(2, { join: true, listen: b!.peerAddress }), start(3, { join: true, listen: c!.peerAddress })])
    // As in `open({ cluster })`, what is for people and for clients may be left out.
    for (const member of [b!, c!]) await first.changeMembership([{ kind: "addVoter", member }])
    expect(first.status().configuration.voters).toEqual([1, 2, 3])
    expect(first.status().configuration.members.map(({ name, clientAddress }) => [name, clientAddress])).toEqual([
      ["n1", ""],
      ["n2", ""],
      ["n3", ""],
    ])
    for (const node of joining) expect((await node.read("value")).answer).toBe(1)
    await first.changeMembership([{ kind: "remove", id: 3 }])
    await joining[0].propose(bytes("1"))
    expect((await first.read("value")).answer).toBe(2)
  })

  test("a change for a configuration that is past is refused, and so is nonsense", async () => {
    const node = await start(1)
    await node.leader()
    expect((await failure(node.changeMembership([{ kind: "remove", id: 9 }]))).code).toBe("unknownMember")
    const member = { id: 2, name: "", peerAddress: "127.0.0.1:1", clientAddress: "" }
    expect((await failure(node.changeMembership([{ kind: "addLearner", member }], { version: 12_345 }))).code).toBe("staleConfiguration")
  })

  test("a wiped node is refused as its old self, in words, on its own side", async () => {
    const addresses = await members(3)
    const cluster = await Promise.all(addresses.map(({ id }) => start(id, { cluster: addresses })))
    const victim = cluster.find((node) => node.status().role !== "leader")!
    await cluster[0]!.propose(bytes("1"))
    await stop(victim)
    fs.rmSync(path.join(root, `n${victim.id}`), { recursive: true })
    const refused = new Promise<string>((resolve, reject) => {
      const log = (_: string, message: string) => message.includes("lost its disk") && resolve(message)
      start(victim.id, { cluster: addresses, log }).catch(reject)
    })
    expect(await refused).toMatch(/remove it and add it under a new id/)
  })
})

describe("outcomes and deadlines", () => {
  test("without a majority, a proposal and a read wait until their deadline and say so", async () => {
    const cluster = await members(3)
    const node = await start(1, { cluster })
    const write = await failure(node.propose(bytes("1"), { timeoutMs: 60 }))
    expect(write.code).toBe("timeout")
    // Unknown only if its time ran out in the very turn of another try: then nobody has said no to that one yet.
    expect(write.message).toMatch(
      write.outcome === "rejected" ? /no answer within 60 ms.*certainly not done/ : /no answer within 60 ms.*may or may not/,
    )
    expect((await failure(node.read("value", { timeoutMs: 60 }))).code).toBe("timeout")
    expect((await failure(node.leader({ timeoutMs: 10 }))).message).toContain("no leader was known within 10 ms")
  })

  test("close answers what waits, and everything after it", async () => {
    const cluster = await members(3)
    const node = await start(1, { cluster })
    const waiting = [failure(node.propose(bytes("1"))), failure(node.read("value")), failure(node.leader())]
    await stop(node)
    expect((await Promise.all(waiting)).map((error) => error.code)).toEqual(["stopped", "stopped", "stopped"])
    expect((await failure(node.propose(bytes("1")))).code).toBe("stopped")
    await node.close()
  })

  test("a receiver that throws does not harm the node", async () => {
    const node = await start(1)
    await node.leader()
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve))
    const receiver = {
      onCommitted: () => {
        throw new Error("mine")
      },
      onAnswered: () => {},
      onRejected: () => {},
      onUnknown: () => {},
      onFailed: () => {},
    }
    node.engine.submit(bytes("1"), null, receiver, 0)
    expect((await warned).message).toMatch(/^a receiver threw Error: mine; this node goes on/)
    expect((await node.read("value")).answer).toBe(1)
    expect(node.status().listenerErrors).toBe(1)
  })
})

describe("a node that has begun", () => {
  test("needs no word about it any more, and listens where the cluster knows it to be", async () => {
    const cluster = await members(3)
    const [one, two, three] = await Promise.all(cluster.map(({ id }) => start(id, { cluster })))
    await one!.leader()
    await stop(two!)
    const again = await start(2, { alone: false })
    await again.propose(bytes("2"))
    expect(`127.0.0.1:${again.peerPort}`).toBe(cluster[1]!.peerAddress)
    expect(three!.status().life).toBe(1)
    expect(again.status().life).toBe(2)
  })

  test("is told what is ignored, and what differs", async () => {
    const lines: string[] = []
    const log = (_level: string, message: string): void => {
      lines.push(message)
    }
    const cluster = await members(1)
    const first = await start(1, { cluster })
    await first.leader()
    await stop(first)
    await stop(await start(1, { cluster, log }))
    expect(lines.filter((line) => line.includes("ignored"))).toEqual([])
    const other = { id: 2, peerAddress: "127.0.0.1:9" }
    await stop(await start(1, { cluster: [{ ...cluster[0]!, peerAddress: "127.0.0.1:8" }, other], listen: cluster[0]!.peerAddress, log }))
    expect(lines).toContainEqual(
      expect.stringMatching(/list of members is ignored.*node 1 is at .*, not at 127\.0\.0\.1:8; node 2 is only in the list/),
    )
    expect(lines).toContainEqual(expect.stringMatching(/began with other first members than 1, 2.*another cluster/))
    await stop(await start(1, { join: true, listen: cluster[0]!.peerAddress, log }))
    expect(lines).toContainEqual(expect.stringMatching(/join is ignored: .* belongs to a cluster already/))
  })

  test("is told as a warning of the process where no log is given, and not at all where one is", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {})
    const first = await start(1)
    await first.leader()
    await stop(first)
    expect(warn).not.toHaveBeenCalled()
    await stop(await start(1, { join: true, listen: "127.0.0.1:0" }))
    const ignored = expect.stringMatching(/^join is ignored: .* belongs to a cluster already/) as unknown
    expect(warn.mock.calls).toEqual([[ignored, { type: "OarlockWarning" }]])
    await stop(await start(1, { join: true, listen: "127.0.0.1:0", log: () => {} }))
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  })

  test("alone, does not mix with a later cluster of the same token: both are told", async () => {
    const [port = 0, second = 0] = await freePorts(2)
    const lines: string[] = []
    const log = (_level: string, message: string): void => {
      lines.push(message)
    }
    const cluster = [port, second].map((each, position) => ({ id: position + 1, peerAddress: `127.0.0.1:${each}` }))
    const alone = await start(1, { alone: true, listen: cluster[0]!.peerAddress, log })
    await alone.propose(bytes("6"))
    await stop(alone)
    const again = await start(1, { cluster, log })
    const other = await start(2, { cluster, log })
    await until(() => other.status().refusals.length > 0)
    expect(other.status().refusals[0]).toMatchObject({ peer: 1, code: "otherBeginning" })
    expect(other.status()).toMatchObject({ role: "follower", term: 0, waitsFor: [1] })
    expect((await again.read("value")).answer).toBe(6)
    expect(lines).toContainEqual(expect.stringMatching(/it refused us: server 2 belongs to a cluster that began with other members/))
  })

  test("a first start says for whom it waits, and a word of the operator does without", async () => {
    const cluster = await members(3)
    const [one] = await Promise.all([1, 2].map((id) => start(id, { cluster })))
    await until(() => one!.status().waitsFor.length === 1)
    expect(one!.status()).toMatchObject({ waitsFor: [3], term: 0 })
    await Promise.all(nodes.splice(0).map((node) => node.close()))
    await Promise.all([1, 2].map((id) => start(id, { cluster, beginWithout: [3] })))
    await nodes[0]!.leader()
    const three = await start(3, { cluster })
    await three.propose(bytes("1"))
    expect(three.status().waitsFor).toEqual([])
  })
})

describe("what open refuses, leaving nothing behind", () => {
  test.each<[string, Partial<OpenOptions<"value", number>>, RegExp]>([
    ["an id that is none", { id: 0 }, /^open: id: found 0, expected an integer from 1 to 4294967295$/],
    ["an empty folder name", { dataDir: "" }, /^open: dataDir: found "", expected a text that is not empty$/],
    ["no machine", { machine: undefined as never }, /^open: machine: is missing$/],
    [
      "a class",
      { machine: Counter as never },
      /^open: machine: found the class Counter itself.*pass an instance, such as new Counter\(\)$/,
    ],
    [
      "a plain function",
      { machine: ((command: Uint8Array) => command) as never },
      /^open: machine: found a function, expected a state machine, an object with the functions apply, query, snapshot, restore and clone$/,
    ],
    [
      "half a machine",
      { machine: { apply: () => new Uint8Array() } as never },
      /^open: machine\.query: found undefined, expected a function: machine has to be a state machine$/,
    ],
    [
      "a hash that is none",
      { machine: Object.assign(new Counter(), { hash: 7 as never }) },
      /^open: machine\.hash: found 7, expected a function, or nothing$/,
    ],
    [
      "states to be compared without a hash",
      { machine: Object.assign(new Counter(), { hash: undefined as never }), verifyEveryEntries: 100 },
      /^verifyEveryEntries is 100, but machine has no hash to compare: give your state machine a function hash\(\), or leave/,
    ],
    ["a listen address that is none", { listen: "nowhere" }, /^open: listen: found "nowhere", expected host:port/],
    [
      "a member without an address",
      { cluster: [{ id: 1, peerAddress: "" }] },
      /^open: cluster\[0\]\.peerAddress: found "", expected host:port/,
    ],
    ["the same member twice", { cluster: [1, 1].map((id) => ({ id, peerAddress: "127.0.0.1:1" })) }, /names member 1 twice/],
    ["a cluster of others", { cluster: [{ id: 2, peerAddress: "127.0.0.1:1" }] }, /names the members 2, but not this node \(1\)/],
    ["a cluster of its own that is joined", { join: true, alone: true }, /^join and alone exclude each other/],
    [
      "no beginning at all",
      { alone: false },
      /holds no data, and nothing says how node 1 begins: give cluster .* join: true .* or alone: true/,
    ],
    ["beginning without itself", { cluster: [{ id: 1, peerAddress: "127.0.0.1:1" }], beginWithout: [1] }, /beginWithout names 1/],
    ["joining and starting at once", { join: true, cluster: [{ id: 1, peerAddress: "127.0.0.1:1" }] }, /exclude each other/],
    ["heartbeats too slow for the election timeout", { raft: { heartbeatIntervalMs: 140 } }, /at least three heartbeats/],
    [
      "certificates that are not there",
      { tls: { certFile: "/nowhere.crt", keyFile: "/nowhere.key", caFile: null, requireClientCert: false } },
      /nowhere.crt/,
    ],
  ])("%s", async (_, options, message) => {
    const error = await failure(start(1, options))
    expect(["badOptions", "badTls"]).toContain(error.code)
    expect(error.message).toMatch(message)
  })

  test("a port in use, named; the folder is free again", async () => {
    const taken = net.createServer().listen(0, "127.0.0.1")
    await once(taken, "listening")
    const { port } = taken.address() as net.AddressInfo
    const error = await failure(start(1, { listen: `127.0.0.1:${port}` }))
    expect(error).toMatchObject({ code: "addressInUse", message: expect.stringContaining(`port ${port}`) as string })
    taken.close()
    await start(1)
  })

  test("an address that resolves to nothing, named", async () => {
    const error = await failure(start(1, { listen: "no-such-host.invalid:2380" }))
    expect(error).toMatchObject({ code: "badAddress", message: expect.stringContaining("no-such-host.invalid:2380") as string })
  })

  test("a folder in use, and another cluster's", async () => {
    const node = await start(1)
    expect((await failure(start(1))).code).toBe("dataFolderInUse")
    await stop(node)
    expect((await failure(start(1, { clusterToken: "other" }))).code).toBe("foreignData")
  })

  test("a log that was damaged in the middle, naming file and place", async () => {
    const node = await start(1)
    for (let round = 0; round < 20; round++) await node.propose(bytes("1"))
    await stop(node)
    const folder = path.join(root, "n1")
    const log = fs.readdirSync(folder).find((name) => /log|wal|segment/.test(name))!
    const content = fs.readFileSync(path.join(folder, log))
    content[400]! ^= 0xff
    fs.writeFileSync(path.join(folder, log), content)
    const error = await failure(start(1))
    expect(error.code).toBe("corruptData")
    expect(error.message).toContain(log)
  })
})
