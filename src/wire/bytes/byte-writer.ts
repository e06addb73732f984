/** The writer of all formats: its buffer grows and is used again. */

import { encodeUtf8Into, utf8Length } from "./utf8.ts"
import { viewOf } from "./views.ts"

const twoTo32 = 0x1_0000_0000

/** What a lower-case hexadecimal digit stands for, by its code. */
function digitOf(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x61 + 10
}

/** Appends values to a buffer that it owns and that grows by doubling. `clear` rewinds it, so that one writer serves a connection for life. */
export class ByteWriter {
  /** Only the first `length` bytes are written; replaced when it grows. */
  bytes: Uint8Array
  /** How many bytes were written. */
  length = 0
  private latestView: DataView | null = null

  constructor(capacityBytes = 256) {
    this.bytes = new Uint8Array(capacityBytes)
  }

  /** Of `bytes`. Made when it is asked for: short messages do without. */
  get view(): DataView {
    return (this.latestView ??= viewOf(this.bytes))
  }

  /** Makes room for `count` more bytes and returns where they start. */
  reserve(count: number): number {
    const start = this.length
    const needed = start + count
    if (needed > this.bytes.length) this.grow(needed)
    this.length = needed
    return start
  }

  /** An unsigned byte. */
  u8(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  /** An unsigned 16-bit integer, little endian. */
  u16(value: number): void {
    const at = this.reserve(2)
    this.bytes[at] = value
    this.bytes[at + 1] = value >>> 8
  }

  /** An unsigned 32-bit integer, little endian. */
  u32(value: number): void {
    const at = this.reserve(4)
    this.setU32(at, value)
  }

  /** An integer from 0 to 2^53 - 1; throws a RangeError for anything else. */
  u64(value: number): void {
    const at = this.reserve(8)
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not an integer from 0 to 2^53 - 1`)
    this.setU32(at, value >>> 0)
    this.setU32(at + 4, Math.floor(value / twoTo32))
  }

  /** One byte, 0 or 1. */
  flag(value: boolean): void {
    this.u8(value ? 1 : 0)
  }

  /** The bytes alone, without their length. */
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

  /** Ends the part that `beginSection` began at `start`. */
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

  /** Starts again with a new buffer, and leaves the old one to those that have views of it. */
  reset(capacityBytes: number): void {
    this.bytes = new Uint8Array(capacityBytes)
    this.latestView = null
    this.length = 0
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

  /** Starts again in the same buffer: views of what was written are no longer good. */
  clear(): void {
    this.length = 0
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.latestView = null
  }
}
