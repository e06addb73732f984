import { once } from "node:events"
import { createServer, connect, type AddressInfo, type Socket } from "node:net"
import { expect, test } from "vitest"
import { SlowStream } from "../../../test/native/slow-stream.ts"
import { AnswerPieces, keptLongAnswerBytesMax, pieceBytes } from "./answer-pieces.ts"
import { OutputBuffer } from "./output.ts"

const kibi = 1024

test("pieceBytes: the socket is given no more at once, and the rest as it passes that on", () => {
  for (const [bytes, pieces] of [
    [256 * kibi - 1, 1],
    [256 * kibi, 1],
    [256 * kibi + 1, 2],
    [600 * kibi, 3],
  ]) {
    // oxfmt-ignore
    const socket = new SlowStream(false)
    const output = new OutputBuffer(socket, new AnswerPieces(), () => output.send())
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
  const output = new OutputBuffer(socket, new AnswerPieces(), () => output.send())
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
    const output = new OutputBuffer(socket, new AnswerPieces(), () => output.send())
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

test("what many clients do not take waits in pieces that are used again, and given back when a client takes them or leaves", async () => {
  const pieces = new AnswerPieces()
  const clients = Array.from({ length: 8 }, () => {
    const socket = new SlowStream(false)
    // oxfmt-ignore
    const output = new OutputBuffer(socket, pieces, () => output.send())
    return { socket, output }
  })
  for (let round = 0; round < 50; round++) {
    for (const { output } of clients) {
      const out = output.writerFor(3 * pieceBytes + 1000)
      out.reserve(3 * pieceBytes + 1000)
      output.onAnswerWritten(out)
      output.send()
      expect(output.unsentBytes).toBe(3 * pieceBytes + 1000)
      expect(output.writer.bytes.length).toBeLessThanOrEqual(2 * pieceBytes)
    }
    for (const { socket, output } of clients) {
      while (output.unsentBytes > 0) socket.takeOne()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(pieces.freeCount).toBe(8 * 3)
  }
  for (const { output } of clients) {
    const out = output.writerFor(3 * pieceBytes)
    out.reserve(3 * pieceBytes)
    output.onAnswerWritten(out)
    output.send()
  }
  expect(pieces.freeCount).toBe(0)
  for (const { socket, output } of clients) {
    output.drop()
    socket.destroy()
  }
  // The piece that each stream still has is not used again: this stream never says that it is done with it.
  expect(pieces.freeCount).toBe(8 * 2)
})

test("answers of all lengths leave in the order in which they were written, whether their client takes them or not", () => {
  const chunks: Uint8Array[] = []
  const socket = new SlowStream(false)
  const write = socket.write.bind(socket)
  socket.write = ((chunk: Uint8Array, done: () => void) => {
    chunks.push(Uint8Array.from(chunk))
    return write(chunk, done)
  }) as typeof socket.write
  const output = new OutputBuffer(socket, new AnswerPieces(), () => output.send())
  const lengths = [10, 300_000, 5, 262_144, 262_143, 1, 700_000, 40_000, 262_145, 100_000, 100_000, 100_000, 7]
  let next = 0
  for (let turn = 0; turn < 60; turn++) {
    for (let each = 0; each <= turn % 4; each++) {
      const length = lengths[(turn * 3 + each) % lengths.length]!
      const out = output.writerFor(length)
      for (let count = 0; count < length; count++) out.u8(next++ % 251)
      output.onAnswerWritten(out)
    }
    output.send()
    for (let taken = 0; taken < (turn % 3) * 2; taken++) socket.takeOne()
  }
  while (output.unsentBytes > 0) socket.takeOne()
  const all = Buffer.concat(chunks)
  expect(all).toHaveLength(next)
  expect(all.every((byte, position) => byte === position % 251)).toBe(true)
  expect(output.takenBytes).toBe(next)
  expect(output.isUpToDate).toBe(true)
})

test("trimmedShare: pieces that nobody uses are let go, one in sixteen and at least one at each look", () => {
  const pieces = new AnswerPieces()
  for (const piece of Array.from({ length: 40 }, () => pieces.take())) pieces.giveBack(piece)
  const counts = Array.from({ length: 40 }, () => {
    pieces.trim()
    return pieces.freeCount
  })
  expect(counts.slice(0, 3)).toEqual([37, 34, 31])
  expect(counts.at(-1)).toBe(0)
})

test("keptLongAnswerBytesMax: the writer of long answers keeps its memory up to here", () => {
  for (const [bytes, isKept] of [
    [keptLongAnswerBytesMax - 1, true],
    [keptLongAnswerBytesMax, true],
    [keptLongAnswerBytesMax + 1, false],
  ] as const) {
    const pieces = new AnswerPieces()
    const { longAnswer } = pieces
    longAnswer.reset(bytes)
    longAnswer.reserve(bytes)
    pieces.clearLongAnswer()
    expect(pieces.longAnswer === longAnswer).toBe(isKept)
    expect(pieces.longAnswer.length).toBe(0)
  }
})
