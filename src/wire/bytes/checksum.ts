/**
 * CRC-32 as in IEEE 802.3, gzip and `zlib.crc32`: guards every frame, every log record and every snapshot chunk.
 *
 * It finds accidents (every single and double flipped bit, every burst up to 32 bits), not attacks; TLS is for those. The version here reads
 * four bytes a step from tables and runs anywhere; a shell that has a faster one with equal results installs it.
 */

import { slice } from "./views.ts"

/** Continues `seed` (the checksum of what came before, 0 at the start) over `data`; an unsigned 32-bit number. */
export type Crc32 = (data: Uint8Array, seed?: number) => number

let implementation: Crc32 = tableCrc32

/** Below this many bytes the call into native code costs more than it saves, so the version in this file is used whatever is installed. */
const nativeBytesMin = 128

/** The checksum of `data`, or of something that ends with `data` if `seed` is the checksum of what stands before. */
export function crc32(data: Uint8Array, seed = 0): number {
  return data.length < nativeBytesMin ? tableCrc32(data, seed) : implementation(data, seed)
}

/** The checksum of `bytes` from `start` up to `end`, with a view only for native code. */
export function crc32Between(bytes: Uint8Array, start: number, end: number): number {
  const isOurs = end - start < nativeBytesMin || implementation === tableCrc32
  return isOurs ? tableCrc32Between(bytes, start, end, 0) : implementation(slice(bytes, start, end), 0)
}

/** Puts a native CRC-32 in the place of the one in this file, for the whole process. Refuses one that gives other results. */
export function installCrc32(native: Crc32): void {
  const probe = Uint8Array.of(0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39)
  if (native(probe) !== 0xcbf43926 || native(probe, 7) !== tableCrc32(probe, 7)) {
    throw new TypeError("this is not CRC-32 (IEEE): it gives other results than Oarlock's own")
  }
  implementation = native
}

/** The version in this file, whatever is installed. */
export function tableCrc32(data: Uint8Array, seed = 0): number {
  return tableCrc32Between(data, 0, data.length, seed)
}

function tableCrc32Between(data: Uint8Array, start: number, end: number, seed: number): number {
  const fours = end - ((end - start) & 3)
  let crc = ~seed
  let at = start
  for (; at < fours; at += 4) {
    crc ^= data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
    crc = tables[768 + (crc & 0xff)]! ^ tables[512 + ((crc >>> 8) & 0xff)]! ^ tables[256 + ((crc >>> 16) & 0xff)]! ^ tables[crc >>> 24]!
  }
  for (; at < end; at++) crc = tables[(crc ^ data[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Four tables one after the other; the k-th says what a byte contributes when k more bytes follow it in the same step. */
const tables = makeTables()

function makeTables(): Int32Array {
  const all = new Int32Array(1024)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    all[byte] = value
  }
  for (let i = 256; i < 1024; i++) all[i] = all[all[i - 256]! & 0xff]! ^ (all[i - 256]! >>> 8)
  return all
}
