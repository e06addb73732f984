/** All that a store knows about each key of a range, in the order of the keys: `past` and `live` side by side. */

import type { KeyHistory } from "./key-history.ts"
import type { KeyVersion } from "./key-version.ts"
import type { MvccStore } from "./mvcc-store.ts"

export interface KeyRecord {
  readonly text: string
  /** Superseded versions and tombstones, oldest first; those that a compaction forgot may still be among them. */
  readonly history: readonly KeyVersion[]
  /** Undefined if the key does not exist now. */
  readonly present: KeyVersion | undefined
}

const noHistory: readonly KeyVersion[] = []

/** Lazy; the store must not change meanwhile. Everything, if the range is left out. */
export function* everyKey(
  store: MvccStore,
  range: { readonly from?: string; readonly to?: string | undefined } = {},
): IterableIterator<KeyRecord> {
  const lives = store.live.entries(range)
  const pasts = store.past.entries(range)
  let live = nextOf<KeyVersion>(lives)
  let past = nextOf<KeyHistory>(pasts)
  while (live !== undefined || past !== undefined) {
    const text = past === undefined || (live !== undefined && live[0] < past[0]) ? live![0] : past[0]
    const present = live?.[0] === text ? live[1] : undefined
    const history = past?.[0] === text ? past[1].versions : undefined
    yield { text, history: history ?? noHistory, present }
    if (present !== undefined) live = nextOf(lives)
    if (history !== undefined) past = nextOf(pasts)
  }
}

function nextOf<V>(entries: Iterator<readonly [string, V]>): readonly [string, V] | undefined {
  const next = entries.next()
  return next.done === true ? undefined : next.value
}
