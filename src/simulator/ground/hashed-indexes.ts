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

/** Whether a state machine's snapshot after `index` is restored elsewhere, to see whether it says all: at powers of two, since it walks the whole state. */
export function isRestoredAt(index: number): boolean {
  return index >= restoredFrom && (index & (index - 1)) === 0
}

const restoredFrom = 32
