// The client and the native protocol against three real nodes: everything between a promise here and a majority's disks.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { type Client, connect, type LeaderState, OarlockError } from "../../src/client/index.ts"
import { EmbeddedCluster } from "./embedded-cluster.ts"

let cluster: EmbeddedCluster
let clients: Client[] = []

beforeAll(async () => {
  cluster = await EmbeddedCluster.start(3)
}, 30_000)

afterEach(() => {
  for (const client of clients) client.close()
  clients = []
})

afterAll(() => cluster.close(), 30_000)

function client(endpoints: readonly string[] = cluster.endpoints): Client {
  // A busy machine may take longer than any timeout that the tests mean: what they wait for is an answer.
  const made = connect({ endpoints, timeoutMs: 60_000, attemptTimeoutMs: 20_000, silenceMs: 20_000 })
  clients.push(made)
  return made
}

async function nextState(states: AsyncIterator<LeaderState>): Promise<LeaderState> {
  const result = await states.next()
  if (result.done === true) throw new Error("the stream of states has ended")
  return result.value
}

async function failureOf(promise: Promise<unknown>): Promise<OarlockError> {
  const error = await promise.then(
    () => new Error("it succeeded"),
    (failure: unknown) => failure,
  )
  if (!(error instanceof OarlockError)) throw error
  return error
}

