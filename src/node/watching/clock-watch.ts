/**
 * The clocks of this process, read together before each step: the rule is the replica's (`clock-comparison.ts`), the readings are made here.
 *
 * On Linux `performance.now` stands still while the machine sleeps, and `Date.now` does not. A thread that is interrupted between the two readings
 * looks like a machine that slept, so what looks like that is read again.
 */

import type { Milliseconds } from "../../core/index.ts"
import { ClockComparison } from "../../replica/index.ts"

export interface Clocks {
  /** Monotonic. */
  readonly now: () => Milliseconds
  /** The wall's: only ever compared with itself. */
  readonly wallNow: () => Milliseconds
}

export const systemClocks: Clocks = { now: () => performance.now(), wallNow: () => Date.now() }

/** How often clocks that look apart are read again. */
export const readingsMax = 3
/** Two readings of one clock that lie no further apart, with the other clock's between them, are of one moment; in milliseconds. */
export const momentMs = 1

export class ClockWatch {
  readonly #clocks: Clocks
  readonly #comparison: ClockComparison

  constructor(clocks: Clocks) {
    this.#clocks = clocks
    this.#comparison = new ClockComparison(clocks.now(), clocks.wallNow())
  }

  /** By how much the wall clock has moved apart from the monotonic one, which shows `nowMs`, since the last look; 0 as a rule. */
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
