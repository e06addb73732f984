/**
 * One pipelined connection to one server: requests leave as they come, many in one write; answers come back in any order.
 *
 * A connection sends hello first, and nothing else before the server has shown that it belongs to the right cluster; then it subscribes to news of
 * the leader. A server that is paused or cut off does not close its connections. So if a server is silent while calls wait, it is sent a probe that
 * every server answers at once, and the connection ends if the probe is not answered in time. That time is shorter if another server has become
 * leader in the meantime: then the old leader is probably cut off.
 */

import { connect as connectTcp, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { OarlockErrorCode } from "../requests/index.ts"
import {
  ByteReader,
  ByteWriter,
  decodeResponse,
  encodeRequest,
  FrameCutter,
  type LeaderState,
  protocolVersionMax,
  protocolVersionMin,
  readLeaderState,
  u32At,
  readWelcome,
  type Request,
  type Response,
  type Welcome,
  writeRequestFrame,
} from "../wire/client/index.ts"
import type { Call } from "./call.ts"
import { type ClientOptions, parseEndpoint } from "./options.ts"
import { explainTlsError } from "./tls-words.ts"

/** Ids of the connection's own requests. Calls count up from `firstCallId`. */
const helloId = 0
const watchId = 1
const probeId = 2
const firstCallId = 16

/** A buffer of output that grew beyond this is not kept for the next turn. */
export const keptOutputBytesMax = 256 * 1024
const outputBytesAtFirst = 1024
const twoTo32 = 0x1_0000_0000

/** What a connection reports to the dispatcher. */
export interface ConnectionEvents {
  /** `welcome` null: the server does not know `hello`. Returns why the client refuses the server, or null. */
  onWelcome(connection: Connection, welcome: Welcome | null): Unwanted | null
  onAnswer(connection: Connection, call: Call, response: Response): void
  onLeaderState(connection: Connection, state: LeaderState): Unwanted | null
  /** The connection is closed. `calls` were sent and have no answer. `unwanted` not null: connecting again will not help. */
  onLost(connection: Connection, because: string, calls: readonly Call[], unwanted: Unwanted | null): void
}

/** Why a server that answers is refused. */
export interface Unwanted {
  readonly code: OarlockErrorCode
  readonly message: string
}

export class Connection {
  readonly endpoint: string
  state: "connecting" | "ready" | "closed" = "connecting"
  welcome: Welcome | null = null
  private readonly options: ClientOptions
  private readonly events: ConnectionEvents
  private readonly socket: Socket
  private readonly cutter = new FrameCutter()
  private readonly out = new ByteWriter(outputBytesAtFirst)
  private readonly calls = new Map<number, Call>()
  private nextId = firstCallId
  private isFlushing = false
  /** Runs while connecting, and while calls are under way. */
  private timer: NodeJS.Timeout | null
  private hasHeard = false
  /** When the probe was sent, by `performance.now()`; null while none is waited for. */
  private probedAtMs: number | null = null
  /** Whether another server leads now in place of this one. */
  private isReplaced = false

  constructor(endpoint: string, options: ClientOptions, events: ConnectionEvents) {
    this.endpoint = endpoint
    this.options = options
    this.events = events
    const address = parseEndpoint(endpoint) ?? { host: endpoint, port: 0 }
    const isSecure = options.tls !== null
    this.socket = isSecure ? connectTls({ ...address, ...options.tls }) : connectTcp(address)
    this.socket.setNoDelay(true)
    this.socket.once(isSecure ? "secureConnect" : "connect", () => this.sayHello())
    this.socket.on("data", (piece: Buffer) => this.onData(piece))
    this.socket.on("error", (error) => this.lose(explainSocketError(error)))
    this.socket.on("close", () => this.lose("the server closed the connection"))
    this.timer = setTimeout(() => this.lose(`no connection within ${options.connectTimeoutMs} ms`), options.connectTimeoutMs)
  }

  get load(): number {
    return this.calls.size
  }

  /** Sends a call; only while `state` is `ready`. */
  send(call: Call): void {
    call.connection = this
    call.id = this.nextId
    this.nextId++
    this.calls.set(call.id, call)
    this.write(call.id, call.question.request)
    this.watchForSilence()
  }

  /** The call is over for its caller: forgets it here, and cancels it at the server. */
  abandon(call: Call): void {
    if (!this.calls.delete(call.id)) return
    call.connection = null
    const requestId = { low: call.id >>> 0, high: Math.floor(call.id / twoTo32) }
    this.write(probeId, encodeRequest({ kind: "cancel", requestId }))
  }

  /** Another server leads now in place of this one: from now on silence ends the connection sooner. */
  replace(): void {
    if (this.state !== "ready" || this.calls.size === 0) return
    this.isReplaced = true
    if (this.probedAtMs === null) this.probe()
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.watchForSilence()
  }

  /** Closes at once, without an event; returns the calls that were sent and have no answer. */
  close(): Call[] {
    const calls = [...this.calls.values()]
    this.state = "closed"
    for (const call of calls) call.connection = null
    this.calls.clear()
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.socket.destroy()
    return calls
  }

  // ---- from the server ----

  private sayHello(): void {
    const hello: Request = {
      kind: "hello",
      versionMin: protocolVersionMin,
      versionMax: protocolVersionMax,
      clusterId: this.options.clusterId,
    }
    this.write(helloId, encodeRequest(hello))
  }

  private onData(piece: Buffer): void {
    if (this.state === "closed") return
    this.hasHeard = true
    this.probedAtMs = null
    this.cutter.push(piece)
    try {
      for (let frame = this.cutter.take(); frame !== null; frame = this.cutter.take()) {
        const { bytes, start, end } = frame
        const high = u32At(bytes, start + 8)
        const low = u32At(bytes, start + 4)
        const id = high === 0 ? low : high * twoTo32 + low
        this.onResponse(id, decodeResponse(bytes[start + 12]!, bytes, start + 13, end))
        if (this.isClosed()) return
      }
    } catch (error) {
      return this.lose(`the server sends what is not this protocol: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (this.cutter.error !== null) this.lose(`the server sends what is not this protocol: ${this.cutter.error}`)
  }

  private isClosed(): boolean {
    return this.state === "closed"
  }

  private onResponse(id: number, response: Response): void {
    if (id >= firstCallId) {
      const call = this.calls.get(id)
      if (call === undefined) return
      this.calls.delete(id)
      call.connection = null
      return this.events.onAnswer(this, call, response)
    }
    if (id === helloId) return this.onHelloAnswered(response)
    if (id !== watchId || response.kind !== "update") return
    this.part(this.events.onLeaderState(this, readLeaderState(new ByteReader(response.body))))
  }

  private onHelloAnswered(response: Response): void {
    // A server that closes a connection says why with the id of hello, since it knows no other id.
    if (this.state === "ready") return
    if (response.kind === "rejected") return this.part({ code: response.reason, message: response.message })
    if (response.kind !== "ok" && response.kind !== "badRequest") return this.lose(`the server answered hello by "${response.kind}"`)
    this.welcome = response.kind === "ok" ? readWelcome(response.body) : null
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.state = "ready"
    this.write(watchId, encodeRequest({ kind: "watchLeader" }))
    this.part(this.events.onWelcome(this, this.welcome))
  }

  private part(unwanted: Unwanted | null): void {
    if (unwanted !== null) this.lose(unwanted.message, unwanted)
  }

  private lose(because: string, unwanted: Unwanted | null = null): void {
    if (this.state === "closed") return
    const calls = this.close()
    this.events.onLost(this, because, calls, unwanted)
  }

  /** While calls are under way the server has to send something; if it does not, it is sent one probe, and then the connection ends. */
  private watchForSilence(): void {
    if (this.timer !== null || this.state !== "ready") return
    const { probeMs } = this.options
    this.hasHeard = false
    const leftMs = this.probedAtMs === null ? probeMs : this.probedAtMs + this.patienceMs - performance.now()
    // After a stall of this process timers run before the sockets are read, which may hold an answer: they are read first.
    this.timer = setTimeout(() => setImmediate(() => this.onSilenceTimer()), Math.max(1, Math.min(probeMs, leftMs)))
  }

  private onSilenceTimer(): void {
    this.timer = null
    if (this.isClosed()) return
    if (this.hasHeard || this.calls.size === 0) {
      this.probedAtMs = null
      this.isReplaced = false
    } else if (this.probedAtMs === null) this.probe()
    else if (performance.now() >= this.probedAtMs + this.patienceMs) return this.lose(this.explainSilence())
    if (this.calls.size > 0) this.watchForSilence()
  }

  private probe(): void {
    this.probedAtMs = performance.now()
    this.write(probeId, encodeRequest({ kind: "cancel", requestId: { low: probeId, high: 0 } }))
  }

  /** How long the answer to a probe may take. */
  private get patienceMs(): number {
    const { silenceMs, replacedSilenceMs } = this.options
    return this.isReplaced ? Math.min(replacedSilenceMs, silenceMs) : silenceMs
  }

  private explainSilence(): string {
    const silence = `the server has given no sign of life for ${this.patienceMs} ms`
    return this.isReplaced ? `${silence}, and another one leads now` : silence
  }

  // ---- to the server ----

  private write(id: number, request: Uint8Array): void {
    writeRequestFrame(this.out, id, request)
    if (this.isFlushing) return
    this.isFlushing = true
    // Everything that is asked in this turn of the event loop leaves in one write.
    process.nextTick(this.flush)
  }

  private readonly flush = (): void => {
    this.isFlushing = false
    if (this.isClosed()) return
    const { out, socket } = this
    socket.write(Buffer.from(out.bytes.buffer, 0, out.length))
    // Once its queue is empty the kernel has the bytes and the buffer is free; otherwise it is the socket's.
    emptyOutput(out, socket.writableLength === 0)
  }
}

/** Makes `out` ready for the next turn: with the same memory if that is free and not too much to keep. */
export function emptyOutput(out: ByteWriter, isFree: boolean): void {
  if (isFree && out.bytes.length <= keptOutputBytesMax) out.length = 0
  else out.reset(outputBytesAtFirst)
}

function explainSocketError(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return "nothing listens there"
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the name resolves to nothing"
    case "ECONNRESET":
    case "EPIPE":
      return "the server closed the connection"
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return "there is no way there"
    default:
      return explainTlsError(error) ?? error.message
  }
}
