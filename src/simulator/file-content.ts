/**
 * The bytes of a simulated file as an immutable value: pages that are replaced, never changed, so that what is written, what is synced
 * and every fork of the world share all pages that they have in common.
 */
export interface FileContent {
  readonly lengthBytes: number
  /** Page n holds the bytes from n * pageBytes on; null is a page of zeros. Bytes behind `lengthBytes` are zero. */
  readonly pages: readonly (Uint8Array | null)[]
}

export const pageBytes = 1024

export const emptyContent: FileContent = { lengthBytes: 0, pages: [] }

/** `content` with `data` at `offset`; what lies between the old end and `offset` reads as zeros. */
export function writeBytes(content: FileContent, offset: number, data: Uint8Array): FileContent {
  if (data.length === 0) return content
  const end = offset + data.length
  const pages = content.pages.slice()
  while (pages.length * pageBytes < end) pages.push(null)
  for (let at = offset; at < end;) {
    const number = Math.floor(at / pageBytes)
    const from = at - number * pageBytes
    const count = Math.min(pageBytes - from, end - at)
    const old = pages[number]
    const page = old ? old.slice() : new Uint8Array(pageBytes)
    page.set(data.subarray(at - offset, at - offset + count), from)
    pages[number] = page
    at += count
  }
  return { lengthBytes: Math.max(content.lengthBytes, end), pages }
}

/** `content` cut or extended with zeros to `lengthBytes`. */
export function resize(content: FileContent, lengthBytes: number): FileContent {
  const pageCount = Math.ceil(lengthBytes / pageBytes)
  const pages = content.pages.slice(0, pageCount)
  while (pages.length < pageCount) pages.push(null)
  const usedInLast = lengthBytes - (pageCount - 1) * pageBytes
  const last = pages[pageCount - 1]
  if (lengthBytes < content.lengthBytes && last && usedInLast < pageBytes) {
    const page = last.slice()
    page.fill(0, usedInLast)
    pages[pageCount - 1] = page
  }
  return { lengthBytes, pages }
}

/** `content` with one bit turned over; as it is if it ends before that. */
export function flipBit(content: FileContent, bit: number): FileContent {
  const offset = bit >> 3
  if (offset >= content.lengthBytes) return content
  return writeBytes(content, offset, Uint8Array.of(readBytes(content, offset, 1)[0]! ^ (1 << (bit & 7))))
}

/** A copy of up to `lengthBytes` bytes from `offset` on; fewer at the end of the file. */
export function readBytes(content: FileContent, offset: number, lengthBytes: number): Uint8Array {
  const end = Math.min(offset + lengthBytes, content.lengthBytes)
  if (end <= offset) return new Uint8Array(0)
  const data = new Uint8Array(end - offset)
  for (let at = offset; at < end;) {
    const number = Math.floor(at / pageBytes)
    const from = at - number * pageBytes
    const count = Math.min(pageBytes - from, end - at)
    const page = content.pages[number]
    if (page) data.set(page.subarray(from, from + count), at - offset)
    at += count
  }
  return data
}
