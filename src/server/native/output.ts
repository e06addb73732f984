/**
 * The answers of one connection on their way into its socket.
 *
 * What a turn brings is one write, if the client takes its answers. If it does not, the rest waits here and not in the socket, and is handed over piece by
 * piece: so what waits weighs what it is long, and the pieces that go tell a slow client from one that takes nothing. Less than a piece waits in the buffer
 * that answers are written to; whole pieces wait in memory that connections share.
 */

import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { ByteWriter } from "../../wire/client/index.ts"
import { type AnswerPieces, pieceBytes } from "./answer-pieces.ts"

/** A larger output buffer is replaced once it is sent, in bytes. */
const keptOutputBytesMax = 256 * 1024
const outputBytesAtFirst = 1024
const nothing = new Uint8Array(0)

export class OutputBuffer {
  /** Takes answers at its end. Those of a piece or more go through `writerFor` and `onWritten`. */
  readonly writer = new ByteWriter(outputBytesAtFirst)
  /** Bytes that the client's side has taken, since the beginning. */
  takenBytes = 0
  private readonly socket: Duplex
  private readonly shared: AnswerPieces
  private readonly onRoom: () => void
  /** A socket has passed its bytes to the kernel once nothing is left in its queue; other streams may still refer to them. */
  private readonly canReuse: boolean
  /** Whole pieces that wait, oldest first; all of them come before what `writer` has not given yet. */
  private pieces: Uint8Array[] = []
  /** How much of `writer` the socket was given. */
  private givenBytes = 0
  /** How much of what it was given the socket still has. */
  private inSocketBytes = 0
  /** Something was left when the last turn ended. */
  private isBehind = false

  /** `onRoom` is called when the socket has passed on what it could not pass on at once. */
  constructor(socket: Duplex, shared: AnswerPieces, onRoom: () => void) {
    this.socket = socket
    this.shared = shared
    this.onRoom = onRoom
    this.canReuse = socket instanceof Socket
  }

  /** What the client has not taken yet. */
  get unsentBytes(): number {
    return this.pieces.length * pieceBytes + this.writer.length - this.givenBytes + this.inSocketBytes
  }

  /** Everything that was written before this turn has been taken. */
  get isUpToDate(): boolean {
    return !this.isBehind
  }

  /** The socket was given everything. */
  get isAllGiven(): boolean {
    return this.pieces.length === 0 && this.givenBytes === this.writer.length
  }

  /** Where an answer of at most `bytes` is to be written; `onAnswerWritten` has to follow. */
  writerFor(bytes: number): ByteWriter {
    return bytes < pieceBytes ? this.writer : this.shared.longAnswer
  }

  /** Takes over what was written to `out`, which `writerFor` gave. */
  onAnswerWritten(out: ByteWriter): void {
    if (out === this.writer) return this.cut(nothing)
    this.cut(out.written())
    this.shared.clearLongAnswer()
  }

  /** Hands over as much as the client takes now, and one piece more. */
  send(): void {
    const { writer, socket } = this
    while (this.inSocketBytes === 0 && !this.isAllGiven) this.giveNext()
    this.isBehind = this.unsentBytes > 0
    if (this.isBehind) return this.cut(nothing)
    if (this.givenBytes === 0) return
    this.givenBytes = 0
    if (this.canReuse && socket.writableLength === 0 && writer.bytes.length <= keptOutputBytesMax) writer.length = 0
    else writer.reset(outputBytesAtFirst)
  }

  /** Hands over everything, before the end. */
  sendAll(): void {
    while (!this.isAllGiven) this.giveNext()
  }

  /** The connection is over: what the socket was not given is dropped. */
  drop(): void {
    for (const piece of this.pieces) this.shared.giveBack(piece)
    this.pieces = []
  }

  private giveNext(): void {
    const piece = this.pieces.shift()
    if (piece === undefined) this.giveWritten(Math.min(this.writer.length - this.givenBytes, pieceBytes))
    else this.givePiece(piece)
  }

  private givePiece(piece: Uint8Array): void {
    this.inSocketBytes += pieceBytes
    this.socket.write(piece, () => {
      this.shared.giveBack(piece)
      this.onWritten()
    })
    this.lookIfTaken()
  }

  private giveWritten(bytes: number): void {
    const { socket, writer, givenBytes } = this
    this.givenBytes += bytes
    this.inSocketBytes += bytes
    socket.write(Buffer.from(writer.bytes.buffer, givenBytes, bytes), this.onWritten)
    this.lookIfTaken()
  }

  private lookIfTaken(): void {
    if (this.socket.writableLength > 0) return
    this.takenBytes += this.inSocketBytes
    this.inSocketBytes = 0
  }

  /** Comes for every write; also, later, for those that were taken on the spot. */
  private readonly onWritten = (): void => {
    if (this.inSocketBytes === 0) return
    this.lookIfTaken()
    if (this.inSocketBytes > 0) return
    // The writer holds what is left, not what has long been taken.
    if (this.givenBytes >= this.writer.length - this.givenBytes) this.forgetUntil(this.givenBytes)
    this.onRoom()
  }

  /** Cuts what `writer` has not given, and `more` behind it, into pieces; less than a piece stays in the writer. */
  private cut(more: Uint8Array): void {
    const { writer } = this
    let writtenFrom = this.givenBytes
    let moreFrom = 0
    while (writer.length - writtenFrom + more.length - moreFrom >= pieceBytes) {
      const piece = this.shared.take()
      const ofWriter = Math.min(writer.length - writtenFrom, pieceBytes)
      piece.set(writer.bytes.subarray(writtenFrom, writtenFrom + ofWriter))
      const ofMore = pieceBytes - ofWriter
      piece.set(more.subarray(moreFrom, moreFrom + ofMore), ofWriter)
      writtenFrom += ofWriter
      moreFrom += ofMore
      this.pieces.push(piece)
    }
    if (writtenFrom > this.givenBytes) this.forgetUntil(writtenFrom)
    if (moreFrom < more.length) writer.raw(more.subarray(moreFrom))
  }

  /** The writer begins anew with what it holds from `position` on. */
  private forgetUntil(position: number): void {
    const { writer } = this
    const rest = writer.bytes.subarray(position, writer.length)
    if (this.givenBytes === 0) {
      writer.bytes.copyWithin(0, position, writer.length)
      writer.length = rest.length
      return
    }
    // The socket may have views of the old bytes.
    writer.reset(Math.max(rest.length, outputBytesAtFirst))
    writer.raw(rest)
    this.givenBytes = 0
  }
}
