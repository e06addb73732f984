/** Dice whose throws depend on nothing but what they were made for: the same command for the same client in every replay. */

import { hashNumbers } from "../core/index.ts"

export interface Dice {
  /** An integer from 0 to `count` - 1. */
  below(count: number): number
  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T
}

/** Dice for the purpose that `seed` and `what` name. */
export function createDice(seed: number, what: number): Dice {
  let throws = 0
  const below = (count: number): number => {
    throws += 1
    return Math.floor((hashNumbers(seed, what, throws) / 0x1_0000_0000) * count)
  }
  return { below, pick: (choices) => choices[below(choices.length)]! }
}
