// What strangers at the peer port, and peers that do not behave, may hold: each bound, and that real peers get through meanwhile.

import { once } from "node:events"
import net from "node:net"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, expect, test } from "vitest"
import { clusterId, closeEnds, end, type End, heartbeat, introductionOf, onTheWay, pair } from "../../../test/peer-transport/ends.ts"
import type { Message, NodeId } from "../../core/index.ts"
import { decodeHelloAnswer, encodeHello, encodeMessage, type Hello, wireVersion } from "../../wire/index.ts"
import { loadPeerTls } from "./index.ts"

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../test/fixtures/tls")
const sockets: net.Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await closeEnds()
})

const hello = (changes: Partial<Hello> = {}): Uint8Array =>
  encodeHello({
    versionMin: 1,
    versionMax: wireVersion,
    clusterId,
    groupId: 0,
    from: 9,
    to: 1,
    self: introductionOf("0000000000000009"),
    purpose: "messages",
    peerAddress: "",
    ...changes,
  })

interface Stranger {
  readonly socket: net.Socket
  readonly heard: () => Uint8Array
  /** The other side has closed. */
  readonly closed: Promise<void>
}

/** A socket of somebody's own, who never closes its side. */
async function stranger(to: End, ...bytes: readonly Uint8Array[]): Promise<Stranger> {
  const socket = net.connect({ port: to.transport.port, host: "127.0.0.1", allowHalfOpen: true })
  sockets.push(socket)
  const heard: Uint8Array[] = []
  socket.on("data", (data) => heard.push(data)).on("error", () => {})
  const closed = new Promise<void>((resolve) => socket.once("close", resolve).once("end", resolve))
  await once(socket, "connect")
  for (const each of bytes) socket.write(each)
  return { socket, heard: () => Buffer.concat(heard), closed }
}

async function welcomed(to: End, ...bytes: readonly Uint8Array[]): Promise<Stranger> {
  const caller = await stranger(to, ...bytes)
  while (caller.heard().length === 0) await once(caller.socket, "data")
  return caller
}

const entryOf = (bytes: number): Message => {
  const message = heartbeat(1, 2, 1)
  if (message.kind !== "appendEntries") throw new Error("a heartbeat is an appendEntries")
  return { ...message, entries: [{ index: 1, term: 1, kind: "command", data: new Uint8Array(bytes), configuration: null, encoded: null }] }
}

test("greetingConnectionsMax: one more takes the place of the oldest, and a peer gets through a crowd that always comes back", async () => {
  const a = await end(1, { limits: { greetingConnectionsMax: 3, handshakeTimeoutMs: 60_000 } })
  const crowd = [await stranger(a), await stranger(a), await stranger(a)]
  const over = new AbortController()
  const comeBack = async (): Promise<void> => {
    while (!over.signal.aborted) await (await stranger(a)).closed
  }
  const fourth = await stranger(a)
  await crowd[0]!.closed
  expect([crowd[1], crowd[2], fourth].map((each) => each!.socket.destroyed)).toEqual([false, false, false])
  for (let count = 0; count < 4; count++) comeBack().catch(() => {})
  const b = await end(2)
  b.transport.setMembers([a.member])
  await b.untilLine(/^connected to node 1/)
  over.abort()
})

test("inboundConnectionsMax: one more is closed as it comes", async () => {
  const a = await end(1, { limits: { inboundConnectionsMax: 2 } })
  const kept = [await stranger(a), await stranger(a)]
  await (
    await stranger(a)
  ).closed
  expect(kept.map(({ socket }) => socket.destroyed)).toEqual([false, false])
})

test("half a greeting, or one that comes byte by byte, ends in time", async () => {
  const a = await end(1, { limits: { handshakeTimeoutMs: 60 } })
  const half = await stranger(a, hello().subarray(0, 10))
  const slow = await stranger(a)
  let at = 0
  const drip = setInterval(() => slow.socket.write(hello().subarray(at, ++at)), 20)
  await Promise.all([half.closed, slow.closed])
  clearInterval(drip)
  expect(a.lines).toHaveLength(2)
  for (const line of a.lines) expect(line).toMatch(/did not say who it is/)
})

test("half a TLS handshake ends in time, with a line", async () => {
  const files = {
    certFile: path.join(fixtures, "node.crt"),
    keyFile: path.join(fixtures, "node.key"),
    caFile: path.join(fixtures, "ca.crt"),
  }
  const a = await end(1, { tls: loadPeerTls({ ...files, requireClientCert: true }), limits: { handshakeTimeoutMs: 50 } })
  await (
    await stranger(a, Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0xc8, 0x01))
  ).closed
  await a.untilLine(/TLS failed/)
})

