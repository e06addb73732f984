/**
 * Situations that wait to be explored, one behind the other in one array of 32-bit numbers: where each was found, how long it is, what it is.
 *
 * A situation is a row of numbers: each server's state, the history, the crashes so far, and the messages that were sent, ascending.
 */

export class Frontier {
  #words = new Int32Array(1 << 16)
  #end = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#words.length * 4
  }

  push(found: number, situation: Int32Array, length: number): void {
    const end = this.#end + 2 + length
    if (end > this.#words.length) {
      const larger = new Int32Array(this.#words.length * 2)
      larger.set(this.#words)
      this.#words = larger
    }
    this.#words[this.#end] = found
    this.#words[this.#end + 1] = length
    this.#words.set(length === situation.length ? situation : situation.subarray(0, length), this.#end + 2)
    this.#end = end
    this.#count += 1
  }

  /** The one that begins at `place`; the first is at 0. */
  foundAt(place: number): number {
    return this.#words[place]!
  }

  situationAt(place: number): Int32Array {
    return this.#words.subarray(place + 2, place + 2 + this.#words[place + 1]!)
  }

  /** Where the one behind begins; null behind the last. */
  next(place: number): number | null {
    const behind = place + 2 + this.#words[place + 1]!
    return behind < this.#end ? behind : null
  }

  clear(): void {
    this.#end = 0
    this.#count = 0
  }
}
