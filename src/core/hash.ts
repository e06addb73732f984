/**
 * A hash over a server's whole state: equal states have equal hashes, here, in a browser, and in a replay.
 *
 * Structural: it walks plain data, so a new field is covered without a word here. Caches (`encoded`) and options are left out.
 */

import { isPackedEntries, unpackEntries } from "./log/packed-entries.ts"
import { mixNumber } from "./randomness.ts"
import type { RaftState } from "./state.ts"

/** Fields that say nothing about the state. */
const skipped = new Set(["encoded", "options", "witness", "ownsTail"])

export function hashState(state: RaftState): number {
  return hashValue(0, state)
}

/** Adds `value`, any plain data, to the running `hash`. Numbers, strings, booleans, null, arrays, byte arrays, maps, sets and plain objects. */
export function hashValue(hash: number, value: unknown): number {
  if (typeof value === "number") return hashNumber(hash, value)
  if (typeof value === "string") return hashString(hash, value)
  if (typeof value === "boolean") return mixNumber(hash, value ? 3 : 5)
  if (value === null || value === undefined) return mixNumber(hash, 7)
  if (value instanceof Uint8Array) return hashBytes(hash, value)
  if (Array.isArray(value)) return hashArray(hash, value)
  if (value instanceof Map || value instanceof Set) return hashItems(hash, value)
  if (isPackedEntries(value)) return hashItems(hash, unpackEntries(value))
  return hashObject(hash, value as Readonly<Record<string, unknown>>)
}

/** A 32-bit hash of `bytes`, begun from the hash of what came before them. */
export function hashBytes(hash: number, bytes: Uint8Array): number {
  let running = mixNumber(hash, bytes.length)
  for (let i = 0; i < bytes.length; i++) running = Math.imul(running ^ bytes[i]!, 0x01000193)
  return mixNumber(running >>> 0, 11)
}

function hashNumber(hash: number, value: number): number {
  if (Number.isSafeInteger(value)) return mixNumber(mixNumber(hash, value >>> 0), Math.floor(value / 0x1_0000_0000) >>> 0)
  scratch[0] = value
  return mixNumber(mixNumber(hash, scratchWords[0]!), scratchWords[1]!)
}

function hashString(hash: number, value: string): number {
  let running = mixNumber(hash, value.length)
  for (let i = 0; i < value.length; i++) running = Math.imul(running ^ value.charCodeAt(i), 0x01000193)
  return mixNumber(running >>> 0, 13)
}

function hashArray(hash: number, items: readonly unknown[]): number {
  let running = mixNumber(hash, 17)
  for (let i = 0; i < items.length; i++) running = hashValue(running, items[i])
  return mixNumber(running, 19)
}

/** As an array of the items. */
function hashItems(hash: number, items: Iterable<unknown>): number {
  let running = mixNumber(hash, 17)
  for (const item of items) running = hashValue(running, item)
  return mixNumber(running, 19)
}

function hashObject(hash: number, object: Readonly<Record<string, unknown>>): number {
  let running = mixNumber(hash, 23)
  for (const name of Object.keys(object)) if (!skipped.has(name)) running = hashValue(hashString(running, name), object[name])
  return running
}

const scratch = new Float64Array(1)
const scratchWords = new Uint32Array(scratch.buffer)
