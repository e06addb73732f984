// What strangers hold on all native connections together is bounded, and well-behaved clients are served all the same.

import { afterEach, expect, test, vi } from "vitest"
import { defaultNativeOptions, type NativeOptions, NativeServer } from "../../src/server/native/index.ts"
import { SharedLoad } from "../../src/server/native/shared-load.ts"
import { ByteWriter, writeRequestFrame } from "../../src/wire/client/index.ts"
import { encodeKvQuery, encodePut } from "../../src/wire/kv/index.ts"
import { FakeBackend } from "./fake-backend.ts"
import { SlowStream } from "./slow-stream.ts"

const streams: SlowStream[] = []
const servers: NativeServer[] = []
afterEach(() => {
  for (const stream of streams.splice(0)) stream.destroy()
  for (const server of servers.splice(0)) server.close()
})

function serve(options: Partial<NativeOptions> = {}): {
  backend: FakeBackend
  server: NativeServer
  connect(isTaking?: boolean): SlowStream
} {
  const backend = new FakeBackend()
  const server = new NativeServer(backend, options)
  servers.push(server)
  const connect = (isTaking = true): SlowStream => {
    const stream = new SlowStream(isTaking)
    streams.push(stream)
    server.serve(stream)
    return stream
  }
  return { backend, server, connect }
}

function frameOf(id: number, request: Uint8Array): Uint8Array {
  const out = new ByteWriter()
  writeRequestFrame(out, id, request)
  return out.take()
}

const get = (id: number): Uint8Array => frameOf(id, encodeKvQuery({ kind: "get", key: Buffer.from("k") }))
const put = (id: number, bytes: number): Uint8Array => frameOf(id, encodePut(Buffer.from("k"), new Uint8Array(bytes)))

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error(`waited in vain until ${what}`)
}

/** Answers every read that waits with a value of so many bytes, in one turn. */
function answerReads(backend: FakeBackend, bytes: number): void {
  const value = new Uint8Array(bytes)
  for (const { receiver, tag } of backend.asked.splice(0)) receiver.onAnswered(tag, 1, { kind: "get", value })
}

test("allUnsentBytesMax: two hundred clients that take no answers hold no more than the bound for all, and one that does is served", async () => {
  const { backend, server, connect } = serve({ allUnsentBytesMax: 1 << 20 })
  const bad = Array.from({ length: 200 }, () => connect(false))
  for (const stream of bad) stream.say(...Array.from({ length: 20 }, (_, id) => get(id)))
  await backend.waitForAsked(4_000)
  answerReads(backend, 10_000)
  expect(server.load.unsentBytes).toBeGreaterThan(1 << 19)
  expect(server.load.unsentBytes).toBeLessThanOrEqual(1 << 20)
  // Refusals are short, and are told whether there is room or not.
  await until("they are sent", () => server.load.inflightRequests === 0)
  const good = connect()
  for (let id = 0; id < 50; id++) {
    good.say(get(id))
    await backend.waitForAsked(1)
    answerReads(backend, 1_000)
    await until("it is answered", () => good.received.length === id + 1)
    expect(good.received[id]).toMatchObject({ id, response: { kind: "ok" } })
  }
  for (const stream of bad) stream.destroy()
  await until("all is let go", () => server.load.unsentBytes === 0)
})

test("a client for whose answer others leave no room is told that it is not its own doing", async () => {
  const { backend, connect } = serve({ allUnsentBytesMax: 100_000 })
  connect(false).say(get(1))
  await backend.waitForAsked(1)
  answerReads(backend, 49_000)
  const good = connect()
  good.say(get(7))
  await backend.waitForAsked(1)
  answerReads(backend, 49_000)
  await until("it is answered", () => good.received.length === 1)
  expect(good.received[0]!.response).toMatchObject({
    kind: "overloaded",
    message: expect.stringMatching(/clients that do not take/) as string,
  })
})

