import { createServer, type Server } from "node:net"
import { afterEach, describe, expect, test, vi } from "vitest"
import { type Client, type ClientOptions, connect, OarlockError } from "../../src/client/index.ts"
import { FakeServer, setLeader } from "./fake-cluster.ts"

let servers: FakeServer[] = []
let clients: Client[] = []
let silent: Server[] = []

afterEach(async () => {
  for (const client of clients) client.close()
  await Promise.all(servers.map((server) => server.stop()))
  await Promise.all(silent.map((server) => new Promise((done) => server.close(done))))
  servers = []
  clients = []
  silent = []
})

async function startServers(count: number): Promise<FakeServer[]> {
  for (let i = 0; i < count; i++) servers.push(await new FakeServer({ halfClosedMs: 1 }).start())
  setLeader(servers, 0, 1)
  return servers
}

/** Short limits, so that tests of failures take milliseconds. */
function connectTo(endpoints: readonly string[], options: Partial<ClientOptions> = {}): Client {
  const client = connect({ endpoints, retryDelayMinMs: 1, retryDelayMaxMs: 10, ...options })
  clients.push(client)
  return client
}

async function failureOf(promise: Promise<unknown>): Promise<OarlockError> {
  const error = await promise.then(
    () => new Error("it succeeded"),
    (failure: unknown) => failure,
  )
  if (!(error instanceof OarlockError)) throw error
  return error
}

describe("calls", () => {
  test("are pipelined on one connection", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint])
    const puts = Array.from({ length: 100 }, (_, i) => client.put(`k${i}`, `v${i}`))
    await server!.backend.waitForAsked(100)
    expect(server!.accepted).toBe(1)
    for (let i = 0; i < 100; i++) server!.backend.answerNext()
    const results = await Promise.all(puts)
    expect(results[99]).toEqual({ revision: 101, previous: null })
  })

  test("that no frame can hold are refused before they are sent, and leave the connection to the others", async () => {
    const [server] = await startServers(1)
    server!.backend.isAutomatic = true
    const client = connectTo([server!.endpoint])
    const error = await failureOf(client.put("k", new Uint8Array(1 << 24)))
    expect(error).toMatchObject({ code: "tooLarge", outcome: "rejected" })
    expect(error.message).toMatch(/^put "k": a request of \d+ bytes does not fit the protocol's frames; they hold 16777207$/)
    await client.put("k", "v")
    expect(server!.accepted).toBe(1)
  })

  test("find their answers whatever the order", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint])
    const first = client.put("a", "1")
    const second = client.put("b", "2")
    const [a, b] = [...(await server!.backend.waitForAsked(2))]
    server!.backend.asked.splice(0, 2, b!, a!)
    server!.backend.answerNext()
    server!.backend.answerNext()
    expect((await second).revision).toBeLessThan((await first).revision)
  })

  test("put, get, delete, range", async () => {
    const [server] = await startServers(1)
    server!.backend.isAutomatic = true
    const client = connectTo([server!.endpoint])
    await client.put("greeting", "hello")
    expect((await client.get("greeting"))!.value.toString()).toBe("hello")
    expect(await client.get("nothing")).toBeNull()
    expect((await client.range("greeting")).entries[0]).toMatchObject({ modRevision: 2, version: 2, lease: 0n })
    expect((await client.delete("greeting")).deleted).toBe(1)
    expect(await client.get("greeting")).toBeNull()
  })

  test("send what they mean", async () => {
    const [server] = await startServers(1)
    const { backend } = server!
    const client = connectTo([server!.endpoint])
    void client
      .range({ prefix: "a" }, { limit: 5, revision: 7, sort: { by: "mod", order: "descend" }, consistency: "lease" })
      .catch(() => {})
    void client.range({ prefix: "" }, { countOnly: true }).catch(() => {})
    void client.range({ from: "b", to: "d" }, { keysOnly: true }).catch(() => {})
    void client.changeMembership([{ kind: "remove", id: 2 }], { version: 4 }).catch(() => {})
    void client.transferLeadership(2).catch(() => {})
    const [prefix, all, between, change, transfer] = await backend.waitForAsked(5)
    expect(prefix).toMatchObject({ consistency: "lease", query: { limit: 5, revision: 7, sortTarget: "mod", sortOrder: "descend" } })
    expect(Buffer.from((prefix!.query as { rangeEnd: Uint8Array }).rangeEnd).toString()).toBe("b")
    expect(all!.query).toMatchObject({ key: Buffer.of(0), rangeEnd: Buffer.of(0), countOnly: true })
    expect(between!.query).toMatchObject({ key: Buffer.from("b"), rangeEnd: Buffer.from("d"), keysOnly: true })
    expect(change).toMatchObject({ changes: [{ kind: "remove", id: 2 }], version: 4 })
    expect(transfer).toMatchObject({ to: 2 })
  })

  test("refused by the store fail with its reason, certain that nothing changed", async () => {
    const [server] = await startServers(1)
    server!.backend.isAutomatic = true
    const client = connectTo([server!.endpoint])
    const error = await failureOf(client.compact(1))
    expect(error).toMatchObject({ code: "compacted", outcome: "rejected", operation: "compact to revision 1", endpoint: server!.endpoint })
    expect(error.message).toBe(`compact to revision 1: mvcc: required revision has been compacted (${server!.endpoint})`)
  })

  test("tell the status of any server, or of a certain one", async () => {
    const [first, second] = await startServers(2)
    const client = connectTo([first!.endpoint])
    expect((await client.status()).nodeId).toBe(1)
    expect((await client.status({ endpoint: second!.endpoint })).nodeId).toBe(2)
    expect((await client.members()).map(({ id }) => id)).toEqual([1, 2])
  })
})

