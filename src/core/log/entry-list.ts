/**
 * The entries in memory: an array that is cheap to clone, so that a world of replicas can be forked at any moment.
 *
 * Entries stand in chunks of 256. A clone shares the chunks; whichever side first appends to a shared last chunk copies it. All other
 * chunks are full and never change again.
 */

import type { Entry } from "../types.ts"

const chunkBits = 8
const chunkSize = 1 << chunkBits
const chunkMask = chunkSize - 1

export interface EntryList {
  chunks: Entry[][]
  /** Dropped entries at the front of the first chunk. */
  skip: number
  length: number
  /** The last chunk belongs to this list alone and may be appended to. */
  ownsTail: boolean
}

export function createEntryList(): EntryList {
  return { chunks: [], skip: 0, length: 0, ownsTail: false }
}

export function cloneEntryList(list: EntryList): EntryList {
  list.ownsTail = false
  return { chunks: list.chunks.slice(), skip: list.skip, length: list.length, ownsTail: false }
}

/** The entry at `position` from 0, which must be below `length`. */
export function entryAt(list: EntryList, position: number): Entry {
  const at = list.skip + position
  return list.chunks[at >> chunkBits]![at & chunkMask]!
}

export function pushEntry(list: EntryList, entry: Entry): void {
  const at = list.skip + list.length
  if ((at & chunkMask) === 0) {
    list.chunks.push([entry])
    list.ownsTail = true
  } else {
    const last = list.chunks.length - 1
    if (!list.ownsTail) {
      list.chunks[last] = list.chunks[last]!.slice()
      list.ownsTail = true
    }
    list.chunks[last]!.push(entry)
  }
  list.length += 1
}

/** Keeps the first `length` entries. */
export function truncateEntries(list: EntryList, length: number): void {
  const end = list.skip + length
  const chunkCount = (end + chunkMask) >> chunkBits
  list.chunks.length = chunkCount
  if (chunkCount > 0) list.chunks[chunkCount - 1] = list.chunks[chunkCount - 1]!.slice(0, end - ((chunkCount - 1) << chunkBits))
  list.length = length
  list.ownsTail = chunkCount > 0
}

/** Drops the first `count` entries. */
export function dropEntries(list: EntryList, count: number): void {
  const at = list.skip + count
  list.chunks.splice(0, at >> chunkBits)
  list.skip = at & chunkMask
  list.length -= count
}

/** A new array of the entries from position `from` up to, not including, `to`. */
export function sliceEntries(list: EntryList, from: number, to: number): Entry[] {
  const start = list.skip + from
  const end = list.skip + to
  const firstChunk = start >> chunkBits
  const lastChunk = (end - 1) >> chunkBits
  if (to <= from) return []
  if (firstChunk === lastChunk) return list.chunks[firstChunk]!.slice(start & chunkMask, ((end - 1) & chunkMask) + 1)
  const entries = list.chunks[firstChunk]!.slice(start & chunkMask)
  for (let chunk = firstChunk + 1; chunk <= lastChunk; chunk++) {
    const source = list.chunks[chunk]!
    const count = chunk === lastChunk ? ((end - 1) & chunkMask) + 1 : source.length
    for (let i = 0; i < count; i++) entries.push(source[i]!)
  }
  return entries
}
