/**
 * The bytes of a simulated file as an immutable value. Whole pages lie below, the latest writes on top in their order, until there are enough of
 * them to be worth folding into pages: so a write costs the same whatever the length of the file, and what is written, what is synced and every
 * fork of the world share all that they have in common.
 */

import { SharedList } from "../ground/shared-list.ts"

export interface FileContent {
  readonly lengthBytes: number
  /** Page n holds the bytes from n * pageBytes on; null is a page of zeros. Bytes behind `lengthBytes` are zero. */
  readonly pages: readonly (Uint8Array | null)[]
  /** What was written since, later ones over earlier ones. */
  readonly writes: SharedList<FileWrite>
}

interface FileWrite {
  readonly offset: number
  readonly data: Uint8Array
}

export const pageBytes = 4096

export const emptyContent: FileContent = { lengthBytes: 0, pages: [], writes: new SharedList() }

/** Writes on top of the pages, above which they are folded in. */
const writesMax = 64
/** A write of more than this is folded in at once. */
const smallBytesMax = pageBytes

/** `content` with `data` at `offset`; what lies between the old end and `offset` reads as zeros. The content keeps `data`. */
export function writeBytes(content: FileContent, offset: number, data: Uint8Array): FileContent {
  if (data.length === 0) return content
  const writes = content.writes.clone()
  writes.push({ offset, data })
  const written: FileContent = { lengthBytes: Math.max(content.lengthBytes, offset + data.length), pages: content.pages, writes }
  return writes.length > writesMax || data.length > smallBytesMax ? fold(written) : written
}

/** `content` cut or extended with zeros to `lengthBytes`. */
export function resize(content: FileContent, lengthBytes: number): FileContent {
  const folded = fold(content)
  const pageCount = Math.ceil(lengthBytes / pageBytes)
  const pages = folded.pages.slice(0, pageCount)
  while (pages.length < pageCount) pages.push(null)
  const usedInLast = lengthBytes - (pageCount - 1) * pageBytes
  const last = pages[pageCount - 1]
  if (lengthBytes < content.lengthBytes && last && usedInLast < pageBytes) {
    const page = last.slice()
    page.fill(0, usedInLast)
    pages[pageCount - 1] = page
  }
  return { lengthBytes, pages, writes: new SharedList() }
}

/** `content` with one bit turned over; as it is if it ends before that. */
export function flipBit(content: FileContent, bit: number): FileContent {
  const offset = bit >> 3
  if (offset >= content.lengthBytes) return content
  return writeBytes(content, offset, Uint8Array.of(readBytes(content, offset, 1)[0]! ^ (1 << (bit & 7))))
}

/** How far there can be anything but zeros. */
export function dataBytes({ lengthBytes, pages, writes }: FileContent): number {
  let count = pages.length
  while (count > 0 && pages[count - 1] === null) count -= 1
  let end = count * pageBytes
  for (let position = 0; position < writes.length; position++) {
    const { offset, data } = writes.at(position)!
    end = Math.max(end, offset + data.length)
  }
  return Math.min(lengthBytes, end)
}

/** A copy of up to `lengthBytes` bytes from `offset` on; fewer at the end of the file. */
export function readBytes({ lengthBytes: fileBytes, pages, writes }: FileContent, offset: number, lengthBytes: number): Uint8Array {
  const end = Math.min(offset + lengthBytes, fileBytes)
  if (end <= offset) return new Uint8Array(0)
  const bytes = new Uint8Array(end - offset)
  for (let at = offset; at < end;) {
    const number = Math.floor(at / pageBytes)
    const from = at - number * pageBytes
    const count = Math.min(pageBytes - from, end - at)
    const page = pages[number]
    if (page) bytes.set(page.subarray(from, from + count), at - offset)
    at += count
  }
  for (let position = 0; position < writes.length; position++) {
    const write = writes.at(position)!
    const from = Math.max(offset, write.offset)
    const to = Math.min(end, write.offset + write.data.length)
    if (from < to) bytes.set(partOf(write.data, from - write.offset, to - write.offset), from - offset)
  }
  return bytes
}

/** The same bytes in pages alone. A page is copied once, whatever the number of writes to it. */
function fold(content: FileContent): FileContent {
  const { lengthBytes, writes } = content
  if (writes.length === 0) return content
  const pages = content.pages.slice()
  while (pages.length * pageBytes < lengthBytes) pages.push(null)
  const fresh = new Set<number>()
  for (let position = 0; position < writes.length; position++) {
    const { offset, data } = writes.at(position)!
    const end = offset + data.length
    for (let at = offset; at < end;) {
      const number = Math.floor(at / pageBytes)
      const from = at - number * pageBytes
      const count = Math.min(pageBytes - from, end - at)
      const part = partOf(data, at - offset, at - offset + count)
      at += count
      const old = pages[number]
      // Zeros that are laid out ahead need no page.
      if (!old && isZero(part)) continue
      const page = old && fresh.has(number) ? old : old ? old.slice() : new Uint8Array(pageBytes)
      page.set(part, from)
      pages[number] = page
      fresh.add(number)
    }
  }
  return { lengthBytes, pages, writes: new SharedList() }
}

/** A view, which is only made where it is not the whole. */
function partOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false
  return true
}
