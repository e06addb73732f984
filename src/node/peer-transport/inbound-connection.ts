/**
 * A connection that a peer dialed: its hello is judged, then its frames become messages. We send nothing here but the answer and the pulse.
 *
 * Everything that arrives is doubtful. Whatever does not fit (no greeting, a foreign cluster, a wiped disk, a frame that is none, a message
 * in someone else's name) ends this connection with one line in the log, and nothing else happens.
 */

import type { Socket } from "node:net"
import type { NodeId } from "../../core/index.ts"
import {
  answerHello,
  type ConnectionPurpose,
  decodeHello,
  decodeMessage,
  encodeHelloAnswer,
  FrameSplitter,
  type Hello,
  type HelloAnswer,
  type Introduction,
  wireVersion,
  wireVersionMin,
} from "../../wire/index.ts"
import { GreetingReader } from "./greeting-reader.ts"
import { encodePulse } from "./pulse.ts"
import type { TransportContext } from "./transport-context.ts"

/** Who is on the other end, once we know. */
export interface Caller {
  readonly peer: NodeId
  /** What it said of itself. */
  readonly introduction: Introduction
  readonly purpose: ConnectionPurpose
  readonly peerAddress: string
}

export interface InboundHooks {
  /** Whether this refusal is another one than that peer heard last. */
  readonly isNews: (peer: NodeId, message: string) => boolean
  readonly onWelcomed: (caller: Caller) => void
  readonly onClosed: () => void
  /** False while messages from this peer are thrown away on purpose. */
  readonly accepts: (peer: NodeId) => boolean
}

export class InboundConnection {
  readonly #socket: Socket
  readonly #context: TransportContext
  readonly #hooks: InboundHooks
  readonly #remote: string
  readonly #greeting = new GreetingReader()
  readonly #splitter: FrameSplitter
  readonly #timer: NodeJS.Timeout
  #caller: Caller | null = null
  /** It has said who it is, and waits until the disk knows it. */
  #isMeeting = false
  #owesPulse = false
  #receivedBytes = 0
  #receivedAtMs = 0
  #receivedFrames = 0
  /** Frames that had been received at the last look, and for how many looks one has been arriving since. */
  #seenFrames = 0
  #arrivingLooks = 0

