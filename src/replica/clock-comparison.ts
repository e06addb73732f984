/**
 * Notices that a monotonic clock stood still, by comparing it with the wall clock (dissertation §6.4.1: leases trust clocks).
 *
 * A monotonic clock may stop while a machine sleeps or a virtual machine is suspended. A lease that is measured on it then lasts longer than the other
 * servers keep their part of it. The wall clock continues meanwhile. So before a step the shell compares both here, and if one has moved further than
 * the other, it tells the replica (`paused`). A wall clock that is set, by NTP or by a person, looks the same, in either direction: that costs a lease
 * and one round of messages, nothing else. The time of day itself is not used.
 */

import type { Milliseconds } from "../core/index.ts"

/**
 * If two clocks come apart by more than this, one of them stood still or was set. Less than the drift that leases allow for, at the default
 * timings.
 */
export const clocksApartMaxMs = 5
/** Clocks are compared over at most this long, so that a slow drift over days does not look like a pause. */
export const comparisonMaxMs = 1_000

/** Remembers how a monotonic clock and the wall clock stood when they were last compared. */
export class ClockComparison {
  #monotonicMs: Milliseconds
  #wallMs: Milliseconds

  /** Begins with both clocks as they are now. */
  constructor(monotonicMs: Milliseconds, wallMs: Milliseconds) {
    this.#monotonicMs = monotonicMs
    this.#wallMs = wallMs
  }

  /** How much further the wall clock has moved than the monotonic clock since they were last compared; negative if the wall clock was set back. */
  apartMs(monotonicMs: Milliseconds, wallMs: Milliseconds): Milliseconds {
    return wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs)
  }

  /** Whether the two have come apart by more than `clocksApartMaxMs`. */
  areApart(monotonicMs: Milliseconds, wallMs: Milliseconds): boolean {
    return Math.abs(this.apartMs(monotonicMs, wallMs)) > clocksApartMaxMs
  }

  /** Compares both before a step. Returns by how much they came apart, 0 if they did not. Each pause is returned once. */
  look(monotonicMs: Milliseconds, wallMs: Milliseconds): Milliseconds {
    const areApart = this.areApart(monotonicMs, wallMs)
    if (!areApart && monotonicMs - this.#monotonicMs < comparisonMaxMs) return 0
    const apartMs = areApart ? this.apartMs(monotonicMs, wallMs) : 0
    this.#monotonicMs = monotonicMs
    this.#wallMs = wallMs
    return apartMs
  }

  /** An independent copy. */
  clone(): ClockComparison {
    return new ClockComparison(this.#monotonicMs, this.#wallMs)
  }
}
