/**
 * Whether time stood still, as seen by comparing two clocks (dissertation §6.4.1: leases trust clocks).
 *
 * A monotonic clock may stop while a machine sleeps or a virtual one is suspended, and a lease that is measured on it then outlives the promises
 * that it rests on. The wall clock goes on meanwhile. So before a step the shell shows both here, and where the one has moved by more than the
 * other, tells the replica (`paused`). A wall clock that is set, by NTP or by a person, looks the same, in either direction: that costs a lease
 * and one round of messages, nothing else. Nothing here knows the time of day, and nothing is decided by it.
 */

import type { Milliseconds } from "../core/index.ts"

/** Clocks that come apart by more than this have not both run on: less than what leases allow for drift, at the default timings. */
export const clocksApartMaxMs = 5
/** Clocks are compared over no longer than this, so that two that run a little apart for days do not look like a pause. */
export const comparisonMaxMs = 1_000

/** Remembers how a monotonic clock and the wall clock stood when they were last compared. */
export class ClockComparison {
  #monotonicMs: Milliseconds
  #wallMs: Milliseconds

  /** Both as they are now. */
  constructor(monotonicMs: Milliseconds, wallMs: Milliseconds) {
    this.#monotonicMs = monotonicMs
    this.#wallMs = wallMs
  }

  /** By how much more than the monotonic clock the wall clock has moved since they were last compared; negative where it was set back. */
  apartMs(monotonicMs: Milliseconds, wallMs: Milliseconds): Milliseconds {
    return wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs)
  }

  /** Whether that is more than two clocks that both run on ever are. */
  areApart(monotonicMs: Milliseconds, wallMs: Milliseconds): boolean {
    return Math.abs(this.apartMs(monotonicMs, wallMs)) > clocksApartMaxMs
  }

  /** Looks at both before a step: by how much they came apart, 0 if they did not. Each time that they do is told once. */
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
