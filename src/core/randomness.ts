/**
 * Randomness without state: a hash of seed, purpose and counters. The same question always has the same answer, so a replay needs nothing
 * but the seed, a clone needs no generator, and one more question asked somewhere does not change the answers elsewhere.
 */

/** A well mixed unsigned 32-bit number (the finalizer of MurmurHash3 over a running combination). */
export function hashNumbers(...numbers: readonly number[]): number {
  let hash = 0x9e3779b9
  for (const number of numbers) hash = mixNumber(mixNumber(hash, number >>> 0), Math.floor(number / 0x1_0000_0000) >>> 0)
  return hash
}

/** A fraction in [0, 1). */
export function fractionOf(...numbers: readonly number[]): number {
  return hashNumbers(...numbers) / 0x1_0000_0000
}

/** Adds an unsigned 32-bit number to a running hash. */
export function mixNumber(hash: number, value: number): number {
  let mixed = ((hash + 0x7f4a7c15) ^ value) >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
