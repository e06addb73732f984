import { EventEmitter } from "node:events"
import type { IncomingMessage, ServerResponse } from "node:http"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { Observation } from "../../replica/index.ts"
import type { ServedNode } from "../node/served-node.ts"
import { EventFeed } from "./event-feed.ts"

/** As much of a response as a feed needs. */
class Reader extends EventEmitter {
  readonly written: string[] = []
  status = 0
  writableLength = 0
  isDestroyed = false

  writeHead(status: number): this {
    this.status = status
    return this
  }
  write(text: string): void {
    this.written.push(text)
  }
  end(): void {}
  destroy(): void {
    this.isDestroyed = true
    this.emit("close")
  }
}

let observe: (observation: Observation) => void
let feed: EventFeed
beforeEach(() => {
  vi.useFakeTimers()
  const node = {
    name: "n1",
    status: () => ({ id: 1, configuration: { members: [] } }),
    onObservation(listener: (observation: Observation) => void) {
      observe = listener
      return () => {}
    },
  }
  feed = new EventFeed(node as unknown as ServedNode, "life", () => 0)
})
afterEach(() => {
  feed.close()
  vi.useRealTimers()
})

function read(): Reader {
  const reader = new Reader()
  feed.serve({ headers: {} } as IncomingMessage, reader as unknown as ServerResponse)
  return reader
}

test("eventReadersMax: one more gets 503, until one leaves", () => {
  const readers = Array.from({ length: 100 }, read)
  expect(readers.every(({ status }) => status === 200)).toBe(true)
  expect(read().status).toBe(503)
  readers[0]!.destroy()
  expect(read().status).toBe(200)
  expect(read().status).toBe(503)
})

test("eventReadersMax: the reader with the most unread bytes makes room for one that reads", () => {
  const readers = Array.from({ length: 100 }, read)
  readers[3]!.writableLength = 10
  readers[7]!.writableLength = 11
  expect(read().status).toBe(200)
  expect(readers.filter(({ isDestroyed }) => isDestroyed)).toEqual([readers[7]])
})

test("eventBacklogBytesMax: a reader that has left more unread is disconnected at the next event", () => {
  const [within, at, beyond] = [read(), read(), read()]
  within.writableLength = (1 << 20) - 1
  at.writableLength = 1 << 20
  beyond.writableLength = (1 << 20) + 1
  observe({ kind: "leaderKnown", term: 1, leader: 1 })
  expect([within, at, beyond].map(({ isDestroyed }) => isDestroyed)).toEqual([false, false, true])
})

test("keepAliveMs: a reader hears so often that the connection lives", () => {
  const reader = read()
  const before = reader.written.length
  vi.advanceTimersByTime(14_999)
  expect(reader.written).toHaveLength(before)
  vi.advanceTimersByTime(1)
  expect(reader.written.slice(before)).toEqual([": still here\n\n"])
})
