/**
 * `GET /events`: what this node observes (elections, leaders, members, snapshots …) as server-sent events, while it happens.
 *
 * The last `eventsKeptMax` are kept, so that a reader that lost its connection goes on where it was (`Last-Event-ID`), or is told how
 * many it missed. A reader that does not keep up is disconnected rather than buffered for: it will come back and resume.
 */

import type { IncomingMessage, ServerResponse } from "node:http"
import type { Observation } from "../../replica/index.ts"
import { describeObservation, namesOf } from "../logging/observation-text.ts"
import type { ServedNode } from "../node/served-node.ts"

/** Observations kept for readers that reconnect. */
export const eventsKeptMax = 1000
/** Readers at once; one more takes the place of the one that has left most unread, or gets 503 if all keep up. */
export const eventReadersMax = 100
/** Unsent bytes at which a reader is disconnected. */
export const eventBacklogBytesMax = 1 << 20
/** A comment is sent this often, in milliseconds, so that both sides notice a dead connection. */
const keepAliveMs = 15_000

/** One observation, as `GET /events` sends it. */
export interface NodeEvent {
  /** Counts from 1 in one life of the node. */
  readonly id: number
  /** The node that observed it. */
  readonly node: number
  /** That node's name. */
  readonly name: string
  /** That node's wall clock, UTC in milliseconds. */
  readonly utcMs: number
  /** The observation as one sentence. */
  readonly text: string
  /** The observation as data. */
  readonly observation: Observation
}

export class EventFeed {
  readonly #node: ServedNode
  /** Tells this life of the process from the one before: event ids start anew. */
  readonly #life: string
  readonly #kept: NodeEvent[] = []
  readonly #readers = new Set<ServerResponse>()
  readonly #stop: () => void
  readonly #timer: NodeJS.Timeout
  #nextId = 1

  constructor(node: ServedNode, life: string, utcNowMs: () => number) {
    this.#node = node
    this.#life = life
    this.#stop = node.onObservation((observation) => this.#add(observation, utcNowMs()))
    this.#timer = setInterval(() => this.#broadcast(": still here\n\n"), keepAliveMs).unref()
  }

  /** Answers one request; the response stays open. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.#readers.size >= eventReadersMax && !this.#makeRoom()) {
      response.writeHead(503, { "Content-Type": "text/plain" }).end(`${eventReadersMax} readers follow this node already\n`)
      return
    }
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" })
    const lastId = request.headers["last-event-id"]
    this.#catchUp(response, typeof lastId === "string" ? lastId : null)
    this.#readers.add(response)
    response.on("close", () => this.#readers.delete(response)).on("error", () => this.#readers.delete(response))
  }

  close(): void {
    this.#stop()
    clearInterval(this.#timer)
    for (const reader of this.#readers) reader.end()
  }

  /** Disconnects the reader that has left most unread. False: all keep up. */
  #makeRoom(): boolean {
    let slowest: ServerResponse | null = null
    for (const reader of this.#readers) if (reader.writableLength > (slowest?.writableLength ?? 0)) slowest = reader
    if (slowest === null) return false
    this.#readers.delete(slowest)
    slowest.destroy()
    return true
  }

  #add(observation: Observation, utcMs: number): void {
    const { id: node, configuration } = this.#node.status()
    const text = describeObservation(observation, this.#node.name, namesOf(configuration))
    const event: NodeEvent = { id: this.#nextId++, node, name: this.#node.name, utcMs, text, observation }
    this.#kept.push(event)
    if (this.#kept.length > eventsKeptMax) this.#kept.shift()
    this.#broadcast(this.#format(event))
  }

  /** A reader without a history gets none; one of an earlier life gets all that is kept of this one. */
  #catchUp(response: ServerResponse, lastEventId: string | null): void {
    response.write(`retry: 1000\n\n`)
    if (lastEventId === null) return
    const [life, number] = lastEventId.split(":")
    const last = life === this.#life ? Number(number) : 0
    const skipped = (this.#kept[0]?.id ?? this.#nextId) - 1 - last
    if (skipped > 0) response.write(`event: skipped\ndata: ${JSON.stringify({ skipped })}\n\n`)
    for (const event of this.#kept) if (event.id > last) response.write(this.#format(event))
  }

  #broadcast(text: string): void {
    for (const reader of this.#readers) {
      if (reader.writableLength > eventBacklogBytesMax) reader.destroy()
      else reader.write(text)
    }
  }

  #format(event: NodeEvent): string {
    return `id: ${this.#life}:${event.id}\ndata: ${JSON.stringify(event)}\n\n`
  }
}
