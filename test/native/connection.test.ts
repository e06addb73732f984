import { createServer, type Server, Socket } from "node:net"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type NativeOptions, NativeServer } from "../../src/server/native/index.ts"
import { TurnEnd } from "../../src/server/native/turn-end.ts"
import {
  ByteReader,
  ByteWriter,
  decodeResponse,
  encodeRequest,
  FrameCutter,
  operation,
  readIndexed,
  readLeaderState,
  readServerStatus,
  readSessionOpened,
  readWelcome,
  type Request,
  type Response,
  writeRequestFrame,
} from "../../src/wire/client/index.ts"
import { decodeKvBody, encodeKvCommand, encodeKvQuery, encodePut, rangeRequest } from "../../src/wire/kv/index.ts"
import { FakeBackend } from "./fake-backend.ts"

let backend: FakeBackend
let server: Server
let sockets: Socket[]
let clients: RawClient[]
let options: Partial<NativeOptions>

beforeEach(async () => {
  backend = new FakeBackend()
  sockets = []
  clients = []
  options = {}
  let native: NativeServer | null = null
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    native ??= new NativeServer(backend, options)
    native.serve(socket)
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
})

afterEach(async () => {
  for (const socket of [...sockets, ...clients.map((client) => client.socket)]) socket.destroy()
  await new Promise((done) => server.close(done))
})

interface Received {
  readonly id: number
  readonly response: Response
}

/** A client that sends what it is told, byte by byte if need be, and keeps what comes back. */
class RawClient {
  readonly socket = new Socket({ allowHalfOpen: true })
  readonly received: Received[] = []
  hasEnded = false
  private readonly cutter = new FrameCutter()
  private waiters: (() => void)[] = []

  async connect(): Promise<this> {
    clients.push(this)
    const { port } = server.address() as { port: number }
    this.socket.on("data", (piece) => {
      this.cutter.push(piece)
      for (let frame = this.cutter.take(); frame !== null; frame = this.cutter.take()) {
        const id = new ByteReader(frame.bytes, frame.start + 4, frame.end).u64("id")
        const response = decodeResponse(frame.bytes[frame.start + 12]!, frame.bytes.slice(), frame.start + 13, frame.end)
        this.received.push({ id, response })
      }
      this.wake()
    })
    this.socket.on("end", () => {
      this.hasEnded = true
      this.wake()
    })
    this.socket.on("error", () => this.wake())
    await new Promise<void>((done) => this.socket.connect(port, "127.0.0.1", done))
    this.socket.setNoDelay(true)
    return this
  }

  send(id: number, request: Request): void {
    this.socket.write(frameOf(id, encodeRequest(request)))
  }

  async responses(count: number): Promise<Received[]> {
    while (this.received.length < count && !this.hasEnded) await new Promise<void>((done) => this.waiters.push(done))
    return this.received
  }

  async end(): Promise<void> {
    while (!this.hasEnded) await new Promise<void>((done) => this.waiters.push(done))
  }

  private wake(): void {
    const waiting = this.waiters
    this.waiters = []
    for (const wake of waiting) wake()
  }
}

function connect(): Promise<RawClient> {
  return new RawClient().connect()
}

function frameOf(id: number, request: Uint8Array): Buffer {
  const out = new ByteWriter()
  writeRequestFrame(out, id, request)
  return Buffer.from(out.take())
}

function put(key: string, value: string): Uint8Array {
  return encodePut(Buffer.from(key), Buffer.from(value))
}

function get(key: string): Uint8Array {
  return encodeKvQuery({ kind: "get", key: Buffer.from(key) })
}

function bodyOf(received: Received | undefined): Uint8Array {
  const response = received?.response
  if (response?.kind !== "ok" && response?.kind !== "update") throw new Error(`no body in ${JSON.stringify(response)}`)
  return response.body
}

