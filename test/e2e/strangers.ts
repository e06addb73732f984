/** Everything that strangers do to a server which listens where they can reach it, from this process: all of it at once, until they are called off. */

import { connect, type Socket } from "node:net"
import { ByteWriter, writeRequestFrame } from "../../src/wire/client/index.ts"
import { encodeKvQuery, encodePut, rangeRequest } from "../../src/wire/kv/index.ts"

export class Strangers {
  readonly #sockets = new Set<Socket>()
  #isOver = false

  get connected(): number {
    return this.#sockets.size
  }

  /** At an address of clients. `bigKey` has a long value. */
  attackClients(address: string, bigKey: string): void {
    const get = encodeKvQuery({ kind: "get", key: Buffer.from(bigKey) })
    const everything = encodeKvQuery(rangeRequest(Buffer.from([0]), Buffer.from([0])))
    const long = frames(1, encodePut(Buffer.from("stranger"), Buffer.alloc(1 << 20)))
    const attacks: readonly [count: number, bytes: Uint8Array | string, isReading: boolean][] = [
      // They ask for long answers and take none.
      [60, frames(100, get), false],
      [5, frames(100, everything), false],
      [20, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(12), false],
      [10, "GET /ui/main.js HTTP/1.1\r\nHost: x\r\n\r\n".repeat(12), false],
      // They begin and do not end.
      [60, long.subarray(0, 100_000), true],
      [40, long.subarray(0, 7), true],
      [40, "GET / HTTP/1.1\r\nHost:", true],
      [40, "POST /operator/put HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{", true],
      [10, Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0xc8), true],
      // They say nothing, or nonsense.
      [40, "", true],
      [10, Uint8Array.from({ length: 1_000 }, (_, at) => (at * 37) % 256), true],
    ]
    for (const [count, bytes, isReading] of attacks) for (let each = 0; each < count; each++) this.#keepAt(address, bytes, isReading)
  }

  /** At an address of peers. */
  attackPeers(address: string): void {
    const attacks: readonly [count: number, bytes: Uint8Array | string][] = [
      [150, ""],
      [50, "OARP"],
      [10, "GET / HTTP/1.1\r\n\r\n"],
    ]
    for (const [count, bytes] of attacks) for (let each = 0; each < count; each++) this.#keepAt(address, bytes, false)
  }

  stop(): void {
    this.#isOver = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** A client that is refused comes back after a while. */
  #keepAt(address: string, bytes: Uint8Array | string, isReading: boolean): void {
    if (this.#isOver) return
    const [host, port] = address.split(":")
    const socket = connect(Number(port), host)
    this.#sockets.add(socket)
    socket.on("error", () => {})
    if (isReading) socket.resume()
    else socket.pause()
    if (bytes.length > 0) socket.write(bytes)
    socket.once("close", () => {
      this.#sockets.delete(socket)
      setTimeout(() => this.#keepAt(address, bytes, isReading), 5_000).unref()
    })
  }
}

function frames(count: number, request: Uint8Array): Uint8Array {
  const out = new ByteWriter()
  for (let id = 0; id < count; id++) writeRequestFrame(out, id, request)
  return out.take()
}
