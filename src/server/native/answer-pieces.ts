/**
 * The memory of answers that clients do not take: pieces of one size, used again by the connections of a server.
 *
 * A buffer that grows by doubling leaves its earlier copies to the garbage collector, which decides how many of them are in memory at once: four times
 * the bound of what may wait was measured, and once ten times. A piece is returned when its bytes were sent, or when its client is gone.
 */

import { ByteWriter } from "../../wire/client/index.ts"

/** Bytes of one piece. The socket is given no more than this at once, so that a client that takes this much is seen to be alive. */
export const pieceBytes = 256 * 1024
/** The writer of long answers is replaced when it has grown beyond this, in bytes. */
export const keptLongAnswerBytesMax = 4 << 20
/** Of the pieces that nobody uses, one in so many is released at each `trim`. */
const trimmedShare = 16

export class AnswerPieces {
  /** For an answer of a piece or more, until it is cut into pieces: one for all connections, since it is empty again before another is written. */
  longAnswer = new ByteWriter()
  readonly #free: Uint8Array[] = []

  /** Pieces that nobody uses. */
  get freeCount(): number {
    return this.#free.length
  }

  /** A piece of `pieceBytes`, with old bytes in it. */
  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(pieceBytes)
  }

  giveBack(piece: Uint8Array): void {
    this.#free.push(piece)
  }

  clearLongAnswer(): void {
    if (this.longAnswer.bytes.length <= keptLongAnswerBytesMax) this.longAnswer.clear()
    else this.longAnswer = new ByteWriter()
  }

  /** Called now and then: memory that a burst took goes back to the system within a while. */
  trim(): void {
    this.#free.length -= Math.ceil(this.#free.length / trimmedShare)
  }
}
