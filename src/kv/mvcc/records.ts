/**
 * Versions as bytes. A version is one change of one key, a put or a deletion (then it is a tombstone: version 0, no value). Its record holds all
 * that there is to say about it, and is fixed once it is made:
 *
 * ```
 * f64 mod revision | f64 create revision (0 of a tombstone) | f64 version | f64 row | u32 replaced bytes | u32 sub | u32 key length | u32 value length
 *   | i64 lease | key | value | up to the next multiple of 8 bytes
 * ```
 *
 * As an object, a version costs twice as much memory beside key and value, and the collector moves it twice and then looks at it again and again.
 * Key and value stand as they do in a put command, so that the commonest command is copied in one piece. `sub` is the place among the changes of the
 * revision, `row` that in `change-rows.ts`; `replaced bytes` are the key and value of the version before, so that it can go without a look at it.
 */

import type { KeyValue } from "../../wire/kv/index.ts"
import { keyText } from "./key-text.ts"
import { type Location, Segments, unitBytes, unitOf } from "./segments.ts"

/** Where fields are, counted from the record's start: the first four in units, the others in words. */
const field = {
  modRevision: 0,
  createRevision: 1,
  version: 2,
  row: 3,
  replacedBytes: 8,
  sub: 9,
  keyLength: 10,
  valueLength: 11,
  lease: 12,
} as const
const headerBytes = 56

export class Records {
  readonly segments: Segments

  constructor(segments = new Segments()) {
    this.segments = segments
  }

  /** A record of the key at `start` of a command and the value at `valueStart`, which ends the command. `label` says the rest. */
  ofCommand(command: Uint8Array, start: number, valueStart: number): Location {
    const location = this.reserve(valueStart - start, command.length - valueStart)
    const { bytes } = this.segments.segmentOf(location)
    // What stands before the key falls on the end of the header, which is written later. A view without it would cost more than the copying.
    bytes.set(command, unitOf(location) * unitBytes + headerBytes - start)
    return location
  }

  ofPair(key: Uint8Array, value: Uint8Array): Location {
    const location = this.reserve(key.length, value.length)
    const { bytes } = this.segments.segmentOf(location)
    const at = unitOf(location) * unitBytes + headerBytes
    bytes.set(key, at)
    bytes.set(value, at + key.length)
    return location
  }

  /** Completes a record that was just made. */
  label(
    location: Location,
    row: number,
    replacedBytes: number,
    modRevision: number,
    sub: number,
    createRevision: number,
    version: number,
    lease: bigint,
  ): void {
    const { numbers, words } = this.segments.segmentOf(location)
    const unit = unitOf(location)
    numbers[unit + field.modRevision] = modRevision
    numbers[unit + field.createRevision] = createRevision
    numbers[unit + field.version] = version
    numbers[unit + field.row] = row
    const word = unit * 2
    words[word + field.replacedBytes] = replacedBytes
    words[word + field.sub] = sub
    // Nearly always: bigints are slow.
    const hasLease = lease !== 0n
    words[word + field.lease] = hasLease ? Number(BigInt.asUintN(32, lease)) : 0
    words[word + field.lease + 1] = hasLease ? Number(BigInt.asUintN(32, lease >> 32n)) : 0
  }

  /** Copies the record to where records go now, and gives up its place. */
  move(location: Location): Location {
    const moved = this.reserve(this.keyLength(location), this.valueLength(location))
    const from = unitOf(location) * unitBytes
    const to = this.segments.segmentOf(moved)
    to.bytes.set(
      this.segments.segmentOf(location).bytes.subarray(from, from + headerBytes + this.sizeBytes(location)),
      unitOf(moved) * unitBytes,
    )
    this.release(location, this.sizeBytes(location))
    return moved
  }

  /** Gives up the place of a record whose key and value have so many bytes. */
  release(location: Location, sizeBytes: number): void {
    this.segments.release(location, unitsFor(sizeBytes))
  }

  clone(): Records {
    return new Records(this.segments.clone())
  }

  /** The revision of this change. */
  modRevision(location: Location): number {
    return this.number(location, field.modRevision)
  }

  /** The revision that the key came into being with; 0 of a tombstone. */
  createRevision(location: Location): number {
    return this.number(location, field.createRevision)
  }