describe("options that make no sense", () => {
  test.each([
    [{ endpoints: [] }, /^connect: endpoints: found an empty list, expected one server or more/],
    [{ endpoints: ["localhost"] }, /^connect: endpoints\[0\]: found "localhost", expected host:port/],
    [{ endpoints: ["localhost:0"] }, /endpoints\[0\]: found "localhost:0", expected host:port with a port from 1 to 65535/],
    [{ endpoints: ["localhost:65536"] }, /endpoints\[0\]: found "localhost:65536"/],
    [{ endpoints: ["a:1"], clusterId: "xyz" }, /^connect: clusterId: found "xyz", expected 16 lower-case hexadecimal digits$/],
    [{ endpoints: ["a:1"], timeoutMs: 0 }, /^connect: timeoutMs: found 0, expected a number from 1 to 2147483647$/],
    [{ endpoints: ["a:1"], deadlineMs: 5_000 }, /^connect: deadlineMs: is no name that is known here; did you mean timeoutMs\?/],
    [{ endpoints: ["a:1"], administrationDeadlineMs: 5_000 }, /did you mean administrationTimeoutMs\?/],
  ])("are refused in words: %j", (options, words) => {
    expect(() => connect(options)).toThrow(words)
  })

  test("of a call are refused in words: the former name of timeoutMs", async () => {
    const client = connect({ endpoints: ["localhost:1"] })
    const old: object = { deadlineMs: 5_000 }
    const calls = [client.put("k", "v", old), client.get("k", old), client.delete("k", old), client.range("k", old), client.status(old)]
    for (const call of calls) {
      const error = await failureOf(call)
      expect(error).toMatchObject({ code: "badArgument", outcome: "rejected" })
      expect(error.message).toMatch(/: options\.deadlineMs: is no name that is known here; did you mean timeoutMs\?/)
    }
    client.close()
  })

  test("endpoints may be IPv6", () => {
    expect(() => connect({ endpoints: ["[::1]:2379", "localhost:65535"] }).close()).not.toThrow()
  })
})

