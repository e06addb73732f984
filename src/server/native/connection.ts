/**
 * One client's connection: frames in, answers out, and nothing that grows without bound in between.
 *
 * This is the hot path of the server. A frame is looked at where the socket put it; a command travels on as a slice of those bytes; an answer
 * is written behind the others of this turn into one buffer, and the turn ends with one write. When too much is under way the connection
 * stops reading, so that TCP slows the client down and memory stays what it is.
 */

import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { LogIndex, NodeId, RejectReason } from "../../core/index.ts"
import type { SessionRejectReason } from "../../replica/index.ts"
import { beginFrame, ByteWriter, endFrame, FrameCutter, type Response, status, writeResponseFrame } from "../../wire/client/index.ts"
import type { KvAnswer } from "../../wire/kv/index.ts"
import type { NativeBackend, Receiver } from "./backend.ts"
import { InflightTable, pendingKind } from "./inflight-table.ts"
import type { NativeOptions } from "./options.ts"
import { handleFrame } from "./requests.ts"
import { writeAnswer, writeResult, writeSession } from "./store.ts"
import { Subscriptions } from "./subscriptions.ts"
import type { Flushable, TurnEnd } from "./turn-end.ts"

/** A bigger output buffer is let go once it is sent. */
const keptOutputBytesMax = 256 * 1024
const outputBytesAtFirst = 1024

export class NativeConnection implements Receiver, Flushable {
  readonly backend: NativeBackend
  readonly options: NativeOptions
  readonly pending = new InflightTable()
  readonly subscriptions: Subscriptions
  private readonly socket: Duplex
  private readonly turnEnd: TurnEnd
  private readonly cutter = new FrameCutter()
  private readonly out = new ByteWriter(outputBytesAtFirst)
  /** A socket has passed its bytes to the kernel once nothing is left in its queue; other streams may still refer to them. */
  private readonly canReuseOutput: boolean
  private unsentBytes = 0
  private isDirty = false
  /** Reading is paused because too much is under way; `cutter` may hold frames that arrived before. */
  private isBlocked = false
  /** The client will send no more. */
  private hasEnded = false
  /** No more answers: closed, or closing after last words. */
  private isOver = false

  constructor(socket: Duplex, backend: NativeBackend, turnEnd: TurnEnd, options: NativeOptions) {
    this.socket = socket
    this.backend = backend
    this.turnEnd = turnEnd
    this.options = options
    this.canReuseOutput = socket instanceof Socket
    this.subscriptions = new Subscriptions(this)
    if (socket instanceof Socket) socket.setNoDelay(true)
    socket.on("data", (piece: Buffer) => this.onData(piece))
    socket.on("drain", () => this.onDrain())
    socket.on("end", () => this.onEnd())
    socket.on("error", () => socket.destroy())
    socket.on("close", () => this.onClose())
    socket.resume()
  }

  /** Closes without a further answer. Writes under way may still happen: for their callers they are "unknown". */
  close(): void {
    this.socket.destroy()
  }

  // ---- from the socket ----

  private onData(piece: Buffer): void {
    if (this.isOver) return
    this.cutter.push(piece)
    this.takeFrames()
  }

  private takeFrames(): void {
    while (!this.isFull()) {
      const frame = this.cutter.take()
      if (frame !== null) handleFrame(this, frame)
      else if (this.cutter.error === null) return
      else return this.endWithWords(this.cutter.error)
    }
    this.isBlocked = true
    this.socket.pause()
  }

  private isFull(): boolean {
    const { pending, options } = this
    return pending.count >= options.inflightRequestsMax || pending.bytes >= options.inflightBytesMax || this.isOutputFull()
  }

  private isOutputFull(): boolean {
    return this.unsentBytes + this.out.length >= this.options.unsentBytesMax
  }

  private onDrain(): void {
    this.unsentBytes = 0
    this.flushSoon()
  }

  private onEnd(): void {
    this.hasEnded = true
    this.destroyAfter(this.options.halfClosedMs)
    this.subscriptions.endAll()
    this.flushSoon()
  }

  private onClose(): void {
    this.isOver = true
    this.subscriptions.close()
    // Nobody waits any more: let the node forget these. Commands that are in the log already take effect all the same.
    for (const slot of this.pending.slots()) this.backend.cancel(this.pending.handle[slot]!)
  }

