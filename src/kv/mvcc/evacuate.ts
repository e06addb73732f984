/**
 * Moving the last values out of sparse arenas, so that the collector can take those (`value-arena.ts`; log-structured stores call it cleaning).
 *
 * After many overwrites and compactions, an old arena may hold one value that nobody has overwritten, and 256 KiB that nobody needs. Once enough
 * is wasted that way, a pass over all keys begins, a bounded number with every command. It looks at the present version of
 * each key and at the oldest kept one: what lies between is younger than the compaction, so its arenas are full of it.
 *
 * Where a value lies shows nowhere, so servers need not agree on any of this.
 */

import { type KeySlot, lastOf, oldestOf } from "./key-record.ts"
import type { MvccStore } from "./mvcc-store.ts"
import type { OrderedStore } from "./ordered-store.ts"

/** Below this a pass is not worth its while. */
const wastedBytesMin = 4 * 1024 * 1024

/** A pass begins when more than one such part of the present data is wasted. */
const wastedPart = 4

/** Looks at up to `budget` keys, if there is enough to gain. */
export function evacuate(store: MvccStore, budget: number): void {
  if (store.evacuation === null) {
    if (store.arenas.wastedBytes < Math.max(wastedBytesMin, store.liveBytes / wastedPart)) return
    store.evacuation = { index: "live", from: "" }
  }
  const { index, from } = store.evacuation
  const next = visit(store, store[index], from, budget)
  if (next !== null) store.evacuation = { index, from: next }
  else if (index === "live") store.evacuation = { index: "past", from: "" }
  else endPass(store)
}

/** Returns the key to go on with, or null at the end. */
function visit(store: MvccStore, keys: OrderedStore<string, KeySlot>, from: string, budget: number): string | null {
  let left = budget
  let next: string | null = null
  keys.scan({ from, limit: budget + 1 }, (text, slot) => {
    if (left-- === 0) {
      next = text
      return
    }
    for (const version of [oldestOf(slot), lastOf(slot)]) if (version.arena.sparse) store.arenas.move(version)
  })
  return next
}

/** What is still counted as wasted is held by clones, or was counted twice: a next pass could not change it. */
function endPass(store: MvccStore): void {
  store.evacuation = null
  store.arenas.wastedBytes = 0
}