describe("the leader", () => {
  test("is found from any server, and asked directly", async () => {
    const [follower, leader] = await startServers(2)
    setLeader(servers, 1, 2)
    for (const { backend } of servers) backend.isAutomatic = true
    const client = connectTo([follower!.endpoint])
    await client.status()
    // The news of the leader came with the connection; the first write after it opens the way there, later ones take it.
    while (leader!.backend.applied.length === 0) await client.put("k", "v")
    const before = follower!.backend.applied.length
    await client.put("k", "v")
    expect(follower!.backend.applied.length).toBe(before)
  })

  test("named by a rejection is where the call goes next", async () => {
    const [first, second] = await startServers(2)
    setLeader(servers, null, 1)
    second!.backend.isAutomatic = true
    const client = connectTo([first!.endpoint])
    const put = client.put("k", "v")
    const reject = async (): Promise<void> => {
      const [asked] = await first!.backend.waitForAsked(1)
      first!.backend.asked.shift()
      asked!.receiver.onRejected(asked!.tag, "notLeader", "node 2 leads", 2)
    }
    const rejecting = (async () => {
      while (second!.backend.applied.length === 0) await Promise.race([reject(), put])
    })()
    expect(await put).toMatchObject({ previous: null })
    expect(second!.backend.applied).toEqual(["v"])
    await rejecting
  })

  test("is watched: the present state first, then changes, newest only, until the client closes", async () => {
    await startServers(2)
    const client = connectTo(servers.map(({ endpoint }) => endpoint))
    const states = client.watchLeader()
    expect((await states.next()).value).toMatchObject({ term: 1, leader: 1 })
    setLeader(servers, null, 2)
    expect((await states.next()).value).toMatchObject({ term: 2, leader: null })
    setLeader(servers, 1, 2)
    expect((await states.next()).value).toMatchObject({ term: 2, leader: 2 })
    const last = states.next()
    client.close()
    expect(await last).toEqual({ done: true, value: undefined })
  })

  test("is still watched after the connection was cut", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint])
    const states = client.watchLeader()
    await states.next()
    server!.cut()
    setLeader(servers, null, 5)
    expect((await states.next()).value).toMatchObject({ term: 5 })
    await states.return!()
    expect(await states.next()).toMatchObject({ done: true })
  })
})

describe("a rejection", () => {
  test("is retried until it is accepted", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint])
    const put = client.put("k", "v")
    for (const reason of ["noLeader", "overloaded", "transferring", "lostLeadership"] as const) {
      const [asked] = await server!.backend.waitForAsked(1)
      server!.backend.asked.shift()
      asked!.receiver.onRejected(asked!.tag, reason, "not now", null)
    }
    await server!.backend.waitForAsked(1)
    server!.backend.answerNext()
    await put
    expect(server!.backend.applied).toEqual(["v"])
  })

  test("that no retry would change fails at once", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint])
    const put = client.put("k", "v")
    const [asked] = await server!.backend.waitForAsked(1)
    asked!.receiver.onRejected(asked!.tag, "diskFull", "the disk is full", null)
    expect(await failureOf(put)).toMatchObject({ code: "diskFull", outcome: "rejected", operation: 'put "k"' })
  })

  test("is sent again as soon as a leader is named, however long it meant to rest", async () => {
    const [old, next] = await startServers(2)
    next!.backend.isAutomatic = true
    const client = connectTo([old!.endpoint], { retryDelayMinMs: 60_000, retryDelayMaxMs: 60_000 })
    while (next!.accepted === 0) await client.status()
    const put = client.put("k", "v", { timeoutMs: 60_000 })
    const [asked] = await old!.backend.waitForAsked(1)
    asked!.receiver.onRejected(asked!.tag, "transferring", "leadership is being handed over", null)
    await client.status()
    setLeader(servers, 1, 2)
    await put
    expect(next!.backend.applied).toEqual(["v"])
  })

  async function pausesOf(retryDelayMinMs: number, retryDelayMaxMs: number): Promise<number[]> {
    vi.spyOn(Math, "random").mockReturnValue(1)
    const timers = vi.spyOn(globalThis, "setTimeout")
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint], { retryDelayMinMs, retryDelayMaxMs })
    const put = client.put("k", "v")
    for (let attempt = 1; attempt <= 4; attempt++) {
      const [asked] = await server!.backend.waitForAsked(1)
      server!.backend.asked.shift()
      asked!.receiver.onRejected(asked!.tag, "noLeader", "not now", null)
    }
    await server!.backend.waitForAsked(1)
    server!.backend.answerNext()
    await put
    const pauses = timers.mock.calls.map(([, ms]) => ms!).filter((ms) => ms >= retryDelayMinMs && ms <= retryDelayMaxMs)
    vi.restoreAllMocks()
    return pauses
  }

  test("retryDelayMinMs: the first pause is so long, and each doubles the one before", async () =>
    expect(await pausesOf(3, 24)).toEqual([3, 6, 12, 24]))

  test("retryDelayMaxMs: no pause is longer", async () => expect(await pausesOf(3, 11)).toEqual([3, 6, 11, 11]))

  test("until the deadline fails with the last reason, certain that nothing happened", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint], { retryDelayMinMs: 60_000, retryDelayMaxMs: 60_000 })
    await client.status()
    const put = client.put("k", "v", { timeoutMs: 100 })
    const [asked] = await server!.backend.waitForAsked(1)
    asked!.receiver.onRejected(asked!.tag, "noLeader", "no leader is known", null)
    const error = await failureOf(put)
    expect(error).toMatchObject({ code: "timeout", outcome: "rejected" })
    expect(error.message).toMatch(/no answer within 100 ms: no leader is known/)
  })
})