  // ---- from the backend ----

  onCommitted(tag: number, index: LogIndex, result: Uint8Array): void {
    if (this.isOver) return
    const { pending, out } = this
    const idLow = pending.idLow[tag]!
    const idHigh = pending.idHigh[tag]!
    const kind = pending.kind[tag]
    pending.release(tag)
    if (kind === pendingKind.command) writeResult(out, idLow, idHigh, index, result)
    else {
      const start = beginFrame(out, idLow, idHigh, status.ok)
      out.u64(index)
      if (kind === pendingKind.openSession) writeSession(out, result, this.backend.sessionTimeToLiveMs)
      endFrame(out, start)
    }
    this.flushSoon()
  }

  onAnswered(tag: number, index: LogIndex, answer: unknown): void {
    if (this.isOver) return
    // Answers to reads can be large, and asking again is safe: a client that does not take them in time is told so.
    if (this.isOutputFull()) return this.onRejected(tag, "overloaded", "you take answers more slowly than you ask for them", null)
    const { pending, out } = this
    const idLow = pending.idLow[tag]!
    const idHigh = pending.idHigh[tag]!
    const kind = pending.kind[tag]!
    pending.release(tag)
    writeAnswer(out, idLow, idHigh, kind, index, answer as KvAnswer)
    this.flushSoon()
  }

  onRejected(tag: number, reason: RejectReason | SessionRejectReason, message: string, leader: NodeId | null): void {
    const leaderAddress = leader === null ? null : this.backend.clientAddressOf(leader)
    this.answerPending(tag, { kind: reason === "overloaded" ? "overloaded" : "rejected", reason, message, leader, leaderAddress })
  }

  onUnknown(tag: number, message: string): void {
    this.answerPending(tag, { kind: "unknown", message })
  }

  onFailed(tag: number, message: string): void {
    this.answerPending(tag, { kind: "rejected", reason: "other", message, leader: null, leaderAddress: null })
  }

  private answerPending(tag: number, response: Response): void {
    if (this.isOver) return
    const idLow = this.pending.idLow[tag]!
    const idHigh = this.pending.idHigh[tag]!
    this.pending.release(tag)
    this.answer(idLow, idHigh, response)
  }

  // ---- to the client ----

  /** Answers a request that has no slot. */
  answer(idLow: number, idHigh: number, response: Response): void {
    if (this.isOver) return
    writeResponseFrame(this.out, idLow, idHigh, response)
    this.flushSoon()
  }

  /** Has `flush` called at the end of this turn, once. */
  flushSoon(): void {
    if (this.isDirty) return
    this.isDirty = true
    this.turnEnd.add(this)
  }

  flush(): void {
    this.isDirty = false
    if (this.isOver) return
    if (this.unsentBytes === 0) this.subscriptions.writeUpdates()
    this.send()
    if (this.isBlocked && !this.isFull()) {
      this.isBlocked = false
      this.takeFrames()
      if (!this.isBlocked && !this.isOver) this.socket.resume()
    }
    if (this.hasEnded && !this.isBlocked && this.pending.count === 0 && this.out.length === 0) this.finish()
  }

  private send(): void {
    const { out, socket } = this
    if (out.length === 0) return
    socket.write(Buffer.from(out.bytes.buffer, 0, out.length))
    this.unsentBytes = socket.writableLength
    const mayReuse = this.canReuseOutput && this.unsentBytes === 0 && out.bytes.length <= keptOutputBytesMax
    if (mayReuse) out.length = 0
    else out.reset(outputBytesAtFirst)
  }

  /** Everything is answered and the client has nothing more to say. */
  private finish(): void {
    this.isOver = true
    this.socket.end()
  }

  /** After bytes that make no sense nothing that follows can be understood: say so, and close. */
  private endWithWords(message: string): void {
    this.answer(0, 0, { kind: "badRequest", message: `${message}; this connection cannot go on` })
    this.send()
    this.isOver = true
    this.subscriptions.close()
    this.socket.end()
    // Closing on unread bytes would reset the connection, and the words with it: read on for a while.
    this.socket.resume()
    this.destroyAfter(this.options.lastWordsMs)
  }

  private destroyAfter(delayMs: number): void {
    const timer = setTimeout(() => this.socket.destroy(), delayMs).unref()
    this.socket.once("close", () => clearTimeout(timer))
  }
}
