/**
 * A list that grows at its end and shrinks at its front, as a log does, and whose clones cost next to nothing.
 *
 * A position keeps its number for good: what is dropped in front does not move the others. Items stand in chunks of 256. A clone shares them, by
 * the method of `ordered-map.ts`: a chunk names the list that may change it in place, a clone makes all of them foreign to both sides, and
 * whoever changes a foreign one copies it first.
 */

const chunkBits = 8
const chunkLength = 1 << chunkBits
const chunkMask = chunkLength - 1

interface Chunk<T> {
  /** The token of the list that may change this chunk in place. */
  readonly owner: object
  /** Empty places at the front of the first chunk are what was dropped. */
  readonly items: (T | undefined)[]
}

export class AppendList<T> {
  private owner: object = {}
  private chunks: Chunk<T>[] = []
  /** The position where the first chunk begins. */
  private base: number
  private first: number
  private last: number

  /** An empty list, whose first item will be at position `start`. */
  constructor(start = 0) {
    this.base = start
    this.first = start
    this.last = start
  }

  /** The position of the first item that is still there; `end` if there is none. */
  get start(): number {
    return this.first
  }

  /** The position that the next item will get. */
  get end(): number {
    return this.last
  }

  get length(): number {
    return this.last - this.first
  }

  /** The item at a position; undefined if it was dropped, or is yet to come. */
  at(position: number): T | undefined {
    if (!(position >= this.first && position < this.last)) return undefined
    const at = position - this.base
    return this.chunks[at >>> chunkBits]!.items[at & chunkMask]
  }

  push(item: T): void {
    const at = this.last - this.base
    if ((at & chunkMask) === 0) this.chunks.push({ owner: this.owner, items: [item] })
    else this.ownChunk(at >>> chunkBits).items.push(item)
    this.last++
  }

  /** Puts another item in the place of one that is still there. Throws a RangeError if there is none. */
  replace(position: number, item: T): void {
    if (!(position >= this.first && position < this.last)) throw new RangeError(`nothing is at position ${position}`)
    const at = position - this.base
    this.ownChunk(at >>> chunkBits).items[at & chunkMask] = item
  }

  /** Drops everything before `position`. */
  dropBefore(position: number): void {
    const end = Math.min(position, this.last)
    if (end <= this.first) return
    const chunksDropped = (end - this.base) >>> chunkBits
    if (chunksDropped > 0) {
      this.chunks.splice(0, chunksDropped)
      this.base += chunksDropped * chunkLength
    }
    // Nothing that is dropped may be kept from the collector for the sake of its neighbours.
    if (end > this.base) this.ownChunk(0).items.fill(undefined, Math.max(0, this.first - this.base), end - this.base)
    this.first = end
  }

  /** An independent list with the same items, which are shared, not copied. Takes time with the number of chunks. */
  clone(): AppendList<T> {
    const copy = new AppendList<T>()
    copy.chunks = this.chunks.slice()
    copy.base = this.base
    copy.first = this.first
    copy.last = this.last
    // From here on the chunks belong to neither.
    this.owner = {}
    return copy
  }

  private ownChunk(index: number): Chunk<T> {
    const chunk = this.chunks[index]!
    if (chunk.owner === this.owner) return chunk
    return (this.chunks[index] = { owner: this.owner, items: chunk.items.slice() })
  }
}
