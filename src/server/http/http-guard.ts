/**
 * How long strangers may take on the HTTP side, and how much they may ask at once.
 *
 * Node's own `headersTimeout` and `requestTimeout` are looked after by a timer that `listen` starts, and this server never listens: connections are handed to
 * it. So each connection has a timer here. It runs while the head of a request is awaited, while its body is, and while its answer is not taken; all three end
 * whatever trickles in meanwhile. Requests under way are counted: on one connection, where the next ones may have been sent ahead, and on all together. And
 * each turn of the event loop begins one of them: an answer may take milliseconds to make, and heartbeats are to go out between two of them.
 */

import type http from "node:http"
import type { Duplex } from "node:stream"

export interface HttpLimits {
  /** From the beginning of a connection, or of waiting for its next request, to the end of that request's head, in milliseconds. */
  readonly headMs: number
  /** How long a connection may wait for its next request before even that, in milliseconds. */
  readonly keepAliveMs: number
  /** From the end of the head to the end of the body, in milliseconds. */
  readonly bodyMs: number
  /** From the end of the request to the last byte of its answer, in milliseconds. Streams of events have a bound of their own. */
  readonly answerMs: number
  /** Requests under way on one connection, sent ahead of their answers; one more ends it. */
  readonly pipelinedMax: number
  /** Requests under way on all connections. One more takes the place of the oldest whose answer nobody takes, or gets 503. */
  readonly requestsMax: number
}

export const defaultHttpLimits: HttpLimits = {
  headMs: 10_000,
  keepAliveMs: 5_000,
  bodyMs: 30_000,
  answerMs: 60_000,
  pipelinedMax: 16,
  requestsMax: 256,
}

/** What a connection is timed for; also how its end is explained. */
type Phase = "head" | "body" | "answer"

interface Guarded {
  readonly socket: Duplex
  underWay: number
  timer: NodeJS.Timeout | null
}

export class HttpGuard {
  readonly #limits: HttpLimits
  readonly #onGivenUp: (because: string) => void
  readonly #connections = new Map<Duplex, Guarded>()
  /** Oldest first. */
  readonly #responses = new Set<http.ServerResponse>()
  /** Admitted, and not begun; no more of them than `requestsMax`. */
  readonly #waiting: (() => void)[] = []

  /** `onGivenUp` is told of connections that took too long, in words. */
  constructor(limits: HttpLimits, onGivenUp: (because: string) => void) {
    this.#limits = limits
    this.#onGivenUp = onGivenUp
  }

  /** A connection begins. */
  onConnection(socket: Duplex): void {
    const guarded: Guarded = { socket, underWay: 0, timer: null }
    this.#connections.set(socket, guarded)
    socket.once("close", () => {
      this.#connections.delete(socket)
      stopTimer(guarded)
    })
    this.#time(guarded, "head", this.#limits.headMs)
  }

  /** A request has come in: `handle` is called for it in a turn of its own. Not if there is no room for it; then that is said. */
  admit(request: http.IncomingMessage, response: http.ServerResponse, handle: () => void): void {
    const guarded = this.#connections.get(request.socket)
    if (guarded === undefined || guarded.underWay >= this.#limits.pipelinedMax) {
      request.socket.destroy()
      return
    }
    if (this.#responses.size >= this.#limits.requestsMax && !this.#makeRoom()) {
      const words = `this node is answering ${this.#limits.requestsMax} requests already; ask again in a while\n`
      response.writeHead(503, { "Content-Type": "text/plain; charset=utf-8", Connection: "close", "Retry-After": "1" }).end(words)
      return
    }
    this.#begin(guarded, request, response)
    this.#waiting.push(() => {
      if (!response.destroyed && !request.socket.destroyed) handle()
    })
    if (this.#waiting.length === 1) setImmediate(this.#handleNext)
  }

  readonly #handleNext = (): void => {
    const handle = this.#waiting.shift()
    if (this.#waiting.length > 0) setImmediate(this.#handleNext)
    handle?.()
  }

  /** This answer is a stream that bounds itself: it may take as long as it likes, and takes nobody's place. */
  stream(response: http.ServerResponse): void {
    this.#responses.delete(response)
    const guarded = response.socket === null ? undefined : this.#connections.get(response.socket)
    if (guarded !== undefined) stopTimer(guarded)
  }

  #begin(guarded: Guarded, request: http.IncomingMessage, response: http.ServerResponse): void {
    const { bodyMs, answerMs, headMs, keepAliveMs } = this.#limits
    guarded.underWay++
    this.#responses.add(response)
    this.#time(guarded, "body", bodyMs)
    request.once("end", () => this.#responses.has(response) && this.#time(guarded, "answer", answerMs))
    // Without a body the parser ends the request at once, whether anybody reads it or not.
    if (request.complete || !hasBody(request)) this.#time(guarded, "answer", answerMs)
    response.once("close", () => {
      this.#responses.delete(response)
      guarded.underWay--
      if (guarded.underWay === 0 && !guarded.socket.destroyed) this.#time(guarded, "head", keepAliveMs + headMs)
    })
  }

  /** Ends the oldest request whose answer is made and not taken. */
  #makeRoom(): boolean {
    for (const response of this.#responses) {
      if (!response.writableEnded || response.writableFinished) continue
      this.#onGivenUp(`${nameOf(response.socket)}: others wait, and it does not take its answer`)
      this.#responses.delete(response)
      response.destroy()
      return true
    }
    return false
  }

  #time(guarded: Guarded, phase: Phase, limitMs: number): void {
    stopTimer(guarded)
    guarded.timer = setTimeout(() => this.#giveUp(guarded, phase, limitMs), limitMs).unref()
  }

  #giveUp({ socket, underWay }: Guarded, phase: Phase, limitMs: number): void {
    const explanations: Record<Phase, string> = {
      head: "it did not send the head of a request",
      body: "the body of its request did not arrive",
      answer: "it did not take its answer",
    }
    this.#onGivenUp(`${nameOf(socket)}: ${explanations[phase]} within ${limitMs} ms`)
    if (underWay > 0 || socket.writableLength > 0) socket.destroy()
    else socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", () => socket.destroy())
  }
}

function hasBody({ headers }: http.IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0
}

function stopTimer(guarded: Guarded): void {
  if (guarded.timer !== null) clearTimeout(guarded.timer)
  guarded.timer = null
}

function nameOf(socket: Duplex | null): string {
  const { remoteAddress, remotePort } = (socket ?? {}) as { readonly remoteAddress?: string; readonly remotePort?: number }
  return remoteAddress === undefined ? "a client" : `${remoteAddress}:${remotePort}`
}
