/**
 * Worlds around where one stands, so that a step back is a copy and not a way from the checkpoint before: all of the last ones while somebody goes
 * back step by step, and one of many from farther back. They have almost all of their state in common.
 */

import type { World } from "oarlock/simulator"
import type { Branch, Checkpoint } from "./branch.ts"

/** A person who goes back by no more events than this is about to do so again. */
const stepsBackMax = 32
/** Then so many worlds are kept before the one where he goes. */
const nearEvents = 16
/** Farther back, and on any other way, one of so many events. */
const farEvery = 64
/** Worlds at once; the farthest go. */
const nearbyMax = 24
/** Worlds that are farther away than this go too: they have little in common with the others. */
const awayMax = 1_000

/** From which event on all worlds are worth keeping, on the way from one event to another. */
export function closeFrom(step: number, target: number): number {
  return target < step && step - target <= stepsBackMax ? target - nearEvents : Infinity
}

export class Nearby {
  #branch: Branch | null = null
  /** By ascending step. */
  #worlds: Checkpoint[] = []

  /** A world on the way; all of them are kept from event `closeFrom` on. */
  pass(branch: Branch, world: World, done: number, closeFrom: number): void {
    const step = world.eventNumber
    if (step < closeFrom && step % farEvery !== 0) return
    this.#worlds = branch === this.#branch ? this.#worlds.filter((one) => Math.abs(one.step - step) <= awayMax) : []
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
