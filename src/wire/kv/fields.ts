/** The fields that the store's operations and answers are made of, on top of the client protocol's reader and writer. */

import { type ByteReader, type ByteWriter, WireError } from "../client/index.ts"
import type { KeyValue } from "./response.ts"

const twoTo32 = 0x1_0000_0000

/** `u32 length | bytes`. */
export function writeBytes32(out: ByteWriter, bytes: Uint8Array): void {
  out.u32(bytes.length)
  out.raw(bytes)
}

/** A view, not a copy. */
export function readBytes32(reader: ByteReader, field: string): Uint8Array {
  return reader.raw(reader.u32(`the length of ${field}`), field)
}

/** Two's complement, 8 bytes; `value` is a safe integer of either sign. */
export function writeI64(out: ByteWriter, value: number): void {
  out.u32(value >>> 0)
  out.u32(Math.floor(value / twoTo32) >>> 0)
}

export function readI64(reader: ByteReader, field: string): number {
  const low = reader.u32(field)
  const high = reader.u32(field) | 0
  // A small integer stays one to the engine, which it would not in a sum with 0 * 2^32.
  const value = high === 0 ? low : high * twoTo32 + low
  if (!Number.isSafeInteger(value)) throw new WireError(`${field} is 2^53 or more, of either sign`)
  return value
}

/** All 64 bits, as etcd's leases use them. */
export function writeLease(out: ByteWriter, lease: bigint): void {
  // Nearly always: arithmetic with bigints takes longer than writing the rest of a pair.
  if (lease === 0n) return out.u64(0)
  out.u32(Number(BigInt.asUintN(32, lease)))
  out.u32(Number(BigInt.asUintN(32, lease >> 32n)))
}

export function readLease(reader: ByteReader, field: string): bigint {
  const low = reader.u32(field)
  const high = reader.u32(field)
  // Nearly always: no arithmetic, and no new bigint for every pair.
  if (low === 0 && high === 0) return 0n
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
}

/** One of a list of words, as its position in a byte. */
export function writeWord<Word extends string>(out: ByteWriter, words: readonly Word[], word: Word): void {
  out.u8(words.indexOf(word))
}

export function readWord<Word extends string>(reader: ByteReader, words: readonly Word[], field: string): Word {
  const position = reader.u8(field)
  const word = words[position]
  if (word === undefined) throw new WireError(`${field} is ${position}, which means none of ${words.join(", ")}`)
  return word
}

/** Up to eight booleans in a byte, the first in bit 0. */
export function writeFlags(out: ByteWriter, ...flags: readonly boolean[]): void {
  out.u8(flags.reduce((bits, flag, bit) => (flag ? bits | (1 << bit) : bits), 0))
}

/** The byte of `count` flags; refuses bits beyond them, so that a later version can give those a meaning. */
export function readFlags(reader: ByteReader, count: number, field: string): number {
  const bits = reader.u8(field)
  if (bits >= 1 << count) throw new WireError(`${field} has bits set that mean nothing here`)
  return bits
}

/** `u64 create revision | u64 mod revision | u64 version | i64 lease | u32 key length | key | u32 value length | value`. */
export function writeKeyValue(out: ByteWriter, kv: KeyValue): void {
  out.u64(kv.createRevision)
  out.u64(kv.modRevision)
  out.u64(kv.version)
  writeLease(out, kv.lease)
  writeBytes32(out, kv.key)
  writeBytes32(out, kv.value)
}

export function readKeyValue(reader: ByteReader): KeyValue {
  const createRevision = reader.u64("a create revision")
  const modRevision = reader.u64("a mod revision")
  const version = reader.u64("a version")
  const lease = readLease(reader, "a lease")
  const key = readBytes32(reader, "a key")
  const value = readBytes32(reader, "a value")
  return { key, value, createRevision, modRevision, version, lease }
}