describe("three nodes", () => {
  test("serve the whole store to a client of any of them", async () => {
    for (const endpoint of cluster.endpoints) {
      const one = client([endpoint])
      const key = `serve/${endpoint}`
      const { revision } = await one.put(key, "1")
      expect(await one.get(key)).toMatchObject({ modRevision: revision, version: 1, value: Buffer.from("1") })
      expect(await one.put(key, "2", { previous: true })).toMatchObject({ revision: revision + 1, previous: { value: Buffer.from("1") } })
      expect((await one.get(key, { revision }))!.value.toString()).toBe("1")
      expect(await one.get(`${key}/none`)).toBeNull()
      expect(await one.delete(key)).toMatchObject({ deleted: 1 })
    }
  })

  test("answer who asks for little in between, while another connection has hundreds of large ranges waiting", async () => {
    const leader = cluster.endpoints[await cluster.leader()]!
    const [greedy, modest] = [client([leader]), client([leader])]
    await Promise.all(Array.from({ length: 2_000 }, (_, i) => modest.put(`many/${i}`, "x")))
    let answered = 0
    const flood = Array.from({ length: 200 }, async () => {
      await greedy.range({ prefix: "many/" })
      answered += 1
    })
    for (let asked = 1; asked <= 3; asked++) {
      await modest.get("many/1")
      // In one line with the others it would be answered after all of them.
      expect(answered).toBeLessThan(200)
    }
    await Promise.all(flood)
    await modest.delete({ prefix: "many/" })
  })

  test("answer each write of a batch with its own revision, in or out of a session", async () => {
    const one = client()
    const session = await one.openSession()
    for (const writer of [one, session]) {
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => writer.put(`batch/${i}`, "x")))
      expect(new Set(results.map(({ revision }) => revision)).size).toBe(50)
    }
    await session.close()
  })

  test("read ranges", async () => {
    const one = client()
    await Promise.all(["r/a", "r/b", "r/c", "s"].map((key) => one.put(key, key.toUpperCase())))
    const all = await one.range({ prefix: "r/" })
    expect(all.entries.map(({ key }) => key.toString())).toEqual(["r/a", "r/b", "r/c"])
    expect(await one.range({ prefix: "r/" }, { limit: 2 })).toMatchObject({ more: true, count: 3 })
    const down = await one.range({ from: "r/b", to: "s" }, { sort: { by: "key", order: "descend" }, keysOnly: true })
    expect(down.entries.map(({ key, value }) => [key.toString(), value.length])).toEqual([
      ["r/c", 0],
      ["r/b", 0],
    ])
  })

  test("compare and swap, and run transactions", async () => {
    const one = client()
    expect(await one.compareAndSwap("cas", null, "a")).toMatchObject({ swapped: true })
    expect(await one.compareAndSwap("cas", null, "b")).toMatchObject({ swapped: false, current: { value: Buffer.from("a") } })
    expect(await one.compareAndSwap("cas", "a", "b")).toMatchObject({ swapped: true, current: null })
    const { modRevision } = (await one.get("cas"))!
    expect(await one.compareAndSwap("cas", modRevision, "c")).toMatchObject({ swapped: true })
    const result = await one.transaction({
      conditions: [{ keys: "cas", version: 2, is: "greater" }],
      success: [
        { kind: "range", keys: "cas" },
        { kind: "put", key: "cas", value: "d" },
        { kind: "delete", keys: "nothing" },
      ],
    })
    expect(result).toMatchObject({
      succeeded: true,
      results: [{ kind: "range", count: 1 }, { kind: "put" }, { kind: "delete", deleted: 0 }],
    })
    const read = await one.readTransaction({ success: [{ kind: "range", keys: "cas" }] })
    expect(read.results[0]).toMatchObject({ kind: "range", entries: [{ value: Buffer.from("d") }] })
  })

  test("refuse in the store's words", async () => {
    const one = client()
    expect(await failureOf(one.get("k", { revision: 1_000_000 }))).toMatchObject({ code: "futureRevision", outcome: "rejected" })
    const twice = one.transaction({
      success: [
        { kind: "put", key: "x", value: "1" },
        { kind: "put", key: "x", value: "2" },
      ],
    })
    expect(await failureOf(twice)).toMatchObject({ code: "duplicateKey", outcome: "rejected" })
    expect(await failureOf(one.put("large", Buffer.alloc(2 * 1024 * 1024)))).toMatchObject({ code: "tooLarge", outcome: "rejected" })
    const { revision } = await one.put("k", "v")
    await one.compact(revision)
    expect(await failureOf(one.get("k", { revision: revision - 1 }))).toMatchObject({ code: "compacted", outcome: "rejected" })
  })

  test("take a value of a megabyte", async () => {
    const one = client()
    const value = Buffer.alloc(1024 * 1024, "x")
    await one.put("megabyte", value)
    expect((await one.get("megabyte"))!.value.equals(value)).toBe(true)
  })

  test("give stale reads on followers what this client has written", async () => {
    const writer = client()
    for (let i = 0; i < 20; i++) {
      await writer.put("stale", String(i))
      expect((await writer.get("stale", { consistency: "stale" }))!.value.toString()).toBe(String(i))
    }
  })

  test("tell who they are and who leads", async () => {
    const one = client()
    const leader = await cluster.leader()
    const statuses = await Promise.all(cluster.endpoints.map((endpoint) => one.status({ endpoint })))
    expect(statuses.map(({ nodeId }) => nodeId)).toEqual([1, 2, 3])
    expect(statuses.map((status) => status.leader)).toEqual([leader + 1, leader + 1, leader + 1])
    expect(statuses.filter(({ role }) => role === "leader")).toHaveLength(1)
    expect(statuses[leader]!.members.map(({ clientAddress }) => clientAddress)).toEqual(cluster.endpoints)
    expect(statuses[leader]!.members.filter(({ matchIndex }) => matchIndex !== null).length).toBeGreaterThanOrEqual(2)
  })

  test("take snapshots on demand", async () => {
    const one = client()
    const { index } = await one.snapshot()
    expect(index).toBeGreaterThan(0)
  })

  test("hand leadership over while a session writes, and apply each write once", async () => {
    const one = client()
    const session = await one.openSession()
    await session.put("counter", "0")
    const states = one.watchLeader()
    const before = await nextState(states)
    const progress = { isTransferred: false }
    const transfer = (async () => {
      await one.transferLeadership()
      progress.isTransferred = true
    })()
    let count = 0
    while (!progress.isTransferred || count < 50) {
      const swap = await session.compareAndSwap("counter", String(count), String(count + 1))
      expect(swap.swapped).toBe(true)
      count++
    }
    await transfer
    expect((await one.get("counter"))!.value.toString()).toBe(String(count))
    let state = before
    while (state.leader === before.leader || state.leader === null) state = await nextState(states)
    expect(state.term).toBeGreaterThan(before.term)
    await session.close()
  })

  test("lose a leader under load: no acknowledged write is lost, no session's write is doubled", async () => {
    const writer = client()
    const session = await writer.openSession()
    await session.put("crash/counter", "0")
    const acknowledged = new Set<string>()
    const load = { isOver: false }
    const puts = (async () => {
      for (let i = 0; !load.isOver; i++) {
        const key = `crash/${i}`
        await writer.put(key, "v").then(
          () => acknowledged.add(key),
          (error: unknown) => expect((error as OarlockError).outcome).toMatch(/unknown|rejected/),
        )
      }
    })()
    let count = 0
    const swaps = (async () => {
      while (!load.isOver) {
        expect((await session.compareAndSwap("crash/counter", String(count), String(count + 1))).swapped).toBe(true)
        count++
      }
    })()
    const leader = await cluster.leader()
    while (acknowledged.size < 20) await new Promise((done) => setImmediate(done))
    await cluster.stopNode(leader)
    const sizeAtCrash = acknowledged.size
    while (acknowledged.size < sizeAtCrash + 20) await new Promise((done) => setImmediate(done))
    await cluster.startNode(leader)
    const sizeAtReturn = acknowledged.size
    while (acknowledged.size < sizeAtReturn + 20) await new Promise((done) => setImmediate(done))
    load.isOver = true
    await Promise.all([puts, swaps])
    const { entries } = await writer.range({ prefix: "crash/" }, { keysOnly: true })
    const found = new Set(entries.map(({ key }) => key.toString()))
    expect([...acknowledged].filter((key) => !found.has(key))).toEqual([])
    expect((await writer.get("crash/counter"))!.value.toString()).toBe(String(count))
  }, 30_000)

  test("remove a member, and refuse a change that was made for an older configuration", async () => {
    const one = client()
    const leader = await cluster.leader()
    const removed = [1, 2, 3].find((id) => id !== leader + 1)!
    const { configurationIndex } = await one.status({ endpoint: cluster.endpoints[leader]! })
    await one.changeMembership([{ kind: "remove", id: removed }], { version: configurationIndex })
    expect((await one.status({ endpoint: cluster.endpoints[leader]! })).members.map(({ id }) => id)).not.toContain(removed)
    const again = await failureOf(one.changeMembership([{ kind: "remove", id: removed }], { version: configurationIndex }))
    expect(again).toMatchObject({ code: "staleConfiguration", outcome: "rejected" })
    const unknown = await failureOf(one.changeMembership([{ kind: "remove", id: removed }]))
    expect(unknown).toMatchObject({ code: "unknownMember", outcome: "rejected" })
  })
})
