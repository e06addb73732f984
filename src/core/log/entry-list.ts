/**
 * The entries in memory: an array that is cheap to clone, so that a world of replicas can be forked at any moment, and cheap to keep.
 *
 * Entries stand in chunks of 256. A clone shares the chunks; whichever side first appends to a shared last chunk copies it. All other
 * chunks are full and never change again, and those well behind the end are packed into columns.
 */

import { configurationBytesMost } from "../quorum/configuration.ts"
import type { Entry, Term } from "../types.ts"
import { dataBytesOfPacked, packEntries, termOfPacked, unpackEntries, unpackEntry, type PackedEntries } from "./packed-entries.ts"

const chunkBits = 8
const chunkSize = 1 << chunkBits
const chunkMask = chunkSize - 1
/** Full chunks at the end that are left as they are: what is being sent, written and applied is needed as entries. */
const recentChunks = 8

type Chunk = Entry[] | PackedEntries

export interface EntryList {
  chunks: Chunk[]
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
  const chunk = list.chunks[at >> chunkBits]!
  return isPacked(chunk) ? unpackEntry(chunk, at & chunkMask) : chunk[at & chunkMask]!
}

/** Its term, without making an entry for it. */
export function entryTermAt(list: EntryList, position: number): Term {
  const at = list.skip + position
  const chunk = list.chunks[at >> chunkBits]!
  return isPacked(chunk) ? termOfPacked(chunk, at & chunkMask) : chunk[at & chunkMask]!.term
}

/** How many bytes of data it has in a message, without making an entry for it; of a configuration, which is bytes only there, at least as many. */
export function entryBytesAt(list: EntryList, position: number): number {
  const at = list.skip + position
  const chunk = list.chunks[at >> chunkBits]!
  if (isPacked(chunk)) return dataBytesOfPacked(chunk, at & chunkMask)
  const { length } = chunk[at & chunkMask]!.data
  return length > 0 ? length : bytesOfEmpty(chunk[at & chunkMask]!)
}

function bytesOfEmpty({ configuration }: Entry): number {
  return configuration === null ? 0 : configurationBytesMost(configuration)
}

export function pushEntry(list: EntryList, entry: Entry): void {
  const at = list.skip + list.length
  if ((at & chunkMask) === 0) {
    packOldChunk(list)
    list.chunks.push([entry])
    list.ownsTail = true
  } else {
    const last = list.chunks.length - 1
    if (!list.ownsTail) {
      list.chunks[last] = entriesOf(list.chunks[last]!).slice()
      list.ownsTail = true
    }
    entriesOf(list.chunks[last]!).push(entry)
  }
  list.length += 1
}

/** Keeps the first `length` entries. */
export function truncateEntries(list: EntryList, length: number): void {
  const end = list.skip + length
  const chunkCount = (end + chunkMask) >> chunkBits
  list.chunks.length = chunkCount
  if (chunkCount > 0) list.chunks[chunkCount - 1] = entriesOf(list.chunks[chunkCount - 1]!).slice(0, end - ((chunkCount - 1) << chunkBits))
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
  if (to <= from) return []
  const start = list.skip + from
  const end = list.skip + to
  const firstChunk = start >> chunkBits
  const lastChunk = (end - 1) >> chunkBits
  if (firstChunk === lastChunk) return sliceOf(list.chunks[firstChunk]!, start & chunkMask, ((end - 1) & chunkMask) + 1)
  const entries = sliceOf(list.chunks[firstChunk]!, start & chunkMask, chunkSize)
  for (let number = firstChunk + 1; number <= lastChunk; number++) {
    const source = entriesOf(list.chunks[number]!)
    const count = number === lastChunk ? ((end - 1) & chunkMask) + 1 : source.length
    for (let i = 0; i < count; i++) entries.push(source[i]!)
  }
  return entries
}

/** One chunk has just left the recent ones. */
function packOldChunk(list: EntryList): void {
  const number = list.chunks.length - 1 - recentChunks
  const chunk = number < 0 ? undefined : list.chunks[number]
  if (chunk === undefined || isPacked(chunk)) return
  list.chunks[number] = packEntries(chunk) ?? chunk
}

function isPacked(chunk: Chunk): chunk is PackedEntries {
  return !Array.isArray(chunk)
}

function entriesOf(chunk: Chunk): Entry[] {
  return isPacked(chunk) ? unpackEntries(chunk) : chunk
}

function sliceOf(chunk: Chunk, from: number, to: number): Entry[] {
  return isPacked(chunk) ? unpackEntries(chunk, from, to) : chunk.slice(from, to)
}
