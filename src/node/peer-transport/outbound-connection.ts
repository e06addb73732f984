/**
 * The connection that this node dials to a peer, to send messages and receive only pulses; dialed again as long as it is needed.
 *
 * Raft allows any message to be lost, so messages for an unreachable peer are not kept: a few while dialing (`dialBufferBytesMax`), none while waiting to
 * dial again. Stale messages would only delay new ones.
 *
 * A socket that accepts bytes does not prove that they arrive: with a cut cable it accepts them for minutes, and after the repair TCP's retransmission
 * timer may take minutes more. So the receiving end sends pulses that say which bytes arrived (`pulse.ts`), and after a silence the peer is dialed anew.
 */

import type { Socket } from "node:net"
import { parseHostPort } from "../../arguments/index.ts"
import type { Message, NodeId } from "../../core/index.ts"
import {
  ByteWriter,
  decodeHelloAnswer,
  encodeHello,
  type ConnectionPurpose,
  type HelloAnswer,
  wireVersion,
  wireVersionMin,
  writeMessage,
} from "../../wire/index.ts"
import { type Backoff, backoff } from "./backoff.ts"
import { GreetingReader } from "./greeting-reader.ts"
import { PulseReader } from "./pulse.ts"
import { RoundTrip } from "./round-trip.ts"
import { dialPeer } from "./tls.ts"
import { peerText, type TransportContext } from "./transport-context.ts"

type State =
  /** Not needed now, or without an address. */
  | { readonly kind: "idle" }
  | { readonly kind: "dialing"; readonly socket: Socket; readonly timer: NodeJS.Timeout }
  | { readonly kind: "open"; readonly socket: Socket; readonly pulses: PulseReader }
  | { readonly kind: "waiting"; readonly timer: NodeJS.Timeout }
  | { readonly kind: "closed" }

/** A writer that grew beyond this is not kept for the next turn. */
export const keptWriterBytesMax = 4 << 20
/** The most bytes that a new writer begins with. */
const firstWriterBytes = 1 << 20

/** The writer of the next turn: `writer` itself, emptied, if its memory is free and not too large to keep; otherwise a new one. */
export function nextWriter(writer: ByteWriter, isFree: boolean): ByteWriter {
  if (!isFree || writer.bytes.length > keptWriterBytesMax) return new ByteWriter(Math.min(writer.length, firstWriterBytes))
  writer.clear()
  return writer
}

export class OutboundConnection {
  readonly peer: NodeId
  readonly purpose: ConnectionPurpose
  readonly #context: TransportContext
  readonly #backoff: Backoff
  #address: string
  #state: State = { kind: "idle" }
  /** The frames of this turn; while dialing, all that wait for the connection. */
  #writer = new ByteWriter(16 << 10)
  #dropped = 0
  #lastUsedMs: number
  /** When the first bytes were sent that no pulse has confirmed yet. */
  #unansweredSinceMs: number | null = null
  readonly #roundTrip = new RoundTrip()
  /** The last problem that was logged: the same one is not logged again. */
  #toldTrouble = ""

  constructor(peer: NodeId, purpose: ConnectionPurpose, address: string, context: TransportContext) {
    this.peer = peer
    this.purpose = purpose
    this.#address = address
    this.#context = context
    this.#lastUsedMs = context.now()
    this.#backoff = backoff({ firstMs: context.limits.redialFirstMs, capMs: context.limits.redialCapMs })
  }

  get isOpen(): boolean {
    return this.#state.kind === "open"
  }

  /** True while the peer is neither connected nor dialed nor about to be dialed. */
  get isIdle(): boolean {
    return this.#state.kind === "idle"
  }

  /** The smoothed round-trip time of the open connection, in milliseconds; null before the first measurement. */
  get roundTripMs(): number | null {
    return this.#roundTrip.smoothedMs
  }

  /** Messages dropped, without a connection or without room. */
  get dropped(): number {
    return this.#dropped
  }

  get bufferedBytes(): number {
    return this.#writer.length + (this.#state.kind === "open" ? this.#state.socket.writableLength : 0)
  }

