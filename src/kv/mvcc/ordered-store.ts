/**
 * What the store's indexes need from whatever keeps them: an ordered map with cheap clones and counts of ranges.
 *
 * The memory implementation is the copy-on-write map that state machines of all kinds use. One on disk (a copy-on-write B-tree over the shell's
 * files) would put itself in the same place.
 */

import { OrderedMap, type MapRange, stringBefore } from "../../replica/index.ts"

export interface OrderedStore<K, V> {
  readonly size: number
  get(key: K): V | undefined
  /** Returns what was there before. */
  set(key: K, value: V): V | undefined
  /** Returns what was there. */
  delete(key: K): V | undefined
  /** How many keys there are from `from` on and below `to`, in less time than walking over them. */
  count(from?: K, to?: K): number
  /** Calls `visit` in order until it returns false. The store must not change meanwhile. */
  scan(options: MapRange<K>, visit: (key: K, value: V) => boolean | void): void
  /** Lazy. The store must not change meanwhile. */
  entries(options?: MapRange<K>): IterableIterator<readonly [K, V]>
  /** An independent copy in next to no time. */
  clone(): OrderedStore<K, V>
}

/** A store in memory, ordered by the bytes of its keys (see `key-text.ts`); with these entries, which ascend. */
export function openTextStore<V>(entries: Iterable<readonly [string, V]> = []): OrderedStore<string, V> {
  return OrderedMap.fromSorted(stringBefore, entries)
}