test("refusedMs: a peer that was refused may take so long to read why, and is then disconnected", async () => {
  const a = await end(1, { limits: { refusedMs: 50, greetingConnectionsMax: 128 } })
  const foreign = await stranger(a, hello({ clusterId: "00000000000000bb" }))
  await foreign.closed
  // Its own side is open still; once ours is gone as well, what it sends is answered by a reset.
  while (!foreign.socket.destroyed) {
    foreign.socket.write("x")
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(decodeHelloAnswer(foreign.heard())).toMatchObject({ kind: "refused" })
})

test("frameArrivalMs: a frame that begins and does not arrive ends its connection; silence between frames does not", async () => {
  const [a, b] = await pair({ limits: { frameArrivalMs: 50, pulseMs: 5 } })
  const frame = encodeMessage(heartbeat(9, 1, 1), 0)
  const before = a.lines.length
  const half = await welcomed(a, hello(), frame, frame.subarray(0, 20))
  const slow = await welcomed(a, hello({ from: 8, self: introductionOf("0000000000000008") }), frame.subarray(0, 2))
  const drip = setInterval(() => slow.socket.write(Uint8Array.of(0)), 4)
  // This one's pieces never end where a frame does, but each frame arrives in time.
  const steady = await welcomed(
    a,
    hello({ from: 7, self: introductionOf("0000000000000007") }),
    encodeMessage(heartbeat(7, 1, 1), 0).subarray(0, 9),
  )
  const whole = encodeMessage(heartbeat(7, 1, 1), 0)
  const beat = setInterval(() => steady.socket.write(Buffer.concat([whole.subarray(9), whole.subarray(0, 9)])), 4)
  await Promise.all([half.closed, slow.closed])
  await new Promise((resolve) => setTimeout(resolve, 60))
  clearInterval(drip)
  clearInterval(beat)
  expect(steady.socket.destroyed).toBe(false)
  const lines = a.lines.slice(before).filter((line) => line.includes("did not arrive"))
  expect(lines.toSorted()).toEqual([
    expect.stringMatching(/^closed the connection from node 8 \(127.0.0.1:\d+\): a frame that it began did not arrive within 50 ms$/),
    expect.stringMatching(/^closed the connection from node 9 /),
  ])
  b.send(heartbeat(2, 1, 5))
  await a.until(() => a.messages.some((message) => message.from === 2))
})

test("strangersMax: one more takes the place of the oldest, with whatever it was dialed for; members stay", async () => {
  const [a, b] = await pair({ limits: { strangersMax: 2 } })
  const call = (from: NodeId) => welcomed(a, hello({ from, self: introductionOf(`000000000000000${from}`), peerAddress: "127.0.0.1:1" }))
  const [first, second] = [await call(7), await call(8)]
  expect(a.transport.figures().map(({ id }) => id)).toEqual([2, 7, 8])
  const third = await call(9)
  await first.closed
  expect(a.transport.figures().map(({ id }) => id)).toEqual([2, 8, 9])
  // A connection that is open already takes no other one's place.
  await call(9)
  await third.closed
  expect(second.socket.destroyed).toBe(false)
  b.send(heartbeat(2, 1, 5))
  await a.until(() => a.messages.length === 1)
})

test("dialBufferBytesMax: while a connection is being made so much is kept, and the rest is dropped and counted", async () => {
  const frameBytes = encodeMessage(heartbeat(1, 2, 1), 0).length
  const a = await end(1, { limits: { dialBufferBytesMax: 3 * frameBytes } })
  const b = await end(2)
  let open = (): void => {}
  const way = await onTheWay(b, (from, through) => {
    open = () => {
      from.pipe(through)
      through.pipe(from)
    }
  })
  a.transport.setMembers([a.member, way.member])
  a.send(...[1, 2, 3, 4, 5].map((round) => heartbeat(1, 2, round)))
  expect(a.transport.figures()[0]).toMatchObject({ messagesDropped: 2, bufferedBytes: 3 * frameBytes })
  while (!a.transport.figures()[0]!.connected) {
    open()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await b.until(() => b.messages.length === 3)
  way.close()
})

test("frameBytesMax: a frame of so many bytes arrives, and one byte more ends the connection in words", async () => {
  const most = encodeMessage(entryOf(1_000), 0).length
  const [a, b] = await pair({}, { limits: { frameBytesMax: most } })
  a.send(entryOf(999), entryOf(1_000))
  await b.until(() => b.messages.length === 2)
  a.send(entryOf(1_001))
  await b.untilLine(new RegExp(`a frame of ${most + 1} bytes; at most ${most} are allowed`))
  expect(b.messages).toHaveLength(2)
})

test("idleMs: a connection that nobody needs closes, one to a member does not", async () => {
  const limits = { idleMs: 40, pulseMs: 5, silenceMaxMs: 1_000 }
  const [a, b] = await pair({ limits }, { limits })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(a.transport.figures()).toMatchObject([{ id: 2, connected: true }])
  a.transport.setMembers([a.member])
  b.transport.setMembers([b.member])
  while (a.transport.figures().length > 0 || b.transport.figures().length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
})