  /** 1 for the first put; 0 of a tombstone. */
  version(location: Location): number {
    return this.number(location, field.version)
  }

  isTombstone(location: Location): boolean {
    return this.version(location) === 0
  }

  row(location: Location): number {
    return this.number(location, field.row)
  }

  setRow(location: Location, row: number): void {
    this.segments.segmentOf(location).numbers[unitOf(location) + field.row] = row
  }

  /** Bytes of key and value of the version that this one replaced. */
  replacedBytes(location: Location): number {
    return this.word(location, field.replacedBytes)
  }

  sub(location: Location): number {
    return this.word(location, field.sub)
  }

  lease(location: Location): bigint {
    const low = this.word(location, field.lease)
    const high = this.word(location, field.lease + 1)
    return low === 0 && high === 0 ? 0n : BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
  }

  keyLength(location: Location): number {
    return this.word(location, field.keyLength)
  }

  valueLength(location: Location): number {
    return this.word(location, field.valueLength)
  }

  /** Bytes of key and value. */
  sizeBytes(location: Location): number {
    return this.keyLength(location) + this.valueLength(location)
  }

  /** A view that stays as it is whatever happens to the store. */
  key(location: Location): Uint8Array {
    const start = unitOf(location) * unitBytes + headerBytes
    return this.segments.segmentOf(location).bytes.subarray(start, start + this.keyLength(location))
  }

  /** A view that stays as it is whatever happens to the store. */
  value(location: Location): Uint8Array {
    const start = unitOf(location) * unitBytes + headerBytes + this.keyLength(location)
    return this.segments.segmentOf(location).bytes.subarray(start, start + this.valueLength(location))
  }

  /** Whether the version is of the key in `bytes[start..end)`. */
  hasKey(location: Location, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.keyLength(location) !== end - start) return false
    const { bytes: ours } = this.segments.segmentOf(location)
    const shift = unitOf(location) * unitBytes + headerBytes - start
    for (let i = start; i < end; i++) if (ours[i + shift] !== bytes[i]) return false
    return true
  }

  /** The key as indexes take it. */
  text(location: Location): string {
    const start = unitOf(location) * unitBytes + headerBytes
    return keyText(this.segments.segmentOf(location).bytes, start, start + this.keyLength(location))
  }

  /** Adds all that the version says to a running hash, as a signed 32-bit number. Not where it stands, which each store has for itself. */
  hash(seed: number, location: Location): number {
    const { words } = this.segments.segmentOf(location)
    const word = unitOf(location) * 2
    let hash = seed
    for (let at = word; at < word + field.row * 2; at++) hash = mixWord(hash, words[at]!)
    for (let at = word + field.sub; at < word + field.lease + 2; at++) hash = mixWord(hash, words[at]!)
    const sizeBytes = words[word + field.keyLength]! + words[word + field.valueLength]!
    const start = word + headerBytes / 4
    // What fills the last word up is 0.
    const end = start + ((sizeBytes + 3) >>> 2)
    for (let at = start; at < end; at++) hash = mixWord(hash, words[at]!)
    return hash
  }

  /** The version as answers show it. */
  pair(location: Location): KeyValue {
    return {
      key: this.key(location),
      value: this.value(location),
      createRevision: this.createRevision(location),
      modRevision: this.modRevision(location),
      version: this.version(location),
      lease: this.lease(location),
    }
  }

  private reserve(keyLength: number, valueLength: number): Location {
    const location = this.segments.reserve(unitsFor(keyLength + valueLength))
    const { words } = this.segments.segmentOf(location)
    const word = unitOf(location) * 2
    words[word + field.keyLength] = keyLength
    words[word + field.valueLength] = valueLength
    return location
  }

  private number(location: Location, at: number): number {
    return this.segments.segmentOf(location).numbers[unitOf(location) + at]!
  }

  private word(location: Location, at: number): number {
    return this.segments.segmentOf(location).words[unitOf(location) * 2 + at]!
  }
}

/** No two words lead from one hash to the same, and every bit of a word reaches bits below it too. */
function mixWord(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x5bd1e995)
  return mixed ^ (mixed >>> 15)
}

function unitsFor(sizeBytes: number): number {
  return Math.ceil((headerBytes + sizeBytes) / unitBytes)
}