  /** Adds a message to this turn's write; dials if necessary. False: it was dropped. */
  send(message: Message): boolean {
    this.#lastUsedMs = this.#context.now()
    this.connect()
    if (!this.#hasRoom()) {
      this.#dropped++
      return false
    }
    writeMessage(this.#writer, message, this.#context.groupId)
    return true
  }

  /** Gives all messages of this turn to the socket, in one write. */
  flush(): void {
    if (this.#state.kind !== "open" || this.#writer.length === 0) return
    const { socket } = this.#state
    const nowMs = this.#context.now()
    this.#unansweredSinceMs ??= nowMs
    this.#roundTrip.onWrite(this.#writer.length, nowMs)
    socket.write(this.#writer.written())
    // If the kernel took all bytes, the memory can be used again. Otherwise the socket still reads from it (with TLS always), and another is needed.
    this.#writer = nextWriter(this.#writer, socket.writableLength === 0 && this.#context.tls === null)
  }

  /** Dials now, unless the peer is connected or dialed already. */
  connect(): void {
    if (this.#state.kind === "idle") this.#dial()
  }

  /** The peer has just called this node, so it is up: dials without waiting any longer. */
  nudge(): void {
    if (this.#state.kind !== "waiting") return
    clearTimeout(this.#state.timer)
    this.#backoff.reset()
    this.#dial()
  }

  /** Closes the connection and dials again, if it was open or being dialed. */
  redial(): void {
    if (this.#state.kind !== "open" && this.#state.kind !== "dialing") return
    this.#abandon()
    this.#dial()
  }

  /** The peer has another address from now on. */
  setAddress(address: string): void {
    if (address === this.#address) return
    this.#address = address
    if (this.#state.kind === "idle" || this.#state.kind === "closed") return
    this.#abandon()
    this.#backoff.reset()
    this.#dial()
  }

  /** Called every `pulseMs`: finds dead connections, and closes idle ones if `mayIdle`. */
  sweep(mayIdle: boolean): void {
    if (this.#state.kind === "closed") return
    const now = this.#context.now()
    const { silenceMaxMs, idleMs } = this.#context.limits
    if (this.#unansweredSinceMs !== null && now - this.#unansweredSinceMs > silenceMaxMs) {
      this.#lost(`nothing arrived there for ${silenceMaxMs} ms`)
    } else if (mayIdle && now - this.#lastUsedMs > idleMs && this.bufferedBytes === 0) {
      this.#abandon()
    }
  }

  /** Measures the peer's silence from now on, because this process was paused. */
  forgiveSilence(): void {
    if (this.#unansweredSinceMs !== null) this.#unansweredSinceMs = this.#context.now()
  }

  /** Closes the connection; it is not dialed again. */
  close(): void {
    this.#abandon()
    this.#state = { kind: "closed" }
  }

  #hasRoom(): boolean {
    const { sendBufferBytesMax, dialBufferBytesMax } = this.#context.limits
    switch (this.#state.kind) {
      case "open":
        return this.bufferedBytes < sendBufferBytesMax
      case "dialing":
        return this.#writer.length < dialBufferBytesMax
      case "idle":
      case "waiting":
      case "closed":
        return false
      default:
        this.#state satisfies never
        return false
    }
  }

  #dial(): void {
    const address = parseHostPort(this.#address)
    if (address === null) {
      this.#state = { kind: "idle" }
      this.#tellTrouble(`cannot reach ${this.#name()}: "${this.#address}" is no host:port`)
      return
    }
    const { limits, tls } = this.#context
    let askedMs = 0
    const socket = dialPeer(address, tls, () => {
      askedMs = this.#context.now()
      socket.write(this.#hello())
    })
    // Node may call `onReady` and errors only later, so `socket` and the state are in place before either.
    const timer = setTimeout(() => this.#lost(`no answer within ${limits.handshakeTimeoutMs} ms`), limits.handshakeTimeoutMs)
    this.#state = { kind: "dialing", socket, timer }
    const greeting = new GreetingReader()
    socket.on("data", (chunk: Uint8Array) => this.#onData(socket, greeting, chunk, askedMs))
    socket.on("error", (error: NodeJS.ErrnoException) => this.#isCurrent(socket) && this.#lost(error.message || (error.code ?? "error")))
    socket.on("close", () => this.#isCurrent(socket) && this.#lost("the other side closed the connection"))
  }

  #hello(): Uint8Array {
    const { clusterId, groupId, nodeId, handshake, peerAddress } = this.#context
    const { peer, purpose } = this
    return encodeHello({
      versionMin: wireVersionMin,
      versionMax: wireVersion,
      clusterId,
      groupId,
      from: nodeId,
      to: peer,
      self: handshake.introduce(),
      purpose,
      peerAddress,
    })
  }

  #onData(socket: Socket, greeting: GreetingReader, chunk: Uint8Array, askedMs: number): void {
    if (!this.#isCurrent(socket)) return
    if (this.#state.kind === "open") {
      this.#unansweredSinceMs = null
      const pulse = this.#state.pulses.push(chunk)
      if (pulse !== null) this.#roundTrip.onPulse(pulse, this.#context.now())
      return
    }
    let answer: HelloAnswer
    try {
      const complete = greeting.push(chunk)
      if (complete === null) return
      answer = decodeHelloAnswer(complete.greeting)
    } catch (error) {
      this.#lost((error as Error).message)
      return
    }
    if (answer.kind === "refused") {
      this.#lost(`it refused us: ${answer.message}`, answer.code === "removed")
      this.#context.handshake.onRefused(this.peer, { code: answer.code, message: answer.message })
    } else this.#onWelcome(socket, answer, this.#context.now() - askedMs)
  }

  #onWelcome(socket: Socket, welcome: Extract<HelloAnswer, { kind: "welcome" }>, handshakeMs: number): void {
    const { handshake, log } = this.#context
    if (welcome.nodeId !== this.peer) return this.#lost(`node ${welcome.nodeId} answers there; check the addresses of the members`)
    if (welcome.version < wireVersionMin || welcome.version > wireVersion)
      return this.#lost(`it chose wire version ${welcome.version}, which we do not speak`)
    const refusal = handshake.judge(this.peer, welcome.self)
    handshake.onIntroduced(this.peer, welcome.self, true)
    if (refusal !== null) return this.#lost(refusal.message)
    if (this.#state.kind === "dialing") clearTimeout(this.#state.timer)
    this.#state = { kind: "open", socket, pulses: new PulseReader() }
    this.#roundTrip.begin(handshakeMs)
    this.#unansweredSinceMs = null
    this.#toldTrouble = ""
    this.#backoff.reset()
    log(this.purpose === "messages" ? "info" : "debug", `connected to ${this.#name()}`, {
      peer: this.peer,
      address: this.#address,
      purpose: this.purpose,
    })
    this.flush()
  }

  /** The connection was lost or could not be made: dials again later, or not at all if `forGood`. */
  #lost(because: string, forGood = false): void {
    const wasOpen = this.#state.kind === "open"
    this.#abandon()
    const what = wasOpen ? `lost the connection to ${this.#name()}` : `cannot connect to ${this.#name()}`
    this.#tellTrouble(`${what}: ${because}`, forGood)
    // A snapshot's connection is dialed again when there is a chunk to send.
    if (this.purpose === "messages") {
      this.#state = { kind: "waiting", timer: setTimeout(() => this.#dial(), this.#backoff.next()) }
    } else {
      this.#state = { kind: "waiting", timer: setTimeout(() => (this.#state = { kind: "idle" }), this.#backoff.next()) }
    }
    this.#context.onUnreachable(this.peer)
  }

  /** Ends the connection or the dial under way, without a log line. */
  #abandon(): void {
    const state = this.#state
    this.#state = { kind: "idle" }
    this.#writer.clear()
    this.#unansweredSinceMs = null
    this.#roundTrip.end()
    if (state.kind === "dialing" || state.kind === "waiting") clearTimeout(state.timer)
    if (state.kind === "dialing" || state.kind === "open") state.socket.destroy()
  }

  #isCurrent(socket: Socket): boolean {
    const state = this.#state
    return (state.kind === "dialing" || state.kind === "open") && state.socket === socket
  }

  #tellTrouble(message: string, forGood = false): void {
    if (message === this.#toldTrouble) return
    this.#toldTrouble = message
    this.#context.log("warn", forGood ? message : `${message}; trying again`, {
      peer: this.peer,
      address: this.#address,
      purpose: this.purpose,
    })
  }

  #name(): string {
    return peerText(this.peer, this.#address)
  }
}
