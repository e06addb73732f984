// Half requests, slow ones and many: each ends after its named time, and others are answered meanwhile. Connections are handed over, as by the client port.

import { once } from "node:events"
import http from "node:http"
import net, { type AddressInfo, type Socket } from "node:net"
import { Duplex } from "node:stream"
import { afterEach, expect, test } from "vitest"
import { HttpGuard, defaultHttpLimits, type HttpLimits } from "./http-guard.ts"

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, guard: HttpGuard) => unknown
const sayHello: Handler = (_request, response) => response.end("hello")

interface Served {
  readonly told: string[]
  /** An HTTP server that never listens, behind a plain one that hands it connections. */
  readonly server: http.Server
  connect(...bytes: readonly string[]): Promise<{ readonly socket: Socket; heard(): string; readonly closed: Promise<unknown> }>
}

async function serve(limits: Partial<HttpLimits> = {}, handler: Handler = sayHello): Promise<Served> {
  const told: string[] = []
  const guard = new HttpGuard({ ...defaultHttpLimits, ...limits }, (because) => told.push(because))
  const server = http.createServer((request, response) => {
    guard.admit(request, response, () => handler(request, response, guard))
  })
  server.on("connection", (socket) => guard.onConnection(socket))
  const front = net.createServer({ allowHalfOpen: true }, (socket) => {
    cleanups.push(() => socket.destroy())
    socket.on("error", () => socket.destroy())
    server.emit("connection", socket)
  })
  cleanups.push(() => front.close())
  await once(front.listen(0, "127.0.0.1"), "listening")
  const { port } = front.address() as AddressInfo
  return {
    told,
    server,
    async connect(...bytes) {
      const socket = net.connect(port, "127.0.0.1").on("error", () => {})
      cleanups.push(() => socket.destroy())
      let heard = ""
      socket.on("data", (piece) => (heard += String(piece)))
      const closed = new Promise((resolve) => socket.once("close", resolve))
      await once(socket, "connect")
      for (const piece of bytes) socket.write(piece)
      return { socket, heard: () => heard, closed }
    },
  }
}

/** As many lines as that, each like this. */
function expectEach(told: readonly string[], count: number, pattern: RegExp): void {
  expect(told).toHaveLength(count)
  for (const line of told) expect(line).toMatch(pattern)
}

const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

test("headMs: half a head is answered by 408 and closed, and so is one that comes byte by byte", async () => {
  const { told, connect } = await serve({ headMs: 40 })
  const half = await connect("GET / HTTP/1.1\r\nHost:")
  const slow = await connect("GET / HTTP/1.1\r\nX: ")
  const drip = setInterval(() => slow.socket.write("x"), 4)
  cleanups.push(() => clearInterval(drip))
  await Promise.all([half.closed, slow.closed])
  expect(half.heard()).toMatch(/^HTTP\/1.1 408/)
  expectEach(told, 2, /^127.0.0.1:\d+: it did not send the head of a request within 40 ms$/)
})

test("keepAliveMs: a connection may wait so long before the time for its next head begins", async () => {
  const { told, connect } = await serve({ headMs: 30, keepAliveMs: 60 })
  const client = await connect(get)
  // Later than a first head may come.
  await new Promise((resolve) => setTimeout(resolve, 50))
  client.socket.write(get)
  await client.closed
  expect(client.heard().match(/hello/g)).toHaveLength(2)
  expect(told).toEqual([expect.stringMatching(/did not send the head of a request within 90 ms/)])
})

test("bodyMs: half a body ends the request, however it trickles in", async () => {
  const { told, connect } = await serve({ bodyMs: 40 }, (request, response) => request.resume().on("end", () => response.end("hello")))
  const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
  const half = await connect(head)
  const slow = await connect(head)
  const drip = setInterval(() => slow.socket.write("x"), 4)
  cleanups.push(() => clearInterval(drip))
  const chunked = await connect("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")
  const whole = await connect("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
  whole.socket.write("cd")
  await Promise.all([half.closed, slow.closed, chunked.closed])
  expectEach(told, 3, /the body of its request did not arrive within 40 ms$/)
  expect(whole.heard()).toMatch(/hello$/)
})

test("answerMs: a client that does not take its answer is closed, and a stream that bounds itself is not", async () => {
  const { told, connect } = await serve({ answerMs: 40 }, (request, response, guard) => {
    if (request.url === "/stream") guard.stream(response)
    response.writeHead(200).write("begins ")
    if (request.url === "/big") response.end(Buffer.alloc(32 << 20))
    else if (request.url === "/stream") setTimeout(() => response.end("hello"), 120)
  })
  const big = await connect()
  big.socket.pause().write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
  const never = await connect("GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
  const stream = await connect("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
  await never.closed
  while (!stream.heard().includes("hello")) await once(stream.socket, "data")
  expectEach(told, 2, /it did not take its answer within 40 ms$/)
})

test("pipelinedMax: so many requests may be sent ahead on one connection, and one more ends it", async () => {
  const waiting: http.ServerResponse[] = []
  const { connect } = await serve({ pipelinedMax: 3 }, (_request, response) => waiting.push(response))
  const modest = await connect(get.repeat(3))
  while (waiting.length < 3) await new Promise((resolve) => setImmediate(resolve))
  const greedy = await connect(get.repeat(4))
  await greedy.closed
  // Of its own, none was begun.
  expect(waiting).toHaveLength(3)
  for (const response of waiting) response.end("hello")
  while (modest.heard().match(/hello/g)?.length !== 3) await once(modest.socket, "data")
})

test("requestsMax: one more gets 503, or the place of the oldest whose answer nobody takes", async () => {
  const waiting: http.ServerResponse[] = []
  const { told, connect } = await serve({ requestsMax: 2 }, (_request, response) => waiting.push(response))
  const bad = await connect()
  bad.socket.pause().write(get)
  const busy = await connect(get)
  while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve))
  const refused = await connect(get)
  await refused.closed
  expect(refused.heard()).toMatch(/^HTTP\/1.1 503.*answering 2 requests already/s)
  const [first] = waiting
  first!.end(Buffer.alloc(32 << 20))
  const served = await connect(get)
  while (waiting.length < 3) await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual([expect.stringMatching(/others wait, and it does not take its answer/)])
  for (const response of waiting) response.end("hello")
  for (const client of [busy, served]) while (!client.heard().includes("hello")) await once(client.socket, "data")
})

test("each turn of the event loop begins one request, however many there are", async () => {
  let turn = 0
  const begunIn: number[] = []
  const { connect } = await serve({}, (_request, response) => {
    begunIn.push(turn)
    response.end("hello")
  })
  const nextTurn = (): void => {
    turn++
    if (begunIn.length < 10) setImmediate(nextTurn)
  }
  setImmediate(nextTurn)
  const client = await connect(get.repeat(10))
  while (client.heard().match(/hello/g)?.length !== 10) await once(client.socket, "data")
  expect(new Set(begunIn).size).toBe(10)
})

test("a connection that ends leaves no timer and no request behind", async () => {
  const told: string[] = []
  const guard = new HttpGuard({ ...defaultHttpLimits, headMs: 5 }, (because) => told.push(because))
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  guard.onConnection(socket)
  socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(told).toEqual([])
})
