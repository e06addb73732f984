/**
 * One client's connection: frames in, answers out, and nothing that grows without bound in between.
 *
 * This is the hot path of the server. A frame is looked at where the socket put it; a command travels on as a slice of those bytes; an answer
 * is written behind the others of this turn into one buffer, and the turn ends with one write. When too much is under way, here or on all
 * connections together (`shared-load.ts`), the connection stops reading, so that TCP slows the client down and memory stays what it is.
 */

import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { LogIndex, NodeId, RejectReason } from "../../core/index.ts"
import type { MachineRejectReason, SessionRejectReason } from "../../replica/index.ts"
import { beginFrame, endFrame, FrameCutter, frameHeaderBytes, type Response, status, writeResponseFrame } from "../../wire/client/index.ts"
import type { KvAnswer } from "../../wire/kv/index.ts"
import type { NativeBackend, BackendReceiver } from "./backend.ts"
import { InflightTable, pendingKind } from "./inflight-table.ts"
import type { NativeOptions } from "./options.ts"
import { OutputBuffer } from "./output.ts"
import { handleFrame } from "./requests.ts"
import type { SharedLoad, Waiter } from "./shared-load.ts"
import { answerBytes, shortResultBytesMax, writeAnswer, writeLostResult, writeResult, writeSession } from "./store.ts"
import { Subscriptions } from "./subscriptions.ts"
import type { Flushable, TurnEnd } from "./turn-end.ts"

/** A longer request that arrives in several pieces waits until there is room for all of it. */
const unreservedRequestBytesMax = 64 << 10

export class NativeConnection implements BackendReceiver, Flushable, Waiter {
  /** Counts the connections of its server, from 1. */
  readonly number: number
  readonly backend: NativeBackend
  readonly options: NativeOptions
  readonly pending: InflightTable
  readonly subscriptions: Subscriptions
  private readonly socket: Duplex
  private readonly turnEnd: TurnEnd
  private readonly load: SharedLoad
  private readonly cutter: FrameCutter
  private readonly output: OutputBuffer
  /** What `load` counts of `output`, and of the request that has begun to arrive. */
  private countedUnsentBytes = 0
  /** Bytes of refusals among what is unsent. They are not counted against the bound: a refusal for lack of room must not take the room of others. */
  private refusalBytes = 0
  private reservedBytes = 0
  private requestsTaken = 0
  private isDirty = false
  /** Reading is paused because too much is under way; `cutter` may hold frames that arrived before. */
  private isBlocked = false
  /** The client will send no more. */
  private hasEnded = false
  /** No more answers: closed, or closing after last words. */
  private isOver = false
  /** What was seen when it was last looked at, and for how many looks it has been so. */
  private seenRequests = -1
  private arrivingLooks = 0
  private seenTakenBytes = 0
  private untakenLooks = 0
  private idleLooks = 0

  constructor(number: number, socket: Duplex, backend: NativeBackend, turnEnd: TurnEnd, load: SharedLoad, options: NativeOptions) {
    this.number = number
    this.socket = socket
    this.backend = backend
    this.turnEnd = turnEnd
    this.load = load
    this.options = options
    this.pending = new InflightTable(load)
    this.cutter = new FrameCutter(frameHeaderBytes - 1 + options.store.requestBytesMax)
    this.output = new OutputBuffer(socket, load.pieces, () => this.flushSoon())
    this.subscriptions = new Subscriptions(this)
    if (socket instanceof Socket) socket.setNoDelay(true)
    socket.on("data", (piece: Buffer) => this.onData(piece))
    socket.on("end", () => this.onEnd())
    socket.on("error", () => socket.destroy())
    socket.on("close", () => this.onClose())
    socket.resume()
  }

  /** Closes without a further answer. Writes under way may still happen: for their callers they are "unknown". */
  close(): void {
    this.socket.destroy()
  }

  /** Answers that the client has not taken. */
  get unsentBytes(): number {
    return this.output.unsentBytes
  }

  /** How long it has taken none of them, in milliseconds. */
  get untakenMs(): number {
    return this.untakenLooks * this.options.sweepMs
  }

