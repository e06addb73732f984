/** Random choices that follow from a seed alone. */

import { fractionOf } from "../../src/core/index.ts"

export class Dice {
  readonly #seed: number
  readonly #stream: number
  #rolls = 0

  /** Streams of one seed are independent of each other. */
  constructor(seed: number, stream: number) {
    this.#seed = seed
    this.#stream = stream
  }

  /** From 0 to below 1. */
  fraction(): number {
    this.#rolls += 1
    return fractionOf(this.#seed, this.#stream, this.#rolls)
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1))
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)]!
  }

  chance(share: number): boolean {
    return this.fraction() < share
  }
}
