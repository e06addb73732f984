/**
 * Frames: `u32 length | u64 id | u8 op or status | body`, little endian, `length` counting what follows it.
 *
 * A `FrameCutter` finds the frames in whatever pieces a socket delivers. A frame that lies inside one piece is a view of it; only one that
 * is spread over several is copied, into a buffer that grows with what has really arrived, so that a peer cannot claim memory by announcing
 * 16 MiB and sending none. Of a frame that its taker would refuse for its length anyway, only the header is kept.
 */

import type { ByteWriter } from "../bytes/byte-writer.ts"
import { u32At } from "../bytes/integers.ts"
import { frameHeaderBytes, frameLengthMax, frameOverheadBytes } from "./protocol.ts"

/**
 * Where a frame lies: `bytes[start]` is the first byte of its length, `bytes[end - 1]` its last byte. Only valid until the next call. Of a frame that is
 * longer than the cutter keeps, `bytes` may end behind the header: `end` tells how long it was.
 */
export interface FrameView {
  bytes: Uint8Array
  start: number
  end: number
}

/** What is wrong with an announced length, as a sentence, or null. Nothing after such a frame can be understood. */
export function explainBadLength(length: number): string | null {
  if (length < frameOverheadBytes) return `a frame of ${length} bytes has no room for an id and an operation`
  if (length > frameLengthMax)
    return `a frame of ${length} bytes is above the limit of ${frameLengthMax}; or these bytes are another protocol`
  return null
}

/** Cuts a stream of bytes into frames. Push a piece, then take frames until there are none, then push the next. */
export class FrameCutter {
  /** Not null once a length made no sense: what is wrong, as a sentence. Nothing can be taken after that. */
  error: string | null = null
  private piece: Uint8Array = empty
  private at = 0
  /** The beginning of a frame whose end has not arrived, in a buffer with room to spare. */
  private partial: Uint8Array = empty
  private partialLength = 0
  /** How much of a frame that is too long to keep has gone by, beside what `partial` has of it. */
  private skippedLength = 0
  private readonly frameBytesKeptMax: number
  private readonly view: FrameView = { bytes: empty, start: 0, end: 0 }

  /** Frames above `frameBytesKeptMax`, all counted, that are spread over several pieces lose everything behind their header. */
  constructor(frameBytesKeptMax = Number.POSITIVE_INFINITY) {
    this.frameBytesKeptMax = Math.max(frameBytesKeptMax, frameHeaderBytes)
  }

  /** The piece is kept until its last frame was taken; nobody may change it. Call only when `take` has returned null. */
  push(piece: Uint8Array): void {
    this.piece = piece
    this.at = 0
  }

  /** Bytes that arrived but are no whole frame yet, or have not been taken. */
  get heldBytes(): number {
    return this.partialLength + this.piece.length - this.at
  }

  /** A frame has begun and is not whole. */
  get isInFrame(): boolean {
    return this.partialLength > 0
  }

  /** What the frame that has begun will take in memory once it is whole; 0 if none has, or its length is not there yet. */
  get begunBytes(): number {
    if (this.partialLength < 4) return 0
    return this.keptLength(4 + u32At(this.partial, 0))
  }

  /** The next whole frame, or null if there is none, or none that makes sense (see `error`). */
  take(): FrameView | null {
    if (this.error !== null) return null
    const frame = this.partialLength > 0 ? this.takeSpread() : this.takeWhole()
    // Nothing of the piece is needed any more: let it go before the next one comes.
    if (frame === null) {
      this.piece = empty
      this.at = 0
    }
    return frame
  }

  private takeWhole(): FrameView | null {
    const { piece, at } = this
    const left = piece.length - at
    if (left >= 4) {
      const length = u32At(piece, at)
      if (length < frameOverheadBytes || length > frameLengthMax) return this.fail(length)
      if (left >= 4 + length) {
        this.at = at + 4 + length
        return this.found(piece, at, this.at)
      }
    }
    if (left > 0) this.absorb(left)
    return null
  }

  /** The frame began in an earlier piece: add to it what is here. */
  private takeSpread(): FrameView | null {
    if (this.partialLength < 4) {
      this.absorb(Math.min(4 - this.partialLength, this.piece.length - this.at))
      if (this.partialLength < 4) return null
    }
    const length = u32At(this.partial, 0)
    if (length < frameOverheadBytes || length > frameLengthMax) return this.fail(length)
    const keptLength = this.keptLength(4 + length)
    this.absorb(Math.min(Math.max(keptLength - this.partialLength, 0), this.piece.length - this.at), keptLength)
    if (this.partialLength < keptLength) return null
    const isWhole = this.skip(4 + length - this.partialLength)
    if (!isWhole) return null
    // The frame's bytes may be kept by the caller, so this buffer is not used again.
    const whole = this.partial
    this.partial = empty
    this.partialLength = 0
    this.skippedLength = 0
    return this.found(whole, 0, 4 + length)
  }

  /** How many bytes of a frame are kept. */
  private keptLength(frameBytes: number): number {
    return frameBytes <= this.frameBytesKeptMax ? frameBytes : frameHeaderBytes
  }

  /** Lets the end of a frame go by, which has `count` bytes behind what is kept; true once all of them have. */
  private skip(count: number): boolean {
    const now = Math.min(count - this.skippedLength, this.piece.length - this.at)
    this.skippedLength += now
    this.at += now
    return this.skippedLength === count
  }

  private absorb(count: number, frameBytes = Number.POSITIVE_INFINITY): void {
    const needed = this.partialLength + count
    if (needed > this.partial.length) {
      const grown = new Uint8Array(Math.min(Math.max(needed, this.partial.length * 2, frameHeaderBytes), Math.max(frameBytes, needed)))
      grown.set(this.partial.subarray(0, this.partialLength))
      this.partial = grown
    }
    this.partial.set(this.piece.subarray(this.at, this.at + count), this.partialLength)
    this.partialLength = needed
    this.at += count
  }

  private found(bytes: Uint8Array, start: number, end: number): FrameView {
    const view = this.view
    view.bytes = bytes
    view.start = start
    view.end = end
    return view
  }

  private fail(length: number): null {
    this.error = explainBadLength(length)
    this.partial = empty
    this.partialLength = 0
    return null
  }
}

const empty = new Uint8Array(0)

/** Begins a frame whose length is not known yet; returns where it begins, for `endFrame`. Ids are given as their two halves. */
export function beginFrame(out: ByteWriter, idLow: number, idHigh: number, code: number): number {
  const start = out.reserve(frameHeaderBytes)
  out.setU32(start + 4, idLow)
  out.setU32(start + 8, idHigh)
  out.bytes[start + 12] = code
  return start
}

/** Fills in the length of the frame that began at `start`. */
export function endFrame(out: ByteWriter, start: number): void {
  out.setU32(start, out.length - start - 4)
}

/** A whole request: `request` is its bytes from the operation's number on. `id` is an integer below 2^53. */
export function writeRequestFrame(out: ByteWriter, id: number, request: Uint8Array): void {
  const start = out.reserve(12 + request.length)
  out.setU32(start, 8 + request.length)
  out.setU32(start + 4, id >>> 0)
  out.setU32(start + 8, Math.floor(id / 0x1_0000_0000))
  out.bytes.set(request, start + 12)
}
