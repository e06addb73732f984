/**
 * A connection that a peer dialed: its hello is checked, then its frames become messages. This node sends nothing on it but the answer and pulses.
 *
 * Everything that arrives is checked. What is wrong (no greeting, another cluster, a wiped disk, a malformed frame, a message with another server as
 * its sender) ends this connection with one line in the log, and has no other effect.
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

/** The peer on the other end, once its hello was accepted. */
export interface Caller {
  readonly peer: NodeId
  /** Its introduction of itself, from the hello. */
  readonly introduction: Introduction
  readonly purpose: ConnectionPurpose
  readonly peerAddress: string
}

export interface InboundHooks {
  /** Whether this refusal differs from the one that this peer was given last. */
  readonly isNews: (peer: NodeId, message: string) => boolean
  readonly onWelcomed: (caller: Caller) => void
  readonly onClosed: () => void
  /** False while messages from this peer are dropped on purpose (`setBlocked`). */
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
  /** True while the peer waits until its introduction is on disk. */
  #isMeeting = false
  #owesPulse = false
  #receivedBytes = 0
  #receivedAtMs = 0
  #receivedFrames = 0
  /** The frames received at the last sweep, and for how many sweeps one frame has been arriving since. */
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
    // `close` follows every error.
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
   * Called every `pulseMs`: tells the sender which of its bytes arrived, and ends a connection on which a frame takes too long. Sweeps are counted, not
   * time, so that a pause of this process does not end connections.
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
    // If the last pulse has not left yet, no other is needed: each pulse includes those before it.
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

  /** `rest`: the bytes that came after the hello. */
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
      // The peer will call again and again, with the same result: it is logged once.
      const level = this.#hooks.isNews(hello.from, answer.message) ? "warn" : "debug"
      this.#tell(level, `refused a connection from node ${hello.from} (${this.#remote}): ${answer.message}`)
      clearTimeout(this.#timer)
      // `end` and not `destroy`, so that the caller can read the reason.
      this.#socket.end(encodeHelloAnswer(answer))
      this.#socket.removeAllListeners("data").resume()
      // A caller that never closes its side would keep this socket, and a place of `greetingConnectionsMax`.
      const parting = setTimeout(() => this.#socket.destroy(), this.#context.limits.refusedMs)
      this.#socket.once("close", () => clearTimeout(parting))
      return
    }
    // Nothing is read before the welcome: the caller's messages may count only once its introduction is on disk.
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