describe("a client that never says hello", () => {
  test("puts and gets, pipelined", async () => {
    backend.isAutomatic = true
    const client = await connect()
    client.socket.write(Buffer.concat([frameOf(0, put("k", "v1")), frameOf(1, get("k")), frameOf(2, get("other"))]))
    const [first, second, third] = await client.responses(3)
    expect(readIndexed(bodyOf(first)).index).toBe(1)
    expect(Buffer.from(bodyOf(second)).toString()).toBe("v1")
    expect(third).toEqual({ id: 2, response: { kind: "notFound", index: null } })
  })

  test("is understood wherever its bytes are split", async () => {
    backend.isAutomatic = true
    const script = Buffer.concat([frameOf(7, put("key", "value")), frameOf(2 ** 40 + 1, get("key"))])
    for (let cut = 1; cut < script.length; cut++) {
      const client = await connect()
      client.socket.write(script.subarray(0, cut))
      // The pieces have to arrive one by one, so wait until the first is known to be in.
      while ((sockets.at(-1)?.bytesRead ?? 0) < cut) await settled()
      client.socket.write(script.subarray(cut))
      const received = await client.responses(2)
      expect(received.map(({ id }) => id)).toEqual([7, 2 ** 40 + 1])
      expect(Buffer.from(bodyOf(received[1])).toString()).toBe("value")
      client.socket.destroy()
    }
  })

  test("gets replies in whatever order they become ready, each with its id", async () => {
    const client = await connect()
    client.socket.write(Buffer.concat([frameOf(1, put("a", "1")), frameOf(2, put("b", "2")), frameOf(3, get("a"))]))
    const [a, b, c] = [...(await backend.waitForAsked(3))]
    c!.receiver.onAnswered(c!.tag, 9, { kind: "get", value: Uint8Array.of(0x31) })
    b!.receiver.onRejected(b!.tag, "notLeader", "try node 2", 2)
    a!.receiver.onUnknown(a!.tag, "lost")
    expect(await client.responses(3)).toEqual([
      { id: 3, response: { kind: "ok", body: Buffer.from("1") } },
      { id: 2, response: { kind: "rejected", reason: "notLeader", message: "try node 2", leader: 2, leaderAddress: "127.0.0.1:12" } },
      { id: 1, response: { kind: "unknown", message: "lost" } },
    ])
  })
})