test("a result that nobody has room for is told as unknown, and in words as committed", async () => {
  const { backend, connect } = serve({ unsentBytesMax: 1_000 })
  const stream = connect(false)
  stream.say(put(1, 1), put(2, 1), put(3, 1))
  const asked = [...(await backend.waitForAsked(3))]
  for (const { receiver, tag } of asked) receiver.onCommitted(tag, 5, new Uint8Array(2_000))
  stream.takeAll()
  await until("all are answered", () => stream.received.length === 3)
  const unknown = { kind: "unknown", message: expect.stringMatching(/committed as entry 5.*no room for its result of 2000/) as string }
  expect(stream.received.map(({ response }) => response)).toMatchObject([{ kind: "ok" }, unknown, unknown])
})

test("untakenMs: a client that takes none of its answers is closed, and one that takes some is not", async () => {
  const told: string[] = []
  const { backend, connect } = serve({ sweepMs: 2, untakenMs: 40, onGivenUp: (because) => told.push(because) })
  const dead = connect(false)
  const slow = connect(false)
  for (const stream of [dead, slow]) stream.say(get(1))
  await backend.waitForAsked(2)
  answerReads(backend, 16 << 20)
  const taking = setInterval(() => slow.takeOne(), 5)
  await until("it is closed", () => dead.destroyed)
  expect(slow.destroyed).toBe(false)
  clearInterval(taking)
  expect(told).toEqual([expect.stringMatching(/^a client: it took none of \d+ bytes of answers for \d+ ms$/)])
})

test("untakenPressedMs: where room is short those that take nothing are closed soon, and first who holds most", async () => {
  const { backend, server, connect } = serve({ allUnsentBytesMax: 1 << 20, sweepMs: 2, untakenMs: 60_000, untakenPressedMs: 10 })
  const sizes = [100_000, 300_000, 150_000]
  const bad = sizes.map(() => connect(false))
  for (const [position, bytes] of sizes.entries()) {
    bad[position]!.say(get(1))
    await backend.waitForAsked(1)
    answerReads(backend, bytes)
  }
  expect(server.load.unsentBytes).toBeGreaterThan(1 << 19)
  await until("there is room again", () => server.load.unsentBytes < 1 << 19)
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(bad.map((stream) => stream.destroyed)).toEqual([false, true, false])
})

test("requestArrivalMs: a request that does not arrive whole ends its connection; silence between requests does not", async () => {
  const told: string[] = []
  const { backend, connect } = serve({ sweepMs: 2, requestArrivalMs: 30, onGivenUp: (because) => told.push(because) })
  backend.isAutomatic = true
  const half = connect()
  half.say(put(1, 1), put(2, 100).subarray(0, 50))
  const silent = connect()
  silent.say(put(1, 1))
  const dripping = connect()
  const drip = setInterval(() => !dripping.destroyed && dripping.say(Uint8Array.of(dripping.readableLength === 0 ? 200 : 0)), 3)
  await until("both are closed", () => half.destroyed && dripping.destroyed)
  clearInterval(drip)
  expect(half.received).toMatchObject([{ id: 1, response: { kind: "ok" } }])
  expect(silent.destroyed).toBe(false)
  silent.say(put(2, 1))
  await until("the silent one is answered", () => silent.received.length === 2)
  expect(told).toContainEqual(expect.stringMatching(/a request that it began did not arrive within 30 ms$/))
})

test("sparedIdleMs: the connection that has asked nothing for longest makes room for others, but for those that asked lately or wait", async () => {
  const { backend, server, connect } = serve({ sweepMs: 2, sparedIdleMs: 30 })
  backend.isAutomatic = true
  const [first, second] = [connect(), connect()]
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(server.closeLongestIdle()).toBe(false)
  await new Promise((resolve) => setTimeout(resolve, 60))
  first.say(put(1, 1))
  await until("it is answered", () => first.received.length === 1)
  backend.isAutomatic = false
  first.say(put(2, 1))
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(server.closeLongestIdle()).toBe(true)
  expect([first.destroyed, second.destroyed]).toEqual([false, true])
  expect(server.closeLongestIdle()).toBe(false)
})

