/**
 * Moving the last records out of sparse segments, so that those can go (log-structured stores call it cleaning).
 *
 * After many overwrites and compactions, an old segment may hold one version that was not overwritten, and 256 KiB that are not needed. Once enough
 * is wasted that way, a pass begins, a bounded number of looks with every command: first at the latest version of each key, then at what each
 * change replaced. Every version that is still needed is one or the other.
 *
 * Where a version lies shows nowhere, so servers need not agree on any of this.
 */

import type { MvccStore } from "./mvcc-store.ts"
import { type Location, nowhere } from "./segments.ts"

/** Below this a pass is not worth its while. */
const wastedBytesMin = 4 * 1024 * 1024

/** A pass begins when more than one such part of what is kept is wasted. */
const wastedPart = 4

/** Looks at up to `budget` versions, if there is enough to gain. */
export function evacuate(store: MvccStore, budget: number): void {
  if (store.evacuation === null) {
    if (store.records.segments.wastedBytes < Math.max(wastedBytesMin, (store.liveBytes + store.historyBytes) / wastedPart)) return
    store.evacuation = { of: "keys", next: 0 }
  }
  const { of, next } = store.evacuation
  if (of === "keys") visitKeys(store, next, budget)
  else visitChanges(store, next, budget)
}

function visitKeys(store: MvccStore, from: number, budget: number): void {
  const { latest } = store
  const end = Math.min(latest.end, from + budget)
  for (let id = from; id < end; id++) {
    const moved = moveOut(store, latest.at(id))
    if (moved !== nowhere) latest.set(id, moved)
  }
  store.evacuation = end < latest.end ? { of: "keys", next: end } : { of: "changes", next: 0 }
}

function visitChanges(store: MvccStore, from: number, budget: number): void {
  const { changes } = store
  // Compaction may have dropped what would have come next.
  const start = Math.max(changes.start, from)
  const end = Math.min(changes.end, start + budget)
  for (let row = start; row < end; row++) {
    const moved = moveOut(store, changes.replacedBy(row))
    if (moved !== nowhere) changes.setReplaced(row, moved)
  }
  store.evacuation = end < changes.end ? { of: "changes", next: end } : null
}

/** The record's new place, if it lay in a sparse segment. */
function moveOut(store: MvccStore, version: Location): Location {
  const { records, changes } = store
  if (version === nowhere || !records.segments.isSparse(version)) return nowhere
  const moved = records.move(version)
  const row = records.row(moved)
  if (row >= changes.start) changes.setMade(row, moved)
  return moved
}
