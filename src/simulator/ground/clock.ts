/**
 * Every node's own monotonic clock. It starts anywhere (a monotonic clock means nothing across a restart) and runs a little fast or slow,
 * within the drift that leases are told to expect (dissertation §6.4.1). World time is what no node can see.
 */

import { between, purposes } from "./randomness.ts"

export interface Clock {
  /** What the clock showed at world time 0, in its own milliseconds. */
  readonly offsetMs: number
  /** Its milliseconds per millisecond of world time. */
  readonly rate: number
}

/** The clock of one life of a node. `driftMax` is the largest ratio between any two clocks' rates, less one. */
export function createClock(seed: number, node: number, life: number, driftMax: number): Clock {
  return { offsetMs: between(0, 1_000_000, seed, purposes.clockOffset, node, life), rate: baseRate(seed, node, driftMax) }
}

/** The rate that a node's clock is built with. */
export function baseRate(seed: number, node: number, driftMax: number): number {
  const slowest = 1 / Math.sqrt(1 + driftMax)
  return driftMax === 0 ? 1 : between(slowest, slowest * (1 + driftMax), seed, purposes.clockRate, node)
}

/** The same clock, which from `now` on runs at another rate. */
export function skew(clock: Clock, rate: number, now: number): Clock {
  return { offsetMs: localTime(clock, now) - rate * now, rate }
}

/** What the node's clock shows at world time `now`. */
export function localTime(clock: Clock, now: number): number {
  return clock.offsetMs + clock.rate * now
}

/** The world time at which the node's clock will show `local`; infinite stays infinite. */
export function worldTime(clock: Clock, local: number): number {
  return (local - clock.offsetMs) / clock.rate
}