describe("requests", () => {
  test("pass a command's bytes on untouched", async () => {
    const client = await connect()
    const command = put("key", "value")
    client.socket.write(frameOf(1, command))
    client.send(2, { kind: "inSession", session: { sessionId: 5, sequence: 2, answeredBelow: 1 }, command })
    const [bare, wrapped] = await backend.waitForAsked(2)
    expect(Buffer.from(bare!.command!)).toEqual(Buffer.from(command))
    expect(bare!.session).toBeNull()
    expect(Buffer.from(wrapped!.command!)).toEqual(Buffer.from(command))
    expect(wrapped!.session).toEqual({ sessionId: 5, sequence: 2, answeredBelow: 1 })
  })

  test("read with a consistency and a minimum index", async () => {
    const client = await connect()
    const query = encodeKvQuery(rangeRequest(Buffer.from("k")))
    client.send(1, { kind: "read", consistency: "stale", minimumIndex: 12, query })
    const [asked] = await backend.waitForAsked(1)
    expect(asked).toMatchObject({ kind: "read", consistency: "stale", minimumIndex: 12 })
    const kv = { key: Buffer.from("k"), value: Buffer.from("v"), createRevision: 4, modRevision: 5, version: 2, lease: 9n }
    asked!.receiver.onAnswered(asked!.tag, 15, { kind: "range", revision: 5, kvs: [kv], more: false, count: 1 })
    const { index, result } = readIndexed(bodyOf((await client.responses(1))[0]))
    expect(index).toBe(15)
    expect(decodeKvBody("range", result).kvs).toEqual([kv])
  })

  test("bare queries other than get are linearizable and answer with their index", async () => {
    const client = await connect()
    client.socket.write(frameOf(1, encodeKvQuery(rangeRequest(Buffer.from("k")))))
    const [asked] = await backend.waitForAsked(1)
    expect(asked).toMatchObject({ consistency: "linearizable", minimumIndex: 0 })
  })

  test("refused by the store are told with the index", async () => {
    backend.isAutomatic = true
    const client = await connect()
    client.socket.write(frameOf(1, encodeKvCommand({ kind: "compact", revision: 1, physical: false })))
    client.socket.write(frameOf(2, put("", "v")))
    expect(await client.responses(2)).toEqual(
      expect.arrayContaining([
        { id: 1, response: { kind: "refused", index: 1, code: 1, message: "mvcc: required revision has been compacted" } },
        { id: 2, response: { kind: "refused", index: 0, code: 3, message: "key is not provided" } },
      ]),
    )
  })

  test("open, keep and close sessions", async () => {
    backend.isAutomatic = true
    const client = await connect()
    client.send(1, { kind: "openSession" })
    const [opened] = await client.responses(1)
    const { index, result } = readIndexed(bodyOf(opened))
    expect(index).toBe(1)
    expect(readSessionOpened(result)).toEqual({ sessionId: 100, timeToLiveMs: 60_000 })
    client.send(2, { kind: "keepSession", sessionId: 100 })
    client.send(3, { kind: "closeSession", sessionId: 100 })
    expect((await client.responses(3)).slice(1).map((received) => readIndexed(bodyOf(received)).index)).toEqual([2, 3])
  })

  test("administer the cluster", async () => {
    const client = await connect()
    client.send(1, { kind: "changeMembership", version: 8, changes: [{ kind: "remove", id: 3 }] })
    client.send(2, { kind: "transferLeadership", to: null })
    client.send(3, { kind: "takeSnapshot" })
    const [change, transfer, snapshot] = [...(await backend.waitForAsked(3))]
    expect(change).toMatchObject({ kind: "changeMembership", version: 8, changes: [{ kind: "remove", id: 3 }] })
    expect(transfer).toMatchObject({ kind: "transferLeadership", to: null })
    change!.receiver.onRejected(change!.tag, "staleConfiguration", "the configuration is 9 by now", 1)
    snapshot!.receiver.onCommitted(snapshot!.tag, 44, new Uint8Array(0))
    const received = await client.responses(2)
    expect(received[0]!.response).toMatchObject({ kind: "rejected", reason: "staleConfiguration" })
    expect(readIndexed(bodyOf(received[1])).index).toBe(44)
  })

  test("say hello and learn who answers", async () => {
    const client = await connect()
    client.send(1, { kind: "hello", versionMin: 1, versionMax: 9, clusterId: null })
    client.send(2, { kind: "hello", versionMin: 2, versionMax: 9, clusterId: null })
    client.send(3, { kind: "hello", versionMin: 1, versionMax: 1, clusterId: "00000000000000ff" })
    const [welcome, tooNew, foreign] = await client.responses(3)
    expect(readWelcome(bodyOf(welcome))).toMatchObject({ version: 1, clusterId: "00000000000000c1", nodeId: 1 })
    expect(tooNew!.response).toMatchObject({ kind: "rejected", reason: "unsupportedVersion" })
    expect(foreign!.response).toMatchObject({
      kind: "rejected",
      reason: "wrongCluster",
      message: expect.stringContaining("00000000000000c1") as string,
    })
  })

  test("ask for the status", async () => {
    const client = await connect()
    client.send(1, { kind: "status" })
    const [status] = await client.responses(1)
    expect(readServerStatus(new ByteReader(bodyOf(status)))).toEqual(backend.status())
  })
})

