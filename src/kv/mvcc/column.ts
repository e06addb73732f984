/**
 * A list of numbers in typed arrays that grows at its end and shrinks at its front, as a log does.
 *
 * The collector looks at no number in it, and a million of them are a few thousand objects to it. A position keeps its number for good. Numbers stand
 * in chunks of 256. A clone shares them: a chunk names the column that may change it in place, a clone makes all of them foreign to both sides,
 * and a change to a shared one copies it first.
 */

const chunkBits = 8
const chunkLength = 1 << chunkBits
const chunkMask = chunkLength - 1

interface Chunk {
  /** The token of the column that may change this chunk in place. */
  readonly owner: object
  readonly numbers: Float64Array
}

export class Column {
  private owner: object = {}
  private chunks: Chunk[] = []
  /** The position where the first chunk begins. */
  private base = 0
  private first = 0
  private last = 0

  /** The position of the first number that is still there; `end` if there is none. */
  get start(): number {
    return this.first
  }

  /** The position that the next number will get. */
  get end(): number {
    return this.last
  }

  /** The number at a position from `start` on and below `end`; anywhere else, anything. */
  at(position: number): number {
    const at = position - this.base
    return this.chunks[at >>> chunkBits]!.numbers[at & chunkMask]!
  }

  push(number: number): void {
    const at = this.last++ - this.base
    if ((at & chunkMask) === 0) this.chunks.push({ owner: this.owner, numbers: new Float64Array(chunkLength) })
    this.ownChunk(at >>> chunkBits).numbers[at & chunkMask] = number
  }

  /** Puts another number in the place of one that is there. */
  set(position: number, number: number): void {
    const at = position - this.base
    this.ownChunk(at >>> chunkBits).numbers[at & chunkMask] = number
  }

  /** Drops everything before `position`, which is not beyond the end. */
  dropBefore(position: number): void {
    const chunksDropped = (position - this.base) >>> chunkBits
    if (chunksDropped > 0) {
      this.chunks.splice(0, chunksDropped)
      this.base += chunksDropped << chunkBits
    }
    this.first = position
  }

  /** An independent column with the same numbers. Takes time with the number of chunks. */
  clone(): Column {
    const copy = new Column()
    copy.chunks = this.chunks.slice()
    copy.base = this.base
    copy.first = this.first
    copy.last = this.last
    // From here on the chunks belong to neither.
    this.owner = {}
    return copy
  }

  private ownChunk(index: number): Chunk {
    const chunk = this.chunks[index]!
    if (chunk.owner === this.owner) return chunk
    return (this.chunks[index] = { owner: this.owner, numbers: chunk.numbers.slice() })
  }
}
