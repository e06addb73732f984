/** The reader of all formats: it refuses what does not fit, in words. */

import { u16At, u32At, u64At } from "./integers.ts"
import { decodeUtf8 } from "./utf8.ts"
import { viewOf } from "./views.ts"
import { WireError } from "./wire-error.ts"

const digits = "0123456789abcdef"

/** Reads values front to back; throws a `WireError` naming the field that does not fit. */
export class ByteReader {
  /** The bytes that are read. */
  readonly bytes: Uint8Array
  /** Where reading ends: the position behind the last byte. */
  readonly end: number
  // See the end of this file.
  /** A view of all `bytes`, for values of other kinds. */
  declare readonly view: DataView
  /** The position of the next byte. */
  at: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.end - this.at
  }

  /** An unsigned byte. */
  u8(field: string): number {
    return this.bytes[this.advance(1, field)]!
  }

  /** An unsigned 16-bit integer, little endian. */
  u16(field: string): number {
    return u16At(this.bytes, this.advance(2, field))
  }

  /** An unsigned 32-bit integer, little endian. */
  u32(field: string): number {
    return u32At(this.bytes, this.advance(4, field))
  }

  /** An unsigned 64-bit integer, little endian; refused above 2^53 - 1. */
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
    return this.bytes.subarray(at, at + count)
  }

  /** `u16 length | bytes`: a view, not a copy. */
  bytes16(field: string): Uint8Array {
    return this.raw(this.u16(`the length of ${field}`), field)
  }

  /** `u32 length | bytes`: a view, not a copy. */
  bytes32(field: string): Uint8Array {
    return this.raw(this.u32(`the length of ${field}`), field)
  }

  /** `u16 length | UTF-8`. */
  text(field: string): string {
    const text = decodeUtf8(this.bytes16(field))
    if (text === null) throw new WireError(`${field} is not UTF-8`)
    return text
  }

  /** Eight bytes as 16 hexadecimal digits. */
  id64(field: string): string {
    let text = ""
    const at = this.advance(8, field)
    for (let i = at; i < at + 8; i++) text += digits[this.bytes[i]! >> 4]! + digits[this.bytes[i]! & 15]!
    return text
  }

  /** A part with its length before it: a reader of its own, which may leave bytes unread. */
  section(field: string): ByteReader {
    const length = this.u32(`the length of ${field}`)
    const start = this.advance(length, field)
    return new ByteReader(this.bytes, start, start + length)
  }

  /** All bytes that are left: a view, not a copy. */
  rest(): Uint8Array {
    const rest = this.bytes.subarray(this.at, this.end)
    this.at = this.end
    return rest
  }

  /** Refuses a surplus: it is a mistake, or a newer version that was not agreed on. */
  finish(what: string): void {
    if (this.remaining > 0) throw new WireError(`${what} has ${this.remaining} bytes too many`)
  }

  /** Steps over `count` bytes and returns where they start. */
  advance(count: number, field: string): number {
    const at = this.at
    if (count > this.end - at) throw new WireError(`${field} needs ${count} bytes, but only ${this.end - at} are left`)
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
