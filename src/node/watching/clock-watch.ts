/**
 * Reads the monotonic clock and the wall clock together before each step. How they are compared is the replica's rule (`clock-comparison.ts`).
 *
 * On Linux `performance.now` stands still while the machine sleeps, and `Date.now` does not. A thread that is interrupted between the two readings
 * looks like a machine that slept, so such readings are repeated.
 */

import type { Milliseconds } from "../../core/index.ts"
import { ClockComparison } from "../../replica/index.ts"

export interface Clocks {
  /** Monotonic. */
  readonly now: () => Milliseconds
  /** The wall clock: only its own differences are used. */
  readonly wallNow: () => Milliseconds
}

export const systemClocks: Clocks = { now: () => performance.now(), wallNow: () => Date.now() }

/** How often the clocks are read again if they seem to have moved apart. */
export const readingsMax = 3
/** Two readings of one clock that differ by no more than this count as one moment, and so does the other clock's reading between them; in milliseconds. */
export const momentMs = 1

export class ClockWatch {
  readonly #clocks: Clocks
  readonly #comparison: ClockComparison

  constructor(clocks: Clocks) {
    this.#clocks = clocks
    this.#comparison = new ClockComparison(clocks.now(), clocks.wallNow())
  }

  /** How far the wall clock has moved apart from the monotonic one (now at `nowMs`) since the last call, in milliseconds; usually 0. */
  look(nowMs: Milliseconds): Milliseconds {
    const { now, wallNow } = this.#clocks
    let monotonicMs = nowMs
    let wallMs = wallNow()
    if (!this.#comparison.areApart(monotonicMs, wallMs)) return this.#comparison.look(monotonicMs, wallMs)
    for (let reading = 0; reading < readingsMax; reading++) {
      monotonicMs = now()
      wallMs = wallNow()
      if (now() - monotonicMs <= momentMs) break
    }
    return this.#comparison.look(monotonicMs, wallMs)
  }
}
