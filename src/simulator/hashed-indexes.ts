/** At which indexes a whole state is hashed, to be compared between servers. */

/**
 * Whether the hash after `index` is asked for: the same on every server. A hash that walks the whole state takes the longer the more was applied, so
 * it is asked for half as often each time that the log has doubled.
 */
export function isHashedAt(index: number, every: number): boolean {
  if (every === 1) return true
  const doublings = 31 - Math.clz32(Math.max(1, Math.floor(index / (every * hashesPerDoubling))))
  return index % (every << doublings) === 0
}

const hashesPerDoubling = 16