describe("a lost connection", () => {
  test("leaves a write unknown, and it is not sent again", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint])
    const put = client.put("k", "v")
    await server!.backend.waitForAsked(1)
    server!.cut()
    expect(await failureOf(put)).toMatchObject({ code: "connectionLost", outcome: "unknown", operation: 'put "k"' })
    server!.backend.isAutomatic = true
    expect(await client.get("k")).toBeNull()
    expect(server!.accepted).toBe(2)
    expect(server!.backend.applied).toEqual([])
  })

  test("does not hurt a read: it is asked again, elsewhere if need be", async () => {
    const [first, second] = await startServers(2)
    const client = connectTo([first!.endpoint, second!.endpoint])
    second!.backend.isAutomatic = true
    second!.backend.store.set("k", Buffer.from("v"))
    const get = client.get("k")
    await first!.backend.waitForAsked(1)
    await first!.stop()
    expect((await get)!.value.toString()).toBe("v")
  })

  test("is replaced when the server is back", async () => {
    const [server] = await startServers(1)
    server!.backend.isAutomatic = true
    const client = connectTo([server!.endpoint])
    await client.put("k", "1")
    await server!.stop()
    const get = client.get("k")
    await server!.start()
    expect((await get)!.value.toString()).toBe("1")
    await client.put("k", "2")
    expect(server!.backend.applied).toEqual(["1", "2"])
  })

  test("timeoutMs: that never was fails at the deadline and names every server", async () => {
    const [gone] = await startServers(1)
    await gone!.stop()
    const client = connectTo([gone!.endpoint], { timeoutMs: 50 })
    const error = await failureOf(client.put("k", "v"))
    expect(error).toMatchObject({ code: "unreachable", outcome: "rejected" })
    expect(error.message).toContain(`${gone!.endpoint}: nothing listens there`)
    await gone!.start()
  })
})

