/**
 * Cuts a byte stream into frames by their leading `u32 length`, whole frame counted. Bytes are copied only where a frame spans chunks, and then
 * once; a frame within one chunk is a view of it, so the reader of the socket must not use the chunk's memory again.
 */

import { slice } from "../bytes/views.ts"
import { WireError } from "../bytes/wire-error.ts"
import { frameHeaderBytes } from "./message.ts"

/** The longest frame accepted by default: an AppendEntries with one proposal of the largest size, and room to spare. */
export const frameBytesMaxDefault = 16 << 20

/** Cuts the bytes of one connection into frames. */
export class FrameSplitter {
  readonly #frameBytesMax: number
  /** The beginning of a length that a chunk ended in, 0 to 3 bytes. */
  #prefix = new Uint8Array(4)
  #prefixLength = 0
  /** A frame that has begun and whose length is known. */
  #partial: Uint8Array | null = null
  #partialLength = 0

  constructor(frameBytesMax = frameBytesMaxDefault) {
    this.#frameBytesMax = frameBytesMax
  }

  /** Bytes held of a frame that is not complete. */
  get pendingBytes(): number {
    return this.#prefixLength + this.#partialLength
  }

  /** The frames that `chunk` completes, in order. Throws a `WireError` on an impossible length: close the connection then. */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#partial !== null) {
        at = this.#continuePartial(this.#partial, chunk, at, frames)
      } else if (this.#prefixLength > 0 || chunk.length - at < 4) {
        at = this.#continuePrefix(chunk, at)
      } else {
        const length = this.#check(lengthAt(chunk, at))
        const end = at + length
        if (end <= chunk.length) frames.push(slice(chunk, at, end))
        else this.#begin(length, chunk, at)
        at = Math.min(end, chunk.length)
      }
    }
    return frames
  }

  #continuePrefix(chunk: Uint8Array, from: number): number {
    let at = from
    while (this.#prefixLength < 4 && at < chunk.length) this.#prefix[this.#prefixLength++] = chunk[at++]!
    if (this.#prefixLength === 4) {
      const length = this.#check(lengthAt(this.#prefix, 0))
      this.#prefixLength = 0
      this.#begin(length, this.#prefix, 0)
    }
    return at
  }

  #begin(length: number, bytes: Uint8Array, from: number): void {
    this.#partial = new Uint8Array(length)
    this.#partial.set(bytes.subarray(from))
    this.#partialLength = bytes.length - from
  }

  #continuePartial(partial: Uint8Array, chunk: Uint8Array, from: number, frames: Uint8Array[]): number {
    const count = Math.min(partial.length - this.#partialLength, chunk.length - from)
    partial.set(chunk.subarray(from, from + count), this.#partialLength)
    this.#partialLength += count
    if (this.#partialLength === partial.length) {
      frames.push(partial)
      this.#partial = null
      this.#partialLength = 0
    }
    return from + count
  }

  #check(length: number): number {
    if (length < frameHeaderBytes) throw new WireError(`a frame of ${length} bytes is shorter than its header`)
    if (length > this.#frameBytesMax) throw new WireError(`a frame of ${length} bytes; at most ${this.#frameBytesMax} are allowed`)
    return length
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
