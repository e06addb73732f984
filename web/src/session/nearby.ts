/**
 * Worlds around where one stands, so that a step back is a copy and not a way from the checkpoint before: the last ones on the way to where one
 * went, and one of many from farther back. They have almost all of their state in common.
 */

import type { World } from "oarlock/simulator"
import type { Branch, Checkpoint } from "./branch.ts"

/** All worlds are kept that are no more events than this before where one goes. */
const nearEvents = 16
/** Farther back, one of so many. */
const farEvery = 32
/** Worlds at once; the farthest go. */
export const nearbyMax = 48

export class Nearby {
  #branch: Branch | null = null
  /** By ascending step. */
  #worlds: Checkpoint[] = []

  /** On the way to event `goal` of a branch, or on and on if that is infinite. */
  pass(branch: Branch, world: World, done: number, goal: number): void {
    const step = world.eventNumber
    if (step >= goal || (goal - step > nearEvents && step % farEvery !== 0)) return
    if (branch !== this.#branch) this.#worlds = []
    this.#branch = branch
    const position = this.#worlds.findLastIndex((one) => one.step < step) + 1
    if (this.#worlds[position]?.step === step) return
    this.#worlds.splice(position, 0, { step, world: world.clone(), done })
    if (this.#worlds.length <= nearbyMax) return
    const isFirstFarther = step - this.#worlds[0]!.step >= this.#worlds.at(-1)!.step - step
    if (isFirstFarther) this.#worlds.shift()
    else this.#worlds.pop()
  }

  /** The latest one that is not behind a place, as `checkpointBefore`; null if there is none. */
  before(branch: Branch, step: number, done: number): Checkpoint | null {
    if (branch !== this.#branch) return null
    return this.#worlds.findLast((one) => one.step < step || (one.step === step && one.done <= done)) ?? null
  }
}