test("many requests one after the other are no request that takes long", async () => {
  const { backend, connect } = serve({ sweepMs: 1, requestArrivalMs: 20 })
  backend.isAutomatic = true
  const stream = connect()
  const bytes = put(1, 20)
  // Each piece ends within a request, so that there is always one that has begun.
  stream.say(bytes.subarray(0, 10))
  for (let id = 0; id < 60; id++) {
    stream.say(bytes.subarray(10), bytes.subarray(0, 10))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  expect(stream.destroyed).toBe(false)
  expect(stream.received).toHaveLength(60)
})

test("allInflightRequestsMax: requests under way on all connections are bounded, and a connection that has none may always have one", async () => {
  const { backend, server, connect } = serve({ allInflightRequestsMax: 100 })
  const greedy = [connect(), connect(), connect()]
  for (const stream of greedy) stream.say(...Array.from({ length: 200 }, (_, id) => put(id, 1)))
  await until("they are taken", () => backend.asked.length >= 87)
  // One takes half of what is free, the next half of the rest, and so on.
  expect(server.load.inflightRequests).toBeLessThanOrEqual(100)
  const before = backend.asked.length
  for (let count = 0; count < 20; count++) connect().say(put(1, 1))
  await until("they are taken", () => backend.asked.length === before + 20)
  while (backend.asked.length > 0) {
    backend.answerNext()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await until("all are answered", () => greedy.every((stream) => stream.received.length === 200))
})

test("allInflightBytesMax: a long request waits until there is room for all of it; short ones go on", async () => {
  const { backend, server, connect } = serve({ allInflightBytesMax: 1_000_000 })
  const long = put(1, 400_000)
  const [first, second] = [connect(), connect()]
  first.say(long.subarray(0, 60_000))
  second.say(long.subarray(0, 60_000))
  await until("the first has its room", () => server.load.inflightBytes > 0)
  second.say(long.subarray(60_000, 200_000))
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(server.load.inflightBytes).toBe(long.length)
  expect(second.isPaused()).toBe(true)
  const short = connect()
  short.say(put(9, 10))
  first.say(long.subarray(60_000))
  await until("two are asked", () => backend.asked.length === 2)
  backend.answerNext()
  backend.answerNext()
  second.say(long.subarray(200_000))
  await until("the second is asked", () => backend.asked.length === 1)
  backend.answerNext()
  await until("all are answered", () => [first, second, short].every((stream) => stream.received.length === 1))
  expect(server.load).toMatchObject({ inflightRequests: 0, inflightBytes: 0, unsentBytes: 0 })
})

test("a long request that waits is let in when the one that has the room is given up", async () => {
  const { backend, server, connect } = serve({ allInflightBytesMax: 1_000_000, sweepMs: 2, requestArrivalMs: 30 })
  const long = put(1, 400_000)
  const [half, whole] = [connect(), connect()]
  half.say(long.subarray(0, 70_000))
  await until("it has its room", () => server.load.inflightBytes > 0)
  whole.say(long.subarray(0, 300_000), long.subarray(300_000))
  await backend.waitForAsked(1)
  expect(half.destroyed).toBe(true)
  expect(whole.destroyed).toBe(false)
})

test("of a request that is too long to be allowed nothing is kept while it arrives", async () => {
  const { backend, server, connect } = serve({ store: { ...defaultNativeOptions.store, requestBytesMax: 70_000 } })
  backend.isAutomatic = true
  const stream = connect()
  const long = put(3, 10_000_000)
  for (let at = 0; at < long.length; at += 65_536) {
    stream.say(long.subarray(at, at + 65_536))
    await new Promise((resolve) => setImmediate(resolve))
    expect(server.load.inflightBytes).toBe(0)
  }
  stream.say(put(4, 10))
  await until("both are answered", () => stream.received.length === 2)
  expect(stream.received).toMatchObject([
    { id: 3, response: { kind: "rejected", reason: "tooLarge" } },
    { id: 4, response: { kind: "ok" } },
  ])
})

test("sweepMs: connections are looked at so often, and not in between", () => {
  vi.useFakeTimers()
  try {
    const { server } = serve({ sweepMs: 100 })
    const looks = vi.fn()
    vi.spyOn(SharedLoad.prototype, "isPressed", "get").mockImplementation(() => looks() === "never")
    for (const [ms, seen] of [
      [99, 0],
      [1, 1],
      [99, 1],
      [1, 2],
    ]) {
      // oxfmt-ignore
      vi.advanceTimersByTime(ms!)
      expect(looks).toHaveBeenCalledTimes(seen!)
    }
    server.close()
    vi.advanceTimersByTime(1_000)
    expect(looks).toHaveBeenCalledTimes(2)
  } finally {
    vi.restoreAllMocks()
    vi.useRealTimers()
  }
})

test("unreservedRequestBytesMax: up to here a request that has begun takes no room of others'", async () => {
  const { server, connect } = serve()
  for (const [bytes, reserved] of [
    [65_535, 0],
    [65_536, 0],
    [65_537, 65_537],
  ]) {
    // oxfmt-ignore
    const stream = connect()
    const overhead = put(1, 0).length
    stream.say(put(1, bytes! - overhead).subarray(0, 20))
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(server.load.inflightBytes).toBe(reserved)
    stream.destroy()
    await until("it is let go", () => server.load.inflightBytes === 0)
  }
})

test("shortResultBytesMax: a result up to here is told although there is no room", async () => {
  const { backend, connect } = serve({ unsentBytesMax: 100 })
  const stream = connect(false)
  stream.say(put(1, 1), put(2, 1), put(3, 1), put(4, 1))
  const asked = [...(await backend.waitForAsked(4))]
  for (const [position, bytes] of [100, 255, 256, 257].entries())
    asked[position]!.receiver.onCommitted(asked[position]!.tag, 5, new Uint8Array(bytes))
  stream.takeAll()
  await until("all are answered", () => stream.received.length === 4)
  expect(stream.received.map(({ response }) => response.kind)).toEqual(["ok", "ok", "ok", "unknown"])
})

test("refusalsPerRoundMax: so many that wait are told that there is no room yet, and the ones behind them are not asked", () => {
  const load = new SharedLoad(defaultNativeOptions)
  const asked: number[] = []
  for (let id = 0; id < 20; id++) load.wait({ retry: () => asked.push(id) > 0 && id === 3 })
  load.onReleased()
  expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
  asked.length = 0
  load.onReleased()
  // The one that got its room waits no longer.
  expect(asked).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
})

test("the rule: as much as is still free", () => {
  const load = new SharedLoad({ ...defaultNativeOptions, allInflightRequestsMax: 10, allInflightBytesMax: 100, allUnsentBytesMax: 100 })
  load.inflightRequests = 6
  load.inflightBytes = 60
  load.unsentBytes = 60
  expect([3, 4, 5].map((requests) => load.isFullFor(requests, 0))).toEqual([false, true, true])
  expect([39, 40, 41].map((bytes) => load.isFullFor(1, bytes))).toEqual([false, true, true])
  expect(load.isFullFor(0, 1_000)).toBe(false)
  expect([19, 20, 21].map((bytes) => load.hasRoomFor(0, bytes))).toEqual([true, true, false])
  expect([19, 20, 21].map((bytes) => load.hasRoomForAnswer(0, bytes))).toEqual([true, true, false])
  expect([0, 39, 40].map((bytes) => load.isUnsentFullFor(bytes))).toEqual([false, false, true])
  expect(load.isPressed).toBe(true)
  load.unsentBytes = 49
  expect(load.isPressed).toBe(false)
  load.inflightBytes = 0
  load.unsentBytes = 0
  // A connection that is alone is never refused for want of room.
  expect([load.hasRoomFor(0, 1_000), load.hasRoomForAnswer(0, 1_000)]).toEqual([true, true])
})
