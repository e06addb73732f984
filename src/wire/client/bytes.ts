/**
 * The two hands of the codec: a writer that grows and is reused, a reader that refuses in words.
 *
 * Everything of the client protocol is little endian. A 64-bit number that means something here (an index, a session, a sequence) must be
 * below 2^53, so that every language can hold it exactly; request ids are echoed as the two halves they came in and may be any 64 bits.
 */

import { decodeUtf8, encodeUtf8Into, utf8Length } from "./utf8.ts"

const twoTo32 = 0x1_0000_0000

/** Bytes that are not what the protocol says. The message is a sentence for the person who wrote the other side. */
export class MalformedBytes extends Error {
  override readonly name = "MalformedBytes"
}

/** Appends little-endian values to a buffer that it owns, grows by doubling and can be rewound. */
export class ByteWriter {
  /** Only `bytes[0..length)` is written; the array is replaced when it grows. */
  bytes: Uint8Array
  length = 0

  constructor(capacityBytes = 256) {
    this.bytes = new Uint8Array(capacityBytes)
  }

  /** Makes room for `count` more bytes and returns where they start. */
  reserve(count: number): number {
    const start = this.length
    const needed = start + count
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
      grown.set(this.bytes.subarray(0, start))
      this.bytes = grown
    }
    this.length = needed
    return start
  }

  u8(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  u16(value: number): void {
    const at = this.reserve(2)
    this.bytes[at] = value
    this.bytes[at + 1] = value >>> 8
  }

  u32(value: number): void {
    const at = this.reserve(4)
    this.setU32(at, value)
  }

  /** `value` is an integer from 0 to 2^53 - 1. */
  u64(value: number): void {
    const at = this.reserve(8)
    this.setU32(at, value >>> 0)
    this.setU32(at + 4, Math.floor(value / twoTo32))
  }

  raw(value: Uint8Array): void {
    const at = this.reserve(value.length)
    this.bytes.set(value, at)
  }

  /** `value` from `start` on: for short ones, where a view would cost more than the copy. */
  rawFrom(value: Uint8Array, start: number): void {
    const at = this.reserve(value.length - start)
    for (let i = start; i < value.length; i++) this.bytes[at + i - start] = value[i]!
  }

  /** `u16 length | bytes`. Throws a RangeError above 65,535 bytes: the caller checks what it lets in. */
  bytes16(value: Uint8Array): void {
    if (value.length > 0xffff) throw new RangeError(`${value.length} bytes do not fit a 16-bit length`)
    this.u16(value.length)
    this.raw(value)
  }

  /** `u16 length | UTF-8`. A text that is too long is cut: texts here are for people. */
  text16(value: string): void {
    const text = utf8Length(value) > 0xffff ? value.slice(0, 0x5000) : value
    const length = utf8Length(text)
    this.u16(length)
    const at = this.reserve(length)
    encodeUtf8Into(text, this.bytes, at)
  }

  /** Begins a part whose length stands before it as a `u32`, so that readers can skip what they do not know; ends with `endSection`. */
  beginSection(): number {
    return this.reserve(4)
  }

  endSection(start: number): void {
    this.setU32(start, this.length - start - 4)
  }

  /** Overwrites four bytes that were reserved before. */
  setU32(at: number, value: number): void {
    const bytes = this.bytes
    bytes[at] = value
    bytes[at + 1] = value >>> 8
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 24
  }

  /** Starts again with a new buffer, leaving the old one to whoever has views of it. */
  reset(capacityBytes: number): void {
    this.bytes = new Uint8Array(capacityBytes)
    this.length = 0
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}

/** Reads little-endian values front to back; throws `MalformedBytes` naming the field that does not fit. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly end: number
  at: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  get remaining(): number {
    return this.end - this.at
  }

  u8(field: string): number {
    const at = this.advance(1, field)
    return this.bytes[at]!
  }

  u16(field: string): number {
    const at = this.advance(2, field)
    return readU16(this.bytes, at)
  }

  u32(field: string): number {
    const at = this.advance(4, field)
    return readU32(this.bytes, at)
  }

  u64(field: string): number {
    const at = this.advance(8, field)
    const high = readU32(this.bytes, at + 4)
    if (high >= 0x20_0000) throw new MalformedBytes(`${field} is 2^53 or more`)
    const low = readU32(this.bytes, at)
    // A small integer stays one to the engine, which it would not in a sum with 0 * 2^32.
    return high === 0 ? low : high * twoTo32 + low
  }

  /** A flag: 0 or 1, nothing else, so that a later version can give the other values a meaning. */
  flag(field: string): boolean {
    const value = this.u8(field)
    if (value > 1) throw new MalformedBytes(`${field} is ${value}; it must be 0 or 1`)
    return value === 1
  }

  /** A view, not a copy. */
  raw(count: number, field: string): Uint8Array {
    const at = this.advance(count, field)
    return this.bytes.subarray(at, at + count)
  }

  bytes16(field: string): Uint8Array {
    return this.raw(this.u16(`the length of ${field}`), field)
  }

  text16(field: string): string {
    const text = decodeUtf8(this.bytes16(field))
    if (text === null) throw new MalformedBytes(`${field} is not UTF-8`)
    return text
  }

  /** A part with its length before it: a reader of its own, which may leave bytes unread. */
  section(field: string): ByteReader {
    const length = this.u32(`the length of ${field}`)
    const start = this.advance(length, field)
    return new ByteReader(this.bytes, start, start + length)
  }

  rest(): Uint8Array {
    const rest = this.bytes.subarray(this.at, this.end)
    this.at = this.end
    return rest
  }

  /** Requests end where their last field ends: a surplus is a mistake, or a newer version that was not agreed on. */
  finish(what: string): void {
    if (this.remaining > 0) throw new MalformedBytes(`${what} has ${this.remaining} bytes too many`)
  }

  private advance(count: number, field: string): number {
    const at = this.at
    if (count > this.end - at) throw new MalformedBytes(`${field} needs ${count} bytes, but only ${this.end - at} are left`)
    this.at = at + count
    return at
  }
}

export function readU16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