  /** How long nothing has been asked, in milliseconds; 0 while something is under way. */
  get idleMs(): number {
    return this.isOver ? 0 : this.idleLooks * this.options.sweepMs
  }

  /** Called every `sweepMs`: closes what takes too long. Looks are counted, not time, so that no client is blamed for a pause of this process. */
  sweep(): void {
    const { requestArrivalMs, untakenMs, sweepMs } = this.options
    const isArriving = this.cutter.isInFrame && !this.isBlocked
    this.arrivingLooks = isArriving && this.seenRequests === this.requestsTaken ? this.arrivingLooks + 1 : 0
    const isIdle = this.seenRequests === this.requestsTaken && this.pending.count === 0
    this.idleLooks = isIdle ? this.idleLooks + 1 : 0
    this.seenRequests = this.requestsTaken
    const isUntaken = this.unsentBytes > 0 && this.seenTakenBytes === this.output.takenBytes
    this.untakenLooks = isUntaken ? this.untakenLooks + 1 : 0
    this.seenTakenBytes = this.output.takenBytes
    if (this.arrivingLooks * sweepMs > requestArrivalMs) this.giveUp(`a request that it began did not arrive within ${requestArrivalMs} ms`)
    else if (this.untakenMs > untakenMs) this.giveUpUntaken()
  }

  giveUpUntaken(): void {
    this.giveUp(`it took none of ${this.unsentBytes} bytes of answers for ${this.untakenMs} ms`)
  }