describe("watchLeader", () => {
  test("tells at once, after every change, and that it was cancelled", async () => {
    const client = await connect()
    client.send(1, { kind: "watchLeader" })
    expect(readLeaderState(new ByteReader(bodyOf((await client.responses(1))[0]))).leader).toBe(1)
    backend.changeLeader({ ...backend.leader, term: 4, leader: null })
    expect(readLeaderState(new ByteReader(bodyOf((await client.responses(2))[1])))).toMatchObject({ term: 4, leader: null })
    client.send(2, { kind: "cancel", requestId: { low: 1, high: 0 } })
    const received = await client.responses(4)
    expect(received[2]).toMatchObject({ id: 1, response: { kind: "rejected", reason: "cancelled" } })
    expect(received[3]).toMatchObject({ id: 2, response: { kind: "ok", body: Buffer.from([1]) } })
    backend.changeLeader({ ...backend.leader, term: 5 })
    client.send(3, { kind: "status" })
    expect((await client.responses(5))[4]!.id).toBe(3)
  })

  test("merges changes that come in one turn", async () => {
    const client = await connect()
    client.send(1, { kind: "watchLeader" })
    await client.responses(1)
    for (let term = 4; term <= 9; term++) backend.changeLeader({ ...backend.leader, term })
    client.send(2, { kind: "status" })
    const received = await client.responses(3)
    expect(received.map(({ id }) => id)).toEqual([1, 1, 2])
    expect(readLeaderState(new ByteReader(bodyOf(received[1]))).term).toBe(9)
  })

  test("subscriptionsMax: has a limit per connection", async () => {
    options = { subscriptionsMax: 2 }
    const client = await connect()
    for (let id = 1; id <= 3; id++) client.send(id, { kind: "watchLeader" })
    const received = await client.responses(3)
    expect(received.find(({ id }) => id === 3)!.response).toMatchObject({ kind: "overloaded", reason: "overloaded" })
  })

  test("stops listening when the connection closes", async () => {
    const client = await connect()
    client.send(1, { kind: "watchLeader" })
    await client.responses(1)
    expect(backend.listeners.size).toBe(1)
    client.socket.destroy()
    while (backend.listeners.size > 0) await settled()
    await connectionsClosed()
  })
})

describe("cancel", () => {
  test("has a pending request answered as unknown", async () => {
    const client = await connect()
    client.socket.write(frameOf(5, put("k", "v")))
    await backend.waitForAsked(1)
    client.send(6, { kind: "cancel", requestId: { low: 5, high: 0 } })
    const received = await client.responses(2)
    expect(received.find(({ id }) => id === 5)!.response).toMatchObject({ kind: "unknown" })
    expect(bodyOf(received.find(({ id }) => id === 6))).toEqual(Buffer.from([1]))
  })

  test("of nothing says so", async () => {
    const client = await connect()
    client.send(6, { kind: "cancel", requestId: { low: 5, high: 0 } })
    expect(bodyOf((await client.responses(1))[0])).toEqual(Buffer.from([0]))
  })

  test("is what a closed connection does to its pending requests", async () => {
    options = { halfClosedMs: 1 }
    const client = await connect()
    client.socket.write(Buffer.concat([frameOf(1, put("k", "v")), frameOf(2, get("k"))]))
    const handles = (await backend.waitForAsked(2)).map(({ handle }) => handle)
    client.socket.destroy()
    while (backend.cancelled.length < 2) await settled()
    expect(backend.cancelled).toEqual(handles)
  })
})