describe("a session", () => {
  test("has a write take effect once though the connection is cut before its answer", async () => {
    const [server] = await startServers(1)
    const { backend } = server!
    backend.isAutomatic = true
    const client = connectTo([server!.endpoint])
    const session = await client.openSession()
    await session.put("a", "first")
    backend.isAutomatic = false
    const put = session.put("b", "second")
    const [lost] = await backend.waitForAsked(1)
    // The command takes effect, but its answer meets a dead connection.
    backend.answerNext()
    server!.cut()
    const [again] = await backend.waitForAsked(1)
    expect(again!.session).toEqual(lost!.session)
    backend.answerNext()
    expect(await put).toMatchObject({ previous: null })
    expect(backend.applied).toEqual(["first", "second"])
  })

  test("is sent again after an unknown outcome, with the same sequence", async () => {
    const [server] = await startServers(1)
    const { backend } = server!
    backend.isAutomatic = true
    const session = await connectTo([server!.endpoint]).openSession()
    backend.isAutomatic = false
    const put = session.put("k", "v")
    const [asked] = await backend.waitForAsked(1)
    backend.asked.shift()
    asked!.receiver.onUnknown(asked!.tag, "the leader changed")
    const [again] = await backend.waitForAsked(1)
    expect(again!.session).toEqual({ sessionId: session.id, sequence: 1, answeredBelow: 1 })
    backend.answerNext()
    await put
  })

  test("tells the cluster which answers it has", async () => {
    const [server] = await startServers(1)
    const { backend } = server!
    backend.isAutomatic = true
    const session = await connectTo([server!.endpoint]).openSession()
    backend.isAutomatic = false
    const puts = [session.put("a", "1"), session.put("b", "2"), session.put("c", "3")]
    puts[2]!.catch(() => {})
    const [one, two, three] = [...(await backend.waitForAsked(3))]
    expect([one, two, three].map((asked) => asked!.session!.answeredBelow)).toEqual([1, 1, 1])
    backend.asked.splice(0, 3, two!, one!, three!)
    backend.answerNext()
    await puts[1]
    void session.put("d", "4").catch(() => {})
    await backend.waitForAsked(3)
    expect(backend.asked[2]!.session).toMatchObject({ sequence: 4, answeredBelow: 1 })
    backend.answerNext()
    await puts[0]
    void session.put("e", "5").catch(() => {})
    await backend.waitForAsked(3)
    expect(backend.asked[2]!.session).toMatchObject({ sequence: 5, answeredBelow: 3 })
  })

  test("that the cluster has forgotten says so; if an earlier try may have happened, the outcome stays unknown", async () => {
    const [server] = await startServers(1)
    const { backend } = server!
    backend.isAutomatic = true
    const session = await connectTo([server!.endpoint]).openSession()
    backend.isAutomatic = false
    const put = session.put("k", "v")
    const [first] = await backend.waitForAsked(1)
    backend.asked.shift()
    first!.receiver.onUnknown(first!.tag, "the leader changed")
    const [second] = await backend.waitForAsked(1)
    backend.asked.shift()
    second!.receiver.onRejected(second!.tag, "sessionExpired", "no such session", null)
    expect(await failureOf(put)).toMatchObject({ code: "sessionExpired", outcome: "unknown" })
    expect(session.isOpen).toBe(false)
    expect(await failureOf(session.put("k", "v"))).toMatchObject({ code: "sessionExpired", outcome: "rejected" })
  })

  test("whose command every state machine refused has certainly changed nothing, whatever became of its first try", async () => {
    const [server] = await startServers(1)
    const { backend } = server!
    backend.isAutomatic = true
    const session = await connectTo([server!.endpoint]).openSession()
    backend.isAutomatic = false
    const put = session.put("k", "v")
    const [first] = await backend.waitForAsked(1)
    backend.asked.shift()
    first!.receiver.onUnknown(first!.tag, "the leader changed")
    const [second] = await backend.waitForAsked(1)
    second!.receiver.onRejected(second!.tag, "applyFailed", "the state machine refused the command", null)
    expect(await failureOf(put)).toMatchObject({ code: "applyFailed", outcome: "rejected" })
    expect(session.isOpen).toBe(true)
  })

  test("is closed with a word to the cluster, and takes no more writes", async () => {
    const [server] = await startServers(1)
    server!.backend.isAutomatic = true
    const client = connectTo([server!.endpoint])
    const session = await client.openSession()
    await session.close()
    expect(await failureOf(session.put("k", "v"))).toMatchObject({ code: "closed", outcome: "rejected" })
    await session.close()
  })

  test("sessionInflightMax: has a limit of writes without an answer", async () => {
    const [server] = await startServers(1)
    server!.backend.isAutomatic = true
    const session = await connectTo([server!.endpoint], { sessionInflightMax: 2 }).openSession()
    server!.backend.isAutomatic = false
    void session.put("a", "1").catch(() => {})
    void session.put("b", "2").catch(() => {})
    expect(await failureOf(session.put("c", "3"))).toMatchObject({ code: "overloaded", outcome: "rejected" })
  })
})

