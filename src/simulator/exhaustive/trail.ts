/** How every situation was first found: from which one, and by which action. 8 bytes each; read back only to tell the story of a violation. */

export class Trail {
  #from = new Uint32Array(1 << 14)
  #action = new Uint32Array(1 << 14)
  #count = 0

  get bytes(): number {
    return this.#from.length * 8
  }

  /** Returns the number of what was found. */
  add(from: number, action: number): number {
    if (this.#count === this.#from.length) {
      this.#from = doubled(this.#from)
      this.#action = doubled(this.#action)
    }
    this.#from[this.#count] = from
    this.#action[this.#count] = action
    return this.#count++
  }

  /** The actions from the beginning, number 0, to `found`. */
  to(found: number): number[] {
    const actions: number[] = []
    for (let at = found; at !== 0; at = this.#from[at]!) actions.push(this.#action[at]!)
    return actions.toReversed()
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2)
  larger.set(array)
  return larger
}
