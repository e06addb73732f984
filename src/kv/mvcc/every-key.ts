/** All that a store knows about each key of a range, in the order of the keys: those that exist and those that were deleted. */

import type { KeySlot } from "./key-record.ts"
import type { MvccStore } from "./mvcc-store.ts"

/** Lazy; the store must not change meanwhile. Everything, if the range is left out. What a compaction forgot may still be among it. */
export function* everyKey(
  store: MvccStore,
  range: { readonly from?: string; readonly to?: string | undefined } = {},
): IterableIterator<KeySlot> {
  const lives = store.live.entries(range)
  const pasts = store.past.entries(range)
  let live = nextOf<KeySlot>(lives)
  let past = nextOf<KeySlot>(pasts)
  while (live !== undefined || past !== undefined) {
    // No key is in both.
    if (past === undefined || (live !== undefined && live[0] < past[0])) {
      yield live![1]
      live = nextOf(lives)
    } else {
      yield past[1]
      past = nextOf(pasts)
    }
  }
}

function nextOf<V>(entries: Iterator<readonly [string, V]>): readonly [string, V] | undefined {
  const next = entries.next()
  return next.done === true ? undefined : next.value
}