describe("a server that does not answer", () => {
  test("attemptTimeoutMs: loses a read to another one", async () => {
    const [first, second] = await startServers(2)
    second!.backend.isAutomatic = true
    const client = connectTo([first!.endpoint, second!.endpoint], { attemptTimeoutMs: 20 })
    expect(await client.get("k")).toBeNull()
    expect(first!.backend.cancelled.length + first!.backend.asked.length).toBeGreaterThan(0)
  })

  test("leaves a write unknown at the deadline, and is told to forget it", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint])
    await client.status()
    const put = client.put("k", "v", { timeoutMs: 100 })
    await server!.backend.waitForAsked(1)
    expect(await failureOf(put)).toMatchObject({ code: "timeout", outcome: "unknown", endpoint: server!.endpoint })
    await client.status()
    expect(server!.backend.asked).toEqual([])
  })

  test("because it is paused while it leads does not hide its successor", async () => {
    const [old, next] = await startServers(2)
    next!.backend.isAutomatic = true
    const client = connectTo([old!.endpoint], { silenceMs: 60_000 })
    const states = client.watchLeader()
    await states.next()
    while (next!.accepted === 0) await client.status()
    for (const socket of old!.sockets) socket.pause()
    old!.backend.listeners.clear()
    setLeader(servers, 1, 2)
    expect((await states.next()).value).toMatchObject({ term: 2, leader: 2 })
    await client.put("k", "v")
    expect(next!.backend.applied).toEqual(["v"])
  })

  test("connectTimeoutMs: to anything at all is given up, though its connection stays open", async () => {
    const [working] = await startServers(1)
    working!.backend.isAutomatic = true
    const paused = await startSilentServer()
    const client = connectTo([paused, working!.endpoint], { connectTimeoutMs: 100 })
    await client.put("k", "v")
    expect(working!.backend.applied).toEqual(["v"])
  })

  test("silenceMs: any more after it did is found out by silence, which is no answer to a question either", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint], { probeMs: 10, silenceMs: 20 })
    await client.status()
    const put = client.put("k", "v")
    await server!.backend.waitForAsked(1)
    for (const socket of server!.sockets) socket.pause()
    expect(await failureOf(put)).toMatchObject({ code: "connectionLost", outcome: "unknown", message: /no sign of life for 20 ms/ })
  })

  test("probeMs: for less than this is no reason to ask for a sign of life", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint], { probeMs: 60_000, silenceMs: 1 })
    const put = client.put("k", "v")
    await server!.backend.waitForAsked(1)
    for (const socket of server!.sockets) socket.pause()
    await new Promise((done) => setTimeout(done, 100))
    for (const socket of server!.sockets) socket.resume()
    server!.backend.answerNext()
    await put
    expect(server!.accepted).toBe(1)
  })

  test("replacedSilenceMs: is not waited for where another leads now: what may be repeated goes there, a bare write is unknown", async () => {
    const [old, next] = await startServers(2)
    next!.backend.isAutomatic = true
    const client = connectTo([old!.endpoint], { probeMs: 30_000, silenceMs: 60_000, attemptTimeoutMs: 60_000, replacedSilenceMs: 20 })
    while (next!.accepted === 0) await client.status()
    const put = client.put("k", "v", { timeoutMs: 60_000 })
    const get = client.get("k", { timeoutMs: 60_000 })
    await old!.backend.waitForAsked(2)
    for (const socket of old!.sockets) socket.pause()
    old!.backend.listeners.clear()
    setLeader(servers, 1, 2)
    expect(await failureOf(put)).toMatchObject({ code: "connectionLost", outcome: "unknown", message: /another one leads now/ })
    expect(await get).toBeNull()
  })

  test("yet is waited for where it still gives signs of life, though another leads now: it may have the answer", async () => {
    const [old, next] = await startServers(2)
    const client = connectTo([old!.endpoint], { replacedSilenceMs: 40 })
    while (next!.accepted === 0) await client.status()
    const put = client.put("k", "v")
    await old!.backend.waitForAsked(1)
    setLeader(servers, 1, 2)
    await new Promise((done) => setTimeout(done, 250))
    old!.backend.answerNext()
    await put
    expect(old!.backend.applied).toEqual(["v"])
  })

  test("for long because it has much to do is not mistaken for a dead one", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint], { probeMs: 20, silenceMs: 40 })
    const put = client.put("k", "v")
    await server!.backend.waitForAsked(1)
    // Many silences long: signs of life are asked for and given.
    await new Promise((done) => setTimeout(done, 250))
    server!.backend.answerNext()
    await put
    expect(server!.accepted).toBe(1)
  })
})