describe("bytes that make no sense", () => {
  test.each([
    ["a key longer than its frame", Uint8Array.of(operation.put, 5, 0, 0x61), /does not fit into the frame/],
    ["a put without a key length", Uint8Array.of(operation.put, 5), /does not fit into the frame/],
    ["a put without anything", Uint8Array.of(operation.put), /does not fit into the frame/],
    ["a get with bytes behind its key", Uint8Array.of(operation.get, 1, 0, 0x61, 0x62), /does not end where the frame does/],
    ["an unknown operation of the store", Uint8Array.of(31), /operation 31/],
    ["an unknown operation", Uint8Array.of(99), /operation 99/],
    ["a malformed transaction", Uint8Array.of(4, 1, 0), /compared key/],
    [
      "a read in a session",
      Uint8Array.of(operation.inSession, ...new Uint8Array(8), 1, ...new Uint8Array(15), 2, 1, 0, 0x61),
      /for writes/,
    ],
    ["a write in a read", Uint8Array.of(operation.read, ...new Uint8Array(9), 1, 1, 0, 0x61), /no query/],
  ])("are answered in words and leave the connection usable: %s", async (_, bytes, words) => {
    backend.isAutomatic = true
    const client = await connect()
    client.socket.write(Buffer.concat([frameOf(1, bytes), frameOf(2, put("k", "v"))]))
    const received = await client.responses(2)
    expect(received[0]).toMatchObject({ id: 1, response: { kind: "badRequest", message: expect.stringMatching(words) as string } })
    expect(received[1]).toMatchObject({ id: 2, response: { kind: "ok" } })
  })

  test("in place of a length end the connection, with the reason", async () => {
    const client = await connect()
    client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await client.end()
    expect(client.received).toEqual([
      {
        id: 0,
        response: { kind: "badRequest", message: expect.stringMatching(/above the limit.*another protocol.*cannot go on/) as string },
      },
    ])
    client.socket.end()
    await connectionsClosed()
  })

  test("after good requests still let those be answered first", async () => {
    backend.isAutomatic = true
    const client = await connect()
    client.socket.write(frameOf(1, put("k", "v")))
    await client.responses(1)
    client.socket.write(Buffer.of(3, 0, 0, 0, 1, 2, 3))
    await client.end()
    expect(client.received[1]).toMatchObject({
      id: 0,
      response: { kind: "badRequest", message: expect.stringContaining("no room") as string },
    })
  })

  test("lastWordsMs: do not keep a client that never closes", async () => {
    options = { lastWordsMs: 1 }
    const client = await connect()
    client.socket.write(Buffer.of(0, 0, 0, 0))
    await connectionsClosed()
    expect(client.socket.destroyed).toBe(false)
  })
})

