/**
 * Delta debugging (Zeller and Hildebrandt, 2002): takes away as much of a list as it can while the rest still does what it has to. First halves,
 * then quarters, down to single items; the result is minimal in that no single item of it can go.
 */

/** `works` is asked about shorter lists, and must be true of the last one that it was true of; it is of `items`. */
export function shorten<T>(items: readonly T[], works: (shorter: readonly T[]) => boolean): readonly T[] {
  let kept = items
  if (kept.length > 0 && works([])) return []
  let pieces = 2
  while (kept.length > 1) {
    const size = Math.ceil(kept.length / pieces)
    let wasShortened = false
    for (let from = 0; from < kept.length;) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + size)]
      if (rest.length < kept.length && rest.length > 0 && works(rest)) {
        kept = rest
        wasShortened = true
      } else from += size
    }
    if (size === 1 && !wasShortened) break
    if (size > 1) pieces = Math.min(kept.length, wasShortened ? Math.max(2, pieces) : pieces * 2)
  }
  return kept
}

/** The smallest of `from` to `to` - 1 that works, trying small ones first and then ever larger steps; `to`, which is known to work, if none does. */
export function smallest(from: number, to: number, works: (value: number) => boolean): number {
  let failed = from - 1
  for (let gap = 1; failed + gap < to; gap *= 2) {
    const value = failed + gap
    if (works(value)) return between(failed, value, works)
    failed = value
  }
  return between(failed, to, works)
}

/** `high` works and `low` does not: looks in between. */
function between(low: number, high: number, works: (value: number) => boolean): number {
  let [below, above] = [low, high]
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (works(middle)) above = middle
    else below = middle
  }
  return above
}
