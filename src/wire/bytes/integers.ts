/**
 * Integers in bytes, little endian. Terms, indexes and counters travel as 64 bits but must be below 2^53, the integers that JavaScript holds exactly:
 * checked on the way out (a larger one is our bug) and on the way in (a larger one is damage, or a foreign program).
 */

import { WireError } from "./wire-error.ts"

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

export function u16At(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
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
