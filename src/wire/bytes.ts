/**
 * The two hands of the peer and log codecs: a writer that grows and is reused, a reader that refuses in words.
 *
 * Everything is little endian. Terms, indexes and counters travel as 64 bits but must be below 2^53, the integers that JavaScript holds
 * exactly: checked on the way out (a larger one is our bug) and on the way in (a larger one is a damaged or foreign peer).
 */

import { decodeUtf8, encodeUtf8Into, utf8Length } from "./client/utf8.ts"

/** Bytes that are not what the format says. The message is a sentence that names the field and what was found. */
export class WireError extends Error {
  override readonly name = "WireError"
}

const twoTo32 = 0x1_0000_0000
/** The upper half of 2^53. */
const highMax = 0x20_0000

/** Writes an integer from 0 to 2^53 - 1 as 64 bits. Throws a RangeError for anything else. */
export function setU64(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not an integer from 0 to 2^53 - 1`)
  view.setUint32(at, value >>> 0, true)
  view.setUint32(at + 4, Math.floor(value / twoTo32), true)
}

/** Reads 64 bits that must be below 2^53. `field` is for the sentence of the refusal. */
export function getU64(view: DataView, at: number, field: string): number {
  const high = view.getUint32(at + 4, true)
  if (high >= highMax) throw new WireError(`${field} is 2^53 or more`)
  return wholeOf(high, view.getUint32(at, true))
}

/**
 * The number of two halves of 32 bits. Adding 0 * 2^32 would make a floating-point number of an index or a term, and of everything that it is
 * ever compared or counted with: the engine keeps small integers apart from those, and works on them at a fraction of the cost.
 */
function wholeOf(high: number, low: number): number {
  return high === 0 ? low : high * twoTo32 + low
}

/** Reads 32 bits, byte by byte: for what is too short to be worth a DataView. The caller has seen to it that they are there. */
export function u32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

/** As `getU64`, byte by byte. */
export function u64At(bytes: Uint8Array, at: number, field: string): number {
  const high = u32At(bytes, at + 4)
  if (high >= highMax) throw new WireError(`${field} is 2^53 or more`)
  return wholeOf(high, u32At(bytes, at))
}

/** A DataView of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A plain Uint8Array of part of `bytes`, sharing memory, whatever subclass `bytes` is. */
export function slice(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}

/** As `slice`, for whoever has a view of the bytes: to ask a view for its buffer costs far less than to ask the bytes for it. */
export function sliceOf(view: DataView, start: number, end: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, end - start)
}

const digits = "0123456789abcdef"

/** What a lower-case hexadecimal digit stands for, by its code. */
function digitOf(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x61 + 10
}

/** Appends values to a buffer that it owns and that grows by doubling. `clear` rewinds it, so that one writer serves a connection for life. */
export class ByteWriter {
  /** Only the first `length` bytes are written; replaced when it grows. */
  bytes: Uint8Array
  view: DataView
  length = 0

  constructor(capacityBytes = 1024) {
    this.bytes = new Uint8Array(capacityBytes)
    this.view = viewOf(this.bytes)
  }

  /** Makes room for `count` more bytes and returns where they start. */
  reserve(count: number): number {
    const start = this.length
    const needed = start + count
    if (needed > this.bytes.length) this.grow(needed)
    this.length = needed
    return start
  }

  u8(value: number): void {
    const at = this.reserve(1)
    this.view.setUint8(at, value)
  }

  u16(value: number): void {
    const at = this.reserve(2)
    this.view.setUint16(at, value, true)
  }

  u32(value: number): void {
    const at = this.reserve(4)
    this.view.setUint32(at, value, true)
  }

  /** An integer from 0 to 2^53 - 1; throws a RangeError for anything else. */
  u64(value: number): void {
    const at = this.reserve(8)
    setU64(this.view, at, value)
  }

  flag(value: boolean): void {
    this.u8(value ? 1 : 0)
  }

  raw(value: Uint8Array): void {
    const at = this.reserve(value.length)
    this.bytes.set(value, at)
  }

  /** `u32 length | bytes`. */
  bytes32(value: Uint8Array): void {
    this.u32(value.length)
    this.raw(value)
  }

  /** `u16 length | UTF-8`. Throws a RangeError above 65,535 bytes. */
  text(value: string): void {
    const length = utf8Length(value)
    if (length > 0xffff) throw new RangeError(`a text of ${length} bytes does not fit a 16-bit length`)
    this.u16(length)
    const at = this.reserve(length)
    encodeUtf8Into(value, this.bytes, at)
  }

  /** Sixteen hexadecimal digits as 8 bytes, the first digits first, so that a hex dump reads like the text. */
  id64(value: string): void {
    if (!/^[0-9a-f]{16}$/.test(value)) throw new RangeError(`"${value}" is not 16 lower-case hexadecimal digits`)
    const at = this.reserve(8)
    for (let i = 0; i < 8; i++) this.bytes[at + i] = digitOf(value.charCodeAt(2 * i)) * 16 + digitOf(value.charCodeAt(2 * i + 1))
  }

  /** What was written, as a view that is good until the next write or `clear`. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes)
    this.bytes = grown
    this.view = viewOf(grown)
  }
}

/** Reads values front to back; throws a `WireError` naming the field that does not fit. */
export class ByteReader {
  readonly bytes: Uint8Array
  // See the end of this file.
  declare readonly view: DataView
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  get remaining(): number {
    return this.bytes.length - this.at
  }

  u8(field: string): number {
    return this.bytes[this.advance(1, field)]!
  }

  u16(field: string): number {
    const at = this.advance(2, field)
    return this.bytes[at]! | (this.bytes[at + 1]! << 8)
  }

  u32(field: string): number {
    return u32At(this.bytes, this.advance(4, field))
  }

  u64(field: string): number {
    return u64At(this.bytes, this.advance(8, field), field)
  }

  /** 0 or 1 and nothing else, so that a later version can give the other values a meaning. */
  flag(field: string): boolean {
    const value = this.u8(field)
    if (value > 1) throw new WireError(`${field} is ${value}; it must be 0 or 1`)
    return value === 1
  }

  /** A view, not a copy. */
  raw(count: number, field: string): Uint8Array {
    const at = this.advance(count, field)
    return slice(this.bytes, at, at + count)
  }

  bytes32(field: string): Uint8Array {
    return this.raw(this.u32(`the length of ${field}`), field)
  }

  text(field: string): string {
    const text = decodeUtf8(this.raw(this.u16(`the length of ${field}`), field))
    if (text === null) throw new WireError(`${field} is not UTF-8`)
    return text
  }

  id64(field: string): string {
    let text = ""
    const at = this.advance(8, field)
    for (let i = at; i < at + 8; i++) text += digits[this.bytes[i]! >> 4]! + digits[this.bytes[i]! & 15]!
    return text
  }

  /** Refuses a surplus: it is a mistake, or a newer version that was not agreed on. */
  finish(what: string): void {
    if (this.remaining > 0) throw new WireError(`${what} has ${this.remaining} bytes too many`)
  }

  /** Steps over `count` bytes and returns where they start. */
  advance(count: number, field: string): number {
    const at = this.at
    if (count > this.bytes.length - at) throw new WireError(`${field} needs ${count} bytes, but only ${this.bytes.length - at} are left`)
    this.at = at + count
    return at
  }
}

// Made when it is asked for: most messages are so short that it would cost more than all the rest of reading them.
Object.defineProperty(ByteReader.prototype, "view", {
  get(this: ByteReader): DataView {
    return viewOf(this.bytes)
  },
})
