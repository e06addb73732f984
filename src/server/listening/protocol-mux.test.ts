import { once } from "node:events"
import net from "node:net"
import type { Duplex } from "node:stream"
import { afterEach, describe, expect, test } from "vitest"
import { defaultClientPortLimits } from "./client-port-limits.ts"
import { type Protocol, type ProtocolHandlers, routeConnection, sniffProtocol } from "./protocol-mux.ts"

const clientHello = Uint8Array.from([0x16, 0x03, 0x01, 0x00, 0xc8, 0x01, 0x00, 0x00, 0xc4, 0x03, 0x03, 0xaa])

describe("sniffProtocol", () => {
  test.each<[string, Uint8Array | string, Protocol | null]>([
    ["a native frame", Uint8Array.from([13, 0, 0, 0, 1, 0, 0, 0]), "native"],
    ["the largest native frame", Uint8Array.from([0xff, 0xff, 0xff, 0]), "native"],
    ["a native frame whose length begins like TLS", Uint8Array.from([0x16, 0x03, 0x01, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]), "native"],
    ["a short TLS hello, whose fourth byte is 0", clientHello, "tls"],
    ["a long TLS hello", Uint8Array.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]), "tls"],
    ["GET", "GET /health HTTP/1.1\r\n", "http1"],
    ["OPTIONS", "OPTIONS * HTTP/1.1\r\n", "http1"],
    ["PUT, which shares two letters with the preface", "PUT / HTTP/1.1", "http1"],
    ["the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2"],
    ["a length above 16 MiB that is no text", Uint8Array.from([1, 2, 3, 4]), "unknown"],
    ["text that is no method", "hello", "unknown"],
    ["nothing", "", null],
    ["three bytes", Uint8Array.from([13, 0, 0]), null],
    ["ten bytes of a TLS hello", clientHello.subarray(0, 10), null],
  ])("%s", (_title, bytes, expected) => {
    expect(sniffProtocol(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes)).toBe(expected)
  })
})

describe("routeConnection", () => {
  const servers: net.Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function listen(native: (socket: Duplex) => void, refused: (protocol: Protocol) => void = () => {}): Promise<number> {
    const server = net.createServer((socket) => {
      const handlers: ProtocolHandlers = {
        native,
        http: (stream) => stream.end("http"),
        tls: null,
        refused: (_socket, protocol) => refused(protocol),
      }
      routeConnection(socket, handlers, defaultClientPortLimits)
    })
    servers.push(server)
    await once(server.listen(0, "127.0.0.1"), "listening")
    return (server.address() as net.AddressInfo).port
  }

  async function readAll(socket: net.Socket): Promise<Buffer> {
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  }

  test("a native client that sends byte by byte loses none of them", async () => {
    const frame = Buffer.from([9, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const port = await listen((stream) => stream.on("data", (chunk: Buffer) => stream.write(chunk)))
    const socket = net.connect(port, "127.0.0.1").setNoDelay(true)
    let echoed = Buffer.alloc(0)
    socket.on("data", (chunk: Buffer) => (echoed = Buffer.concat([echoed, chunk])))
    for (const byte of frame) {
      socket.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    while (echoed.length < frame.length) await once(socket, "data")
    expect(echoed).toEqual(frame)
    socket.destroy()
  })

  test("an HTTP/2 client reads in a GOAWAY frame why it is turned away", async () => {
    const seen: Protocol[] = []
    const port = await listen(
      () => {},
      (protocol) => seen.push(protocol),
    )
    const socket = net.connect(port, "127.0.0.1")
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    const answer = await readAll(socket)
    expect(answer.subarray(0, 9)).toEqual(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
    expect(answer[12]).toBe(7)
    expect(answer.readUIntBE(9, 3)).toBe(answer.length - 18)
    expect(answer.readUInt32BE(22)).toBe(0x0d)
    expect(answer.subarray(26).toString()).toContain("does not speak HTTP/2 or gRPC yet")
    expect(seen).toEqual(["http2"])
  })

  test("a TLS client on a plain port gets an alert at once", async () => {
    const port = await listen(() => {})
    const socket = net.connect(port, "127.0.0.1")
    socket.write(clientHello)
    expect([...(await readAll(socket))]).toEqual([0x15, 0x03, 0x03, 0, 2, 2, 0x28])
  })

  test("garbage is disconnected", async () => {
    const seen: Protocol[] = []
    const port = await listen(
      () => {},
      (protocol) => seen.push(protocol),
    )
    const socket = net.connect(port, "127.0.0.1")
    socket.on("error", () => {})
    socket.write(Buffer.from([1, 2, 3, 4, 5]))
    await once(socket, "close")
    expect(seen).toEqual(["unknown"])
  })
})
