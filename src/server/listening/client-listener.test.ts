import { once } from "node:events"
import http from "node:http"
import net, { type Socket } from "node:net"
import path from "node:path"
import tls from "node:tls"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, test } from "vitest"
import type { TlsFiles } from "../configuration/config.ts"
import { type ClientListener, listenForClients } from "./client-listener.ts"
import { type ClientPortLimits, defaultClientPortLimits } from "./client-port-limits.ts"
import type { Protocol } from "./protocol-mux.ts"

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../test/fixtures/tls")
const tlsFiles: TlsFiles = {
  certFile: path.join(fixtures, "node.crt"),
  keyFile: path.join(fixtures, "node.key"),
  caFile: path.join(fixtures, "ca.crt"),
  requireClientCert: false,
}
const nativeFrame = Uint8Array.of(9, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)

let listener: ClientListener
let refused: Protocol[]
let natives: NodeJS.ReadWriteStream[]
let tlsFailures: string[]
const clients: Socket[] = []
let canSpare: boolean

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await listener.close()
})

async function listen(limits: Partial<ClientPortLimits>, files: TlsFiles | null = null): Promise<void> {
  refused = []
  natives = []
  tlsFailures = []
  canSpare = false
  const address = [{ host: "127.0.0.1", port: 0, secure: false }]
  listener = await listenForClients(address, files, (error) => tlsFailures.push(error.message), { ...defaultClientPortLimits, ...limits })
  listener.serve(
    {
      native(socket) {
        natives.push(socket.resume())
      },
      refused: (_socket, protocol) => refused.push(protocol),
      closeOne() {
        if (canSpare) (natives.shift() as unknown as Socket).destroy()
        return canSpare
      },
    },
    http.createServer((_request, response) => response.end("hello")),
  )
}

async function connect(bytes?: Uint8Array | string): Promise<Socket> {
  const socket = net.connect(Number(listener.addresses[0]!.split(":")[1]), "127.0.0.1").on("error", () => {})
  clients.push(socket)
  await once(socket, "connect")
  if (bytes !== undefined) socket.write(bytes)
  return socket.resume()
}

/** Whether in order or by a reset. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once("close", resolve))
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1))
}

test("silentMs: a connection may say nothing for so long; the first byte ends that time", async () => {
  await listen({ silentMs: 60 })
  const silent = await connect()
  const native = await connect(nativeFrame)
  const half = await connect(nativeFrame.subarray(0, 2))
  await closed(silent)
  expect(refused).toEqual(["unknown"])
  expect([native.destroyed, half.destroyed]).toEqual([false, false])
})

test("sniffTimeoutMs: so long a client may take over the bytes that tell its protocol, drip by drip or at once", async () => {
  await listen({ sniffTimeoutMs: 60 })
  const half = await connect(nativeFrame.subarray(0, 3))
  const silent = await connect()
  await closed(half)
  expect(refused).toEqual(["unknown"])
  expect(silent.destroyed).toBe(false)
})

test("turnedAwayMs: a client that was refused in words may take so long to read them", async () => {
  await listen({ turnedAwayMs: 40 })
  // This client never closes its side, and sends on.
  const client = await connect("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
  const drip = setInterval(() => client.write("x"), 5)
  await closed(client)
  clearInterval(drip)
  expect(refused).toEqual(["http2"])
})

describe("clientConnectionsMax", () => {
  test("clientConnectionsMax: one more takes the place of the oldest that has not said what it speaks", async () => {
    await listen({ clientConnectionsMax: 3 })
    const native = await connect(nativeFrame)
    const first = await connect()
    const second = await connect(nativeFrame.subarray(0, 3))
    await until(() => natives.length === 1)
    const newcomer = await connect(nativeFrame)
    await closed(first)
    await until(() => natives.length === 2)
    const last = await connect(nativeFrame)
    await closed(second)
    await until(() => natives.length === 3)
    expect([native, newcomer, last].map((socket) => socket.destroyed)).toEqual([false, false, false])
  })

  test("where all have, one that can be spared makes room, or the newcomer is closed", async () => {
    await listen({ clientConnectionsMax: 2 })
    const [first, second] = [await connect(nativeFrame), await connect(nativeFrame)]
    await until(() => natives.length === 2)
    const refusedOne = await connect(nativeFrame)
    await closed(refusedOne)
    expect(natives).toHaveLength(2)
    canSpare = true
    await connect(nativeFrame)
    await Promise.race([closed(first), closed(second)])
    await until(() => natives.length === 2)
  })

  test("a stream inside TLS counts as one that has spoken", async () => {
    await listen({ clientConnectionsMax: 2 }, tlsFiles)
    const socket = await connect()
    const secure = tls.connect({ socket, rejectUnauthorized: false })
    clients.push(secure)
    await once(secure, "secureConnect")
    secure.write(nativeFrame)
    await until(() => natives.length === 1)
    const silent = await connect()
    await connect()
    await closed(silent)
    expect(secure.destroyed).toBe(false)
  })
})

test("tlsHandshakeMs: half a handshake ends, also one that comes byte by byte", async () => {
  await listen({ tlsHandshakeMs: 80 }, tlsFiles)
  const hello = await clientHello()
  const half = await connect(hello.subarray(0, 60))
  const slow = await connect(hello.subarray(0, 60))
  let at = 60
  const drip = setInterval(() => slow.write(hello.subarray(at, ++at)), 5)
  await Promise.all([closed(half), closed(slow)])
  clearInterval(drip)
  expect(tlsFailures).toHaveLength(2)
})

/** The first message of a TLS client. */
async function clientHello(): Promise<Buffer> {
  const server = net.createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const accepted = once(server, "connection")
  const client = tls.connect({ port: (server.address() as net.AddressInfo).port, host: "127.0.0.1" }).on("error", () => {})
  const [socket] = (await accepted) as [Socket]
  const [bytes] = (await once(socket, "data")) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}