describe("limits", () => {
  test("inflightRequestsMax: one call more than allowed is refused at once, as certainly not done", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint], { inflightRequestsMax: 2 })
    const puts = [client.put("a", "1"), client.put("b", "2")]
    expect(await failureOf(client.put("c", "3"))).toMatchObject({ code: "overloaded", outcome: "rejected" })
    await server!.backend.waitForAsked(2)
    server!.backend.answerNext()
    await puts[0]
    const third = client.put("c", "3")
    await server!.backend.waitForAsked(2)
    server!.backend.answerNext()
    server!.backend.answerNext()
    await Promise.all([...puts, third])
    expect(server!.backend.applied).toEqual(["1", "2", "3"])
  })

  test("inflightBytesMax: up to the last byte they are let through, and none beyond", async () => {
    const [server] = await startServers(1)
    const requestBytes = 1 + 2 + 1 + 50
    const client = connectTo([server!.endpoint], { inflightBytesMax: 2 * requestBytes })
    const puts = [client.put("a", "x".repeat(50)), client.put("b", "x".repeat(50))]
    expect(await failureOf(client.put("c", ""))).toMatchObject({ code: "overloaded", outcome: "rejected" })
    await server!.backend.waitForAsked(2)
    server!.backend.answerNext()
    server!.backend.answerNext()
    await Promise.all(puts)
  })

  test("inflightBytesMax: so are more bytes than allowed, but one large call alone is let through", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint], { inflightBytesMax: 100 })
    const large = client.put("a", "x".repeat(200))
    expect(await failureOf(client.put("b", "y"))).toMatchObject({ code: "overloaded", outcome: "rejected" })
    await server!.backend.waitForAsked(1)
    server!.backend.answerNext()
    await large
  })
})

test("administrationTimeoutMs: what waits for more than a majority has a deadline of its own", async () => {
  const [server] = await startServers(1)
  const client = connectTo([server!.endpoint], { timeoutMs: 60_000, administrationTimeoutMs: 40 })
  const failures = [client.transferLeadership(), client.snapshot(), client.changeMembership([{ kind: "remove", id: 2 }])].map(failureOf)
  for (const failure of await Promise.all(failures))
    expect(failure).toMatchObject({ code: "timeout", message: expect.stringMatching(/no answer within 40 ms/) as string })
})

test("a new member needs an id and an address of its peers, as in a new cluster", async () => {
  const [server] = await startServers(1)
  const client = connectTo([server!.endpoint])
  client.changeMembership([{ kind: "addVoter", member: { id: 9, peerAddress: "127.0.0.1:9" } }]).catch(() => {})
  const [asked] = await server!.backend.waitForAsked(1)
  const member = { id: 9, name: "n9", peerAddress: "127.0.0.1:9", clientAddress: "" }
  expect(asked).toMatchObject({ kind: "changeMembership", changes: [{ kind: "addVoter", member }] })
})

describe("reads", () => {
  test("never go back in time: each asks for what was seen before", async () => {
    const [server] = await startServers(1)
    const { backend } = server!
    backend.isAutomatic = true
    backend.index = 40
    const client = connectTo([server!.endpoint])
    await client.put("k", "v")
    backend.isAutomatic = false
    const stale = client.get("k", { consistency: "stale" })
    const [asked] = await backend.waitForAsked(1)
    expect(asked).toMatchObject({ consistency: "stale", minimumIndex: 41 })
    backend.index = 50
    backend.answerNext()
    await stale
    void client.get("k").catch(() => {})
    expect((await backend.waitForAsked(1))[0]).toMatchObject({ consistency: "linearizable", minimumIndex: 50 })
  })
})

