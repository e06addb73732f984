/** Time in which nothing is to be seen passes faster. */

/** How much faster. */
const hurry = 8
/** World milliseconds before the next event during which time passes as usual, so that it is seen to come. */
const marginMs = 8

/** World time after `ms` of it have passed, from `now`, while the next event is at `nextAt`. */
export function timeAfter(now: number, ms: number, nextAt: number, isIdle: boolean): number {
  const until = nextAt - marginMs
  if (!isIdle || until === Infinity || now >= until) return now + ms
  return Math.max(now + ms, Math.min(until, now + ms * hurry))
}