  constructor(socket: Socket, context: TransportContext, hooks: InboundHooks) {
    this.#socket = socket
    this.#context = context
    this.#hooks = hooks
    this.#remote = `${socket.remoteAddress ?? "someone"}:${socket.remotePort ?? 0}`
    this.#splitter = new FrameSplitter(context.limits.frameBytesMax)
    this.#timer = setTimeout(
      () => this.#refuse(this.#isMeeting ? "this node's disk took too long to note who it is" : "it did not say who it is", "debug"),
      context.limits.handshakeTimeoutMs,
    )
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk))
    // Whatever the error is, `close` follows.
    socket.on("error", () => {})
    socket.on("close", () => {
      clearTimeout(this.#timer)
      hooks.onClosed()
    })
  }

  /** Null until the handshake is done. */
  get caller(): Caller | null {
    return this.#caller
  }

  /**
   * Called every `pulseMs`: tells the sender which of its bytes arrived, and ends a connection on which a frame does not. Looks are counted, not hours, so
   * that a pause of this process is nobody's fault.
   */
  sweep(): void {
    const { pulseMs, frameArrivalMs } = this.#context.limits
    const isArriving = this.#splitter.pendingBytes > 0 && this.#seenFrames === this.#receivedFrames
    this.#arrivingLooks = isArriving ? this.#arrivingLooks + 1 : 0
    this.#seenFrames = this.#receivedFrames
    if (this.#arrivingLooks * pulseMs > frameArrivalMs) this.#refuse(`a frame that it began did not arrive within ${frameArrivalMs} ms`)
    else this.#sendPulse()
  }

  #sendPulse(): void {
    // Whoever does not read the last one needs no other: each tells all that the ones before it told.
    if (!this.#owesPulse || this.#socket.destroyed || this.#socket.writableLength > 0) return
    this.#owesPulse = false
    this.#socket.write(encodePulse({ receivedBytes: this.#receivedBytes, heldMs: this.#context.now() - this.#receivedAtMs }))
  }

  close(): void {
    this.#socket.destroy()
  }

  #onData(chunk: Uint8Array): void {
    if (this.#socket.destroyed) return
    try {
      if (this.#caller !== null) return this.#onFrames(this.#caller, chunk)
      const complete = this.#greeting.push(chunk)
      if (complete === null) return
      this.#onHello(decodeHello(complete.greeting), complete.rest)
    } catch (error) {
      this.#refuse((error as Error).message)
    }
  }

  /** `rest`: what came right behind it. */
  #onHello(hello: Hello, rest: Uint8Array): void {
    const { clusterId, groupId, nodeId, handshake } = this.#context
    const answer = answerHello(hello, {
      versionMin: wireVersionMin,
      versionMax: wireVersion,
      clusterId,
      groupId,
      nodeId,
      self: handshake.introduce(),
      judge: handshake.judge,
    })
    if (answer.kind === "refused") {
      if (answer.code === "rolledBack") handshake.onIntroduced(hello.from, hello.self, false)
      // It will call again and again, and hear the same: one line for it.
      const level = this.#hooks.isNews(hello.from, answer.message) ? "warn" : "debug"
      this.#tell(level, `refused a connection from node ${hello.from} (${this.#remote}): ${answer.message}`)
      clearTimeout(this.#timer)
      // `end` and not `destroy`: the caller is to read why.
      this.#socket.end(encodeHelloAnswer(answer))
      this.#socket.removeAllListeners("data").resume()
      // Whoever never closes its side would keep this one, and a place among those that greet.
      const parting = setTimeout(() => this.#socket.destroy(), this.#context.limits.refusedMs)
      this.#socket.once("close", () => clearTimeout(parting))
      return
    }
    // Nothing is read before the welcome: what the caller says may be counted only once the disk knows it.
    this.#socket.pause()
    handshake.onIntroduced(hello.from, hello.self, false)
    const isGone = () => this.#socket.destroyed
    this.#isMeeting = true
    handshake.whenMet(hello.from, hello.self, isGone, () => this.#welcome(hello, answer, rest))
  }

  #welcome(hello: Hello, answer: HelloAnswer, rest: Uint8Array): void {
    clearTimeout(this.#timer)
    this.#caller = { peer: hello.from, introduction: hello.self, purpose: hello.purpose, peerAddress: hello.peerAddress }
    this.#socket.write(encodeHelloAnswer(answer))
    this.#hooks.onWelcomed(this.#caller)
    this.#socket.resume()
    if (rest.length > 0) this.#onData(rest)
  }

  #onFrames(caller: Caller, chunk: Uint8Array): void {
    this.#owesPulse = true
    this.#receivedBytes += chunk.length
    this.#receivedAtMs = this.#context.now()
    for (const frame of this.#splitter.push(chunk)) {
      this.#receivedFrames++
      const { groupId, message } = decodeMessage(frame)
      const { nodeId } = this.#context
      if (message.from !== caller.peer || message.to !== nodeId || groupId !== this.#context.groupId) {
        return this.#refuse(`a ${message.kind} from node ${message.from} to node ${message.to} in group ${groupId} does not belong here`)
      }
      if ((message.kind === "installSnapshot") !== (caller.purpose === "snapshot")) {
        return this.#refuse(`a ${message.kind} does not belong on the connection for ${caller.purpose}`)
      }
      if (this.#hooks.accepts(caller.peer)) this.#context.onMessage(message)
    }
  }

  #refuse(because: string, level: "debug" | "warn" = "warn"): void {
    const who =
      this.#caller === null ? `a connection from ${this.#remote}` : `the connection from node ${this.#caller.peer} (${this.#remote})`
    this.#tell(level, `closed ${who}: ${because}`)
    this.#socket.destroy()
  }

  #tell(level: "debug" | "warn", message: string): void {
    this.#context.log(level, message, { remote: this.#remote, peer: this.#caller?.peer ?? null })
  }
}
