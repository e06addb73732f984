/** The latest version of each key of a range, in the order of the keys: of those that exist and those that were deleted. */

import type { MvccStore } from "./mvcc-store.ts"
import type { Location } from "./segments.ts"

/** Lazy; the store must not change meanwhile. Everything, if the range is left out. What a compaction forgot may still be among it. */
export function* everyKey(
  store: MvccStore,
  range: { readonly from?: string; readonly to?: string | undefined } = {},
): IterableIterator<Location> {
  const lives = store.live.entries(range)
  const pasts = store.past.entries(range)
  let live = nextOf(lives)
  let past = nextOf(pasts)
  while (live !== undefined || past !== undefined) {
    // No key is in both.
    if (past === undefined || (live !== undefined && live[0] < past[0])) {
      yield store.latest.at(live![1])
      live = nextOf(lives)
    } else {
      yield store.latest.at(past[1])
      past = nextOf(pasts)
    }
  }
}

function nextOf(ids: Iterator<readonly [string, number]>): readonly [string, number] | undefined {
  const next = ids.next()
  return next.done === true ? undefined : next.value
}