  /** Closes without an answer, and says why. */
  giveUp(because: string): void {
    const { socket } = this
    if (this.isOver) return
    this.options.onGivenUp(`${socket instanceof Socket ? `${socket.remoteAddress}:${socket.remotePort}` : "a client"}: ${because}`)
    socket.destroy()
    this.letGo()
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
      if (frame !== null) {
        this.requestsTaken++
        handleFrame(this, frame)
        this.unreserve()
        continue
      }
      if (this.cutter.error !== null) return this.endWithWords(this.cutter.error)
      if (this.reserve()) return
      this.load.wait(this)
      break
    }
    this.isBlocked = true
    this.socket.pause()
  }

  private isFull(): boolean {
    const { pending, options, load, output } = this
    return (
      pending.count >= options.inflightRequestsMax ||
      pending.bytes >= options.inflightBytesMax ||
      output.unsentBytes >= options.unsentBytesMax ||
      load.isFullFor(pending.count, pending.bytes) ||
      load.isUnsentFullFor(output.unsentBytes)
    )
  }

  /** Makes sure that the long request which has begun to arrive has room. False: not now, so read no further. */
  private reserve(): boolean {
    const bytes = this.cutter.begunBytes
    if (bytes <= unreservedRequestBytesMax || this.reservedBytes > 0) return true
    if (!this.load.hasRoomFor(this.pending.bytes, bytes)) return false
    this.reservedBytes = bytes
    this.load.inflightBytes += bytes
    return true
  }

  private unreserve(): void {
    this.load.inflightBytes -= this.reservedBytes
    this.reservedBytes = 0
  }

  /** There may be room now for the request that waits. */
  retry(): boolean {
    if (this.isOver) return true
    if (!this.reserve()) return false
    this.goOn()
    return true
  }

  private goOn(): void {
    this.isBlocked = false
    this.takeFrames()
    if (!this.isBlocked && !this.isOver) this.socket.resume()
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
    this.letGo()
  }

  private letGo(): void {
    this.isOver = true
    // No client waits any more: these requests are cancelled. Commands that are in the log already take effect all the same.
    for (const slot of this.pending.slots()) {
      this.backend.requests.cancel(this.pending.handle[slot]!)
      this.pending.release(slot)
    }
    this.unreserve()
    this.output.drop()
    this.load.unsentBytes -= this.countedUnsentBytes
    this.countedUnsentBytes = 0
    this.load.stopWaiting(this)
    this.load.onReleased()
  }

  // ---- from the backend ----

  onCommitted(tag: number, index: LogIndex, result: Uint8Array): void {
    if (this.isOver) return
    const { pending } = this
    const out = this.output.writer
    const idLow = pending.idLow[tag]!
    const idHigh = pending.idHigh[tag]!
    const kind = pending.kind[tag]
    pending.release(tag)
    if (kind === pendingKind.command) {
      if (result.length <= shortResultBytesMax) writeResult(out, idLow, idHigh, index, result)
      else this.writeLongResult(idLow, idHigh, index, result)
    } else {
      const start = beginFrame(out, idLow, idHigh, status.ok)
      out.u64(index)
      if (kind === pendingKind.openSession) writeSession(out, result, this.backend.sessionTimeToLiveMs)
      endFrame(out, start)
    }
    this.flushSoon()
  }

  onAnswered(tag: number, index: LogIndex, answer: unknown): void {
    if (this.isOver) return
    const bytes = answerBytes(answer as KvAnswer)
    const isShort = bytes <= shortResultBytesMax
    // Answers to reads can be large, and asking again is safe: where there is no room for one, its client is told so.
    if (!isShort && !this.hasRoomFor(bytes)) return this.onRejected(tag, "overloaded", this.explainNoRoom(bytes), null)
    const { pending } = this
    const idLow = pending.idLow[tag]!
    const idHigh = pending.idHigh[tag]!
    const kind = pending.kind[tag]!
    pending.release(tag)
    const out = this.output.writerFor(bytes)
    writeAnswer(out, idLow, idHigh, kind, index, answer as KvAnswer, bytes)
    this.output.onAnswerWritten(out)
    if (!isShort) this.countUnsent()
    this.flushSoon()
  }

  private writeLongResult(idLow: number, idHigh: number, index: LogIndex, result: Uint8Array): void {
    if (this.hasRoomFor(result.length)) {
      const out = this.output.writerFor(result.length)
      writeResult(out, idLow, idHigh, index, result)
      this.output.onAnswerWritten(out)
    } else writeLostResult(this.output.writer, idLow, idHigh, index, result)
    this.countUnsent()
  }

  private hasRoomFor(bytes: number): boolean {
    const { unsentBytes } = this.output
    return unsentBytes < this.options.unsentBytesMax && this.load.hasRoomForAnswer(unsentBytes, bytes)
  }

  private explainNoRoom(bytes: number): string {
    if (this.output.unsentBytes > 0) return "you take answers more slowly than you ask for them"
    return `clients that do not take their answers leave no room for one of ${bytes} bytes; ask again in a while`
  }

  onRejected(tag: number, reason: RejectReason | SessionRejectReason | MachineRejectReason, message: string, leader: NodeId | null): void {
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
    const { writer } = this.output
    const before = writer.length
    writeResponseFrame(writer, idLow, idHigh, response)
    this.refusalBytes += writer.length - before
    this.flushSoon()
  }

  // ---- to the client ----

  /** Answers a request that has no slot. */
  answer(idLow: number, idHigh: number, response: Response): void {
    if (this.isOver) return
    writeResponseFrame(this.output.writer, idLow, idHigh, response)
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
    if (!this.output.isUpToDate) this.output.send()
    if (this.output.isUpToDate) this.subscriptions.writeUpdates()
    this.output.send()
    this.countUnsent()
    if (this.isBlocked && !this.isFull()) this.goOn()
    this.load.onReleased()
    if (this.hasEnded && !this.isBlocked && this.pending.count === 0 && this.output.isAllGiven) this.finish()
  }

  /** Reports to `load` what this connection holds now: at the end of a turn, and after each long answer. */
  private countUnsent(): void {
    const { unsentBytes } = this.output
    if (unsentBytes === 0) this.refusalBytes = 0
    const counted = Math.max(0, unsentBytes - this.refusalBytes)
    this.load.unsentBytes += counted - this.countedUnsentBytes
    this.countedUnsentBytes = counted
  }

  /** Everything is answered and the client has nothing more to say. */
  private finish(): void {
    this.isOver = true
    this.socket.end()
  }

  /** After bytes that make no sense nothing that follows can be understood: say so, and close. */
  private endWithWords(message: string): void {
    this.answer(0, 0, { kind: "badRequest", message: `${message}; this connection cannot go on` })
    this.output.sendAll()
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
