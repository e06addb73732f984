/** The set of fingerprints that were seen: open addressing in two typed arrays, 8 bytes a place, half to three quarters of the places taken. */

export class VisitedSet {
  #high: Uint32Array
  #low: Uint32Array
  #mask: number
  #size = 0

  constructor() {
    const places = 1 << 16
    this.#high = new Uint32Array(places)
    this.#low = new Uint32Array(places)
    this.#mask = places - 1
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#high.length * 8
  }

  /** Adds a fingerprint; false if it was there. */
  add(high: number, low: number): boolean {
    // Both halves zero mark a free place.
    const lowHalf = high === 0 && low === 0 ? 1 : low
    if (!this.#put(high, lowHalf)) return false
    this.#size += 1
    if (this.#size * 4 > this.#high.length * 3) this.#grow()
    return true
  }

  #put(high: number, low: number): boolean {
    let at = (low ^ (high >>> 7)) & this.#mask
    for (;;) {
      const placeHigh = this.#high[at]!
      const placeLow = this.#low[at]!
      if (placeHigh === high && placeLow === low) return false
      if (placeHigh === 0 && placeLow === 0) break
      at = (at + 1) & this.#mask
    }
    this.#high[at] = high
    this.#low[at] = low
    return true
  }

  #grow(): void {
    const high = this.#high
    const low = this.#low
    this.#high = new Uint32Array(high.length * 2)
    this.#low = new Uint32Array(high.length * 2)
    this.#mask = this.#high.length - 1
    for (let at = 0; at < high.length; at++) if (high[at] !== 0 || low[at] !== 0) this.#put(high[at]!, low[at]!)
  }
}