describe("limits", () => {
  test("an oversized request is refused in words and the connection goes on", async () => {
    options = { store: { requestBytesMax: 100, txnOperationsMax: 128 } }
    backend.isAutomatic = true
    const client = await connect()
    const overhead = put("k", "").length
    client.socket.write(frameOf(1, put("k", "x".repeat(101 - overhead))))
    client.socket.write(frameOf(2, put("k", "x".repeat(100 - overhead))))
    const received = await client.responses(2)
    expect(received[0]).toMatchObject({ id: 1, response: { kind: "rejected", reason: "tooLarge", message: /101 bytes.*limit of 100/ } })
    expect(received[1]).toMatchObject({ id: 2, response: { kind: "ok" } })
    expect(backend.applied).toEqual(["x".repeat(100 - overhead)])
  })

  test("inflightRequestsMax: at the most requests in flight the connection reads no further, and goes on as they are answered", async () => {
    options = { inflightRequestsMax: 3 }
    const client = await connect()
    client.socket.write(Buffer.concat(Array.from({ length: 10 }, (_, id) => frameOf(id, put("k", String(id))))))
    await backend.waitForAsked(3)
    await settled()
    expect(backend.asked).toHaveLength(3)
    for (let answered = 0; answered < 10; answered++) {
      await backend.waitForAsked(1)
      expect(backend.asked.length).toBeLessThanOrEqual(3)
      backend.answerNext()
    }
    expect((await client.responses(10)).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(backend.applied).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
  })

  test("inflightBytesMax: so it does at the most bytes in flight", async () => {
    options = { inflightBytesMax: 1000 }
    const client = await connect()
    client.socket.write(Buffer.concat([1, 2, 3].map((id) => frameOf(id, put("k", "x".repeat(600))))))
    await backend.waitForAsked(2)
    await settled()
    expect(backend.asked).toHaveLength(2)
    backend.answerNext()
    await backend.waitForAsked(2)
    backend.answerNext()
    backend.answerNext()
    await client.responses(3)
  })

  test("unsentBytesMax: a client that does not take its answers is not read from, and its reads are answered overloaded", async () => {
    options = { unsentBytesMax: 200_000 }
    const client = await connect()
    client.socket.pause()
    const count = 200
    client.socket.write(Buffer.concat(Array.from({ length: count }, (_, id) => frameOf(id, get("k")))))
    const asked = [...(await backend.waitForAsked(count))]
    const value = new Uint8Array(100_000)
    for (const { receiver, tag } of asked) receiver.onAnswered(tag, 1, { kind: "get", value })
    client.socket.resume()
    const received = await client.responses(count)
    const overloaded = received.filter(({ response }) => response.kind === "overloaded")
    expect(overloaded.length).toBe(count - 2)
    expect(received.filter(({ response }) => response.kind === "ok")).toHaveLength(2)
  })

  test("an answer too large for a frame is refused in words", async () => {
    const client = await connect()
    client.socket.write(frameOf(1, encodeKvQuery(rangeRequest(Buffer.from("k")))))
    const [asked] = await backend.waitForAsked(1)
    const kv = { key: Buffer.from("k"), value: new Uint8Array(9_000_000), createRevision: 1, modRevision: 1, version: 1, lease: 0n }
    asked!.receiver.onAnswered(asked!.tag, 1, { kind: "range", revision: 1, kvs: [kv, kv], more: false, count: 2 })
    const [received] = await client.responses(1)
    expect(received!.response).toMatchObject({ kind: "rejected", reason: "tooLarge", message: /limit/ })
  })
})

describe("half-closed connections", () => {
  test("are answered to the last request and then closed", async () => {
    const client = await connect()
    client.socket.end(Buffer.concat([frameOf(1, put("a", "1")), frameOf(2, put("b", "2"))]))
    await backend.waitForAsked(2)
    await settled()
    expect(client.hasEnded).toBe(false)
    backend.answerNext()
    backend.answerNext()
    await client.end()
    expect(client.received.map(({ id }) => id)).toEqual([1, 2])
  })

  test("end their subscriptions", async () => {
    const client = await connect()
    client.send(1, { kind: "watchLeader" })
    await client.responses(1)
    client.socket.end()
    await client.end()
    expect(client.received[1]!.response).toMatchObject({ kind: "rejected", reason: "cancelled" })
  })

  test("halfClosedMs: are closed by then, whatever is still under way", async () => {
    options = { halfClosedMs: 10 }
    const client = await connect()
    client.socket.end(frameOf(1, put("a", "1")))
    const [asked] = await backend.waitForAsked(1)
    await connectionsClosed()
    expect(client.received).toEqual([])
    expect(backend.cancelled).toEqual([asked!.handle])
  })

  test("in the middle of a frame are simply closed", async () => {
    const client = await connect()
    client.socket.end(frameOf(1, put("a", "1")).subarray(0, 15))
    await client.end()
    expect(client.received).toEqual([])
  })
})

describe("TurnEnd", () => {
  test("flushes each connection once per turn, and what a flush adds in the next", () => {
    const scheduled: (() => void)[] = []
    const turnEnd = new TurnEnd((run) => scheduled.push(run))
    const flushed: string[] = []
    const second = { flush: () => flushed.push("second") }
    const first = {
      flush: () => {
        flushed.push("first")
        turnEnd.add(second)
      },
    }
    turnEnd.add(first)
    expect(scheduled).toHaveLength(1)
    scheduled[0]!()
    expect(flushed).toEqual(["first"])
    expect(scheduled).toHaveLength(2)
    scheduled[1]!()
    expect(flushed).toEqual(["first", "second"])
  })
})

/** Long enough for everything that is already on its way inside this process: a few turns of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((done) => setImmediate(done))
}

async function connectionsClosed(): Promise<void> {
  while ((await new Promise<number>((done) => server.getConnections((_, count) => done(count)))) > 0) await settled()
  // A server counts a socket no more as soon as it is destroyed; that it is closed is told a turn later.
  await settled()
}
