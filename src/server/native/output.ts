/**
 * The answers of one connection on their way into its socket.
 *
 * What a turn brings is one write, if the client takes its answers. If it does not, the rest waits here and not in the socket, in one buffer, and is handed
 * over piece by piece: so what waits weighs what it is long, and the pieces that go tell a slow client from one that takes nothing.
 */

import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { ByteWriter } from "../../wire/client/index.ts"

/** A bigger output buffer is let go once it is sent. */
const keptOutputBytesMax = 256 * 1024
/** The socket is given no more than this at once, so that a client that takes this much is seen to be alive. */
const writtenAtOnceBytesMax = 256 * 1024
const outputBytesAtFirst = 1024

export class OutputBuffer {
  /** Takes answers at its end. */
  readonly writer = new ByteWriter(outputBytesAtFirst)
  /** Bytes that the client's side has taken, since the beginning. */
  takenBytes = 0
  private readonly socket: Duplex
  private readonly onRoom: () => void
  /** A socket has passed its bytes to the kernel once nothing is left in its queue; other streams may still refer to them. */
  private readonly canReuse: boolean
  /** How much of `writer` the socket was given, and how much of that, at the end, it still has. */
  private givenBytes = 0
  private inSocketBytes = 0

  /** `onRoom` is called when the socket has passed on what it could not pass on at once. */
  constructor(socket: Duplex, onRoom: () => void) {
    this.socket = socket
    this.onRoom = onRoom
    this.canReuse = socket instanceof Socket
  }

  /** What the client has not taken yet. */
  get unsentBytes(): number {
    return this.writer.length - this.givenBytes + this.inSocketBytes
  }

  /** Everything that was written before this turn has been taken. */
  get isUpToDate(): boolean {
    return this.givenBytes === 0
  }

  /** The socket was given everything. */
  get isAllGiven(): boolean {
    return this.givenBytes === this.writer.length
  }

  /** Hands over as much as the client takes now, and one piece more. */
  send(): void {
    const { writer, socket } = this
    while (this.inSocketBytes === 0 && this.givenBytes < writer.length)
      this.give(Math.min(writer.length - this.givenBytes, writtenAtOnceBytesMax))
    if (this.inSocketBytes > 0 || this.givenBytes === 0) return
    this.givenBytes = 0
    if (this.canReuse && socket.writableLength === 0 && writer.bytes.length <= keptOutputBytesMax) writer.length = 0
    else writer.reset(outputBytesAtFirst)
  }

  /** Hands over everything, before the end. */
  sendAll(): void {
    if (this.givenBytes < this.writer.length) this.give(this.writer.length - this.givenBytes)
  }

  private give(bytes: number): void {
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

  /** Comes for every piece; also, later, for those that were taken on the spot. */
  private readonly onWritten = (): void => {
    if (this.inSocketBytes === 0) return
    this.lookIfTaken()
    if (this.inSocketBytes > 0) return
    this.letGoOfTaken()
    this.onRoom()
  }

  /** The buffer holds what is left, not what has long been taken. */
  private letGoOfTaken(): void {
    const { writer, givenBytes } = this
    const left = writer.length - givenBytes
    if (givenBytes < left) return
    const rest = writer.bytes.subarray(givenBytes, writer.length)
    writer.reset(Math.max(left, outputBytesAtFirst))
    writer.raw(rest)
    this.givenBytes = 0
  }
}