describe("another cluster", () => {
  test("is refused by its id", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint], { clusterId: "00000000000000ff" })
    const error = await failureOf(client.get("k"))
    expect(error).toMatchObject({ code: "unreachable", outcome: "rejected" })
    expect(error.message).toContain("belongs to cluster 00000000000000c1, not to 00000000000000ff")
  })

  test("at a known address does not get the writes of a client that knows better", async () => {
    const [first, second] = await startServers(2)
    for (const { backend } of servers) backend.isAutomatic = true
    second!.backend.clusterId = "00000000000000ff"
    const client = connectTo([first!.endpoint, second!.endpoint], { timeoutMs: 100 })
    await client.put("k", "1")
    await first!.stop()
    expect(await failureOf(client.get("k"))).toMatchObject({ code: "timeout" })
    expect(await failureOf(client.put("k", "2"))).toMatchObject({ outcome: "rejected" })
    expect(second!.backend.applied).toEqual([])
    await first!.start()
  })
})

describe("another cluster with the same token", () => {
  const other = "00000000000000f2"

  test("gets nothing of what is sent to the first, and is refused in words that name both", async () => {
    const [first, second] = await startServers(2)
    for (const { backend } of servers) backend.isAutomatic = true
    second!.backend.leader = { ...second!.backend.leader, genesis: other }
    const client = connectTo([first!.endpoint, second!.endpoint], { timeoutMs: 200 })
    await client.put("k", "1")
    await vi.waitFor(() => expect(client.refused).toMatchObject([{ endpoint: second!.endpoint, code: "otherBeginning" }]))
    expect(client.refused[0]!.message).toMatch(
      /another cluster than 127\.0\.0\.1:\d+: .*genesis 00000000000000f2, and 00000000000000f1 there/,
    )
    // What is meant for that server only is refused at once.
    const error = await failureOf(client.snapshot({ endpoint: second!.endpoint, timeoutMs: 60_000 }))
    expect(error).toMatchObject({ code: "otherBeginning", outcome: "rejected", endpoint: second!.endpoint })
    await first!.stop()
    expect(await failureOf(client.get("k"))).toMatchObject({ code: "timeout" })
    expect(await failureOf(client.put("k", "2"))).toMatchObject({ outcome: "rejected" })
    expect(second!.backend.applied).toEqual([])
    await first!.start()
  })

  test("that begins only later is noticed on the connection that is there", async () => {
    const [first, second] = await startServers(2)
    for (const { backend } of servers) backend.isAutomatic = true
    const begun = second!.backend.leader
    second!.backend.leader = { ...begun, leader: null, genesis: null }
    const client = connectTo([second!.endpoint, first!.endpoint])
    await client.put("k", "1")
    // It has said to which cluster it belongs.
    await vi.waitFor(() => expect(first!.backend.listeners.size).toBe(1))
    expect(client.refused).toEqual([])
    second!.backend.changeLeader({ ...begun, genesis: other })
    await vi.waitFor(() => expect(client.refused).toMatchObject([{ endpoint: second!.endpoint, code: "otherBeginning" }]))
    const applied = second!.backend.applied.length
    await client.put("k", "2")
    expect(second!.backend.applied).toHaveLength(applied)
  })

  test("is no matter where servers do not tell theirs", async () => {
    const [first, second] = await startServers(2)
    for (const { backend } of servers) backend.isAutomatic = true
    second!.backend.leader = { ...second!.backend.leader, genesis: null }
    const client = connectTo([first!.endpoint, second!.endpoint])
    await client.put("k", "1")
    await first!.stop()
    await client.get("k")
    await client.put("k", "2")
    expect([client.refused, second!.backend.applied]).toEqual([[], ["2"]])
    await first!.start()
  })
})

describe("close", () => {
  test("ends every call: those that were sent as unknown, the others as rejected", async () => {
    const [server] = await startServers(1)
    const client = connectTo([server!.endpoint])
    const sent = failureOf(client.put("k", "v"))
    const read = failureOf(client.get("k"))
    await server!.backend.waitForAsked(2)
    const unsent = failureOf(client.put("k", "v"))
    client.close()
    expect(await sent).toMatchObject({ code: "closed", outcome: "unknown" })
    expect(await read).toMatchObject({ code: "closed", outcome: "rejected" })
    await unsent
    expect(await failureOf(client.put("k", "v"))).toMatchObject({ code: "closed", outcome: "rejected" })
  })
})

/** Accepts connections and says nothing, ever: a paused process. */
async function startSilentServer(): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy())
    socket.resume()
  })
  silent.push(server)
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}
