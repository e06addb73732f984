import { once } from "node:events"
import { createServer, connect, type AddressInfo, type Socket } from "node:net"
import { expect, test } from "vitest"
import { SlowStream } from "../../../test/native/slow-stream.ts"
import { OutputBuffer } from "./output.ts"

const kibi = 1024

test("writtenAtOnceBytesMax: the socket is given no more at once, and the rest as it passes that on", () => {
  for (const [bytes, pieces] of [
    [256 * kibi - 1, 1],
    [256 * kibi, 1],
    [256 * kibi + 1, 2],
    [600 * kibi, 3],
  ]) {
    // oxfmt-ignore
    const socket = new SlowStream(false)
    const output = new OutputBuffer(socket, () => output.send())
    output.writer.reserve(bytes!)
    output.send()
    expect(output.unsentBytes).toBe(bytes)
    let taken = 0
    for (let piece = 1; piece <= pieces!; piece++) {
      expect(output.unsentBytes).toBeGreaterThan(0)
      socket.takeOne()
      expect(socket.takenBytes - taken).toBeLessThanOrEqual(256 * kibi)
      taken = socket.takenBytes
    }
    expect(output.unsentBytes).toBe(0)
    expect(output.takenBytes).toBe(bytes)
    expect(output.isUpToDate).toBe(true)
  }
})

test("what is written while the socket is busy follows in order, and the buffer does not grow with what has been taken", () => {
  const chunks: Uint8Array[] = []
  const socket = new SlowStream(false)
  const write = socket.write.bind(socket)
  socket.write = ((chunk: Uint8Array, done: () => void) => {
    chunks.push(Uint8Array.from(chunk))
    return write(chunk, done)
  }) as typeof socket.write
  const output = new OutputBuffer(socket, () => output.send())
  let next = 0
  for (let turn = 0; turn < 200; turn++) {
    for (let count = 0; count < 10_000; count++) output.writer.u8(next++ % 251)
    output.send()
    socket.takeOne()
    expect(output.writer.bytes.length).toBeLessThan(1 << 20)
  }
  while (output.unsentBytes > 0) socket.takeOne()
  const all = Buffer.concat(chunks)
  expect(all).toHaveLength(next)
  expect(all.every((byte, position) => byte === position % 251)).toBe(true)
})

test("keptOutputBytesMax: a larger buffer is let go once it is sent", async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").resume()
  const [socket] = (await once(server, "connection")) as [Socket]
  socket.on("error", () => {})
  for (const [bytes, isKept] of [
    [256 * kibi - 1, true],
    [256 * kibi, true],
    [256 * kibi + 1, false],
  ] as const) {
    // oxfmt-ignore
    const output = new OutputBuffer(socket, () => output.send())
    output.writer.reset(bytes)
    output.writer.reserve(bytes)
    const buffer = output.writer.bytes
    output.send()
    while (output.unsentBytes > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(output.writer.bytes === buffer).toBe(isKept)
  }
  client.destroy()
  server.close()
  await once(server, "close")
})
