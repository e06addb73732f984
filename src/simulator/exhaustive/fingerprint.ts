/**
 * 64 bits for anything explored, as two independent numbers of 32 bits.
 *
 * A situation's fingerprint is the sum of its parts' (modulo 2^32, in each half), so that parts have no order and one changed part costs two
 * additions. Under every renaming of the servers there is one such sum, and the smallest stands for all of them.
 *
 * Among n situations some two share a fingerprint by accident with a chance of about n² / 2^65, times the number of renamings: for ten million
 * situations and six renamings, one in 60,000. Then one of the two, and what only it leads to, goes unseen; nothing wrong is ever reported.
 */

import { mixNumber } from "../../core/index.ts"

/** Fingerprints of numbered parts, each under every renaming. */
export class FingerprintTable {
  readonly renamings: number
  high: Uint32Array
  low: Uint32Array

  constructor(renamings: number) {
    this.renamings = renamings
    this.high = new Uint32Array(1024 * renamings)
    this.low = new Uint32Array(1024 * renamings)
  }

  /** Part `part` reads as `text` under renaming number `renaming`. */
  set(part: number, renaming: number, text: string): void {
    const at = part * this.renamings + renaming
    if (at >= this.high.length) {
      this.high = doubled(this.high)
      this.low = doubled(this.low)
    }
    this.high[at] = hashText(0x243f6a88, text)
    this.low[at] = hashText(0x85a308d3, text)
  }
}

/** The fingerprint of one situation in the making. */
export class FingerprintSum {
  readonly #high: Uint32Array
  readonly #low: Uint32Array
  /** The smallest sum, as `choose` found it. */
  high = 0
  low = 0

  constructor(renamings: number) {
    this.#high = new Uint32Array(renamings)
    this.#low = new Uint32Array(renamings)
  }

  clear(): void {
    this.#high.fill(0)
    this.#low.fill(0)
  }

  copy(other: FingerprintSum): void {
    this.#high.set(other.#high)
    this.#low.set(other.#low)
  }

  add(table: FingerprintTable, part: number): void {
    const first = part * table.renamings
    for (let i = 0; i < this.#high.length; i++) {
      this.#high[i]! += table.high[first + i]!
      this.#low[i]! += table.low[first + i]!
    }
  }

  subtract(table: FingerprintTable, part: number): void {
    const first = part * table.renamings
    for (let i = 0; i < this.#high.length; i++) {
      this.#high[i]! -= table.high[first + i]!
      this.#low[i]! -= table.low[first + i]!
    }
  }

  /** Finds the smallest sum. */
  choose(): void {
    let high = this.#high[0]!
    let low = this.#low[0]!
    for (let i = 1; i < this.#high.length; i++) {
      const otherHigh = this.#high[i]!
      if (otherHigh > high || (otherHigh === high && this.#low[i]! >= low)) continue
      high = otherHigh
      low = this.#low[i]!
    }
    this.high = high
    this.low = low
  }
}

function hashText(seed: number, text: string): number {
  let hash = mixNumber(seed, text.length)
  for (let i = 0; i < text.length; i++) hash = mixNumber(hash, text.charCodeAt(i))
  return hash
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2)
  larger.set(array)
  return larger
}
