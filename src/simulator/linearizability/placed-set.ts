/**
 * The operations that a search has placed, out of `size`: a bitset for asking and for naming the whole set, and the list of those that are left, for
 * walking over them without stepping on the others.
 *
 * Removals are undone in the reverse order of the additions, so that links of the list can be put back as they were (Knuth's dancing links).
 */

const wordBits = 16
const fullWord = 0xffff

export class PlacedSet {
  #count = 0
  readonly #words: Uint16Array
  /** Neighbours among those that are left; position 0 stands for both ends, operation n at n + 1. */
  readonly #next: Int32Array
  readonly #previous: Int32Array
  /** No word before this one has an operation left; no word after that one has one placed. */
  #low = 0
  #high = -1

  constructor(size: number) {
    this.#words = new Uint16Array(Math.ceil(size / wordBits))
    this.#next = Int32Array.from({ length: size + 1 }, (_, at) => (at === size ? 0 : at + 1))
    this.#previous = Int32Array.from({ length: size + 1 }, (_, at) => (at === 0 ? size : at - 1))
  }

  get count(): number {
    return this.#count
  }

  /** The first operation that is left, or -1. */
  first(): number {
    return this.#next[0]! - 1
  }

  /** The next one after `at` that is left, or -1. `at` may be placed itself if it was the last to be. */
  after(at: number): number {
    return this.#next[at + 1]! - 1
  }

  has(at: number): boolean {
    return (this.#words[at >> 4]! & (1 << (at & 15))) !== 0
  }

  add(at: number): void {
    const word = at >> 4
    this.#words[word]! |= 1 << (at & 15)
    this.#count += 1
    this.#high = Math.max(this.#high, word)
    while (this.#words[this.#low] === fullWord) this.#low += 1
    const next = this.#next[at + 1]!
    const previous = this.#previous[at + 1]!
    this.#next[previous] = next
    this.#previous[next] = previous
  }

  /** Undoes the latest `add` that is not undone yet. */
  remove(at: number): void {
    const word = at >> 4
    this.#words[word]! &= ~(1 << (at & 15))
    this.#count -= 1
    this.#low = Math.min(this.#low, word)
    while (this.#high >= 0 && this.#words[this.#high] === 0) this.#high -= 1
    this.#next[this.#previous[at + 1]!] = at + 1
    this.#previous[this.#next[at + 1]!] = at + 1
  }

  /** A name for the set together with `number`: equal sets, equal names. As long as the window between the first one left and the last one placed. */
  key(number: number): string {
    let key = `${number}:${this.#low}:`
    for (let word = this.#low; word <= this.#high; word++) key += String.fromCharCode(this.#words[word]!)
    return key
  }
}
