/** The server's end of a connection whose client takes what it is sent when the test says so, and sends what the test says. */

import { Duplex } from "node:stream"
import { decodeResponse, FrameCutter, type Response, ByteReader } from "../../src/wire/client/index.ts"

export class SlowStream extends Duplex {
  readonly received: { readonly id: number; readonly response: Response }[] = []
  takenBytes = 0
  #isTaking: boolean
  #held: (() => void) | null = null
  readonly #cutter = new FrameCutter()

  constructor(isTaking: boolean) {
    super({ allowHalfOpen: true })
    this.#isTaking = isTaking
  }

  /** The client sends. */
  say(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.push(piece)
  }

  /** The client takes one piece of what waits for it. */
  takeOne(): void {
    const held = this.#held
    this.#held = null
    held?.()
  }

  /** From now on the client takes everything. */
  takeAll(): void {
    this.#isTaking = true
    this.takeOne()
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#held = () => {
      this.takenBytes += chunk.length
      this.#cutter.push(chunk)
      for (let frame = this.#cutter.take(); frame !== null; frame = this.#cutter.take()) {
        const id = new ByteReader(frame.bytes, frame.start + 4, frame.end).u64("id")
        this.received.push({
          id,
          response: decodeResponse(frame.bytes[frame.start + 12]!, frame.bytes.slice(), frame.start + 13, frame.end),
        })
      }
      done()
    }
    if (this.#isTaking) this.takeOne()
  }
}
