/**
 * Forgetting the past: what a compaction at revision C leaves, and freeing the rest little by little.
 *
 * Still needed are the versions of C and later, and of each key the one that reads at C see, unless that is a tombstone. The decision is one
 * assignment, made when the command is applied and the same on every server. The removal walks over the changes up to C in steps, a bounded
 * number with every later command, so that compacting a million versions never holds up a heartbeat. A server may be further with it than
 * another (one just restored from a snapshot has nothing left to do): nobody can tell, since everything that looks at the past looks at
 * `compactRevision` first.
 */

import { KeyRecord, type KeySlot } from "./key-record.ts"
import type { KeyVersion } from "./key-version.ts"
import type { MvccStore } from "./mvcc-store.ts"

/** How many of the oldest versions of a key nobody needs any more: never its present one. */
export function countForgotten(slot: KeySlot, compactRevision: number): number {
  if (!(slot instanceof KeyRecord)) return 0
  const older = slot.positionOf(compactRevision)
  if (older === 0) return 0
  // What is older than C is needed only as the answer to reads at C: not if there is a change at C itself.
  const isAnswered = older < slot.length && slot.at(older).modRevision === compactRevision
  return isAnswered || slot.at(older - 1).isTombstone ? older : older - 1
}

/** In the place of a change whose version is gone: there is nothing left to look for. */
const swept: readonly KeyVersion[] = []

/** Frees up to `budget` versions that no read can see any more (more or less: it counts looks as well). Infinity for all there are. */
export function sweep(store: MvccStore, budget: number): void {
  let left = budget
  while (left > 0 && store.sweptRevision < store.compactRevision) {
    const revision = store.changes.start
    const changes = store.changes.at(revision)
    if (changes === undefined || revision > store.compactRevision) {
      store.sweptRevision = store.compactRevision
      return
    }
    const versions = "text" in changes ? [changes] : changes
    while (left > 0 && store.sweptChanges < versions.length) {
      const { text } = versions[store.sweptChanges]!
      const done = forget(store, text, left)
      left -= 1 + done.dropped
      if (done.all) store.sweptChanges++
    }
    if (store.sweptChanges < versions.length) return
    if (versions === swept) left--
    store.sweptChanges = 0
    store.sweptRevision = revision
    // The changes of C itself stay: a watcher may begin there. They come up again in the next compaction.
    if (revision < store.compactRevision) store.changes.dropBefore(revision + 1)
  }
}

function forget(store: MvccStore, text: string, droppedMax: number): { all: boolean; dropped: number } {
  const slot = store.slot(text)
  if (!(slot instanceof KeyRecord)) return { all: true, dropped: 0 }
  const forgotten = countForgotten(slot, store.compactRevision)
  const dropped = Math.min(forgotten, droppedMax)
  if (dropped > 0) drop(store, slot, dropped)
  return { all: dropped === forgotten, dropped }
}

function drop(store: MvccStore, record: KeyRecord, count: number): void {
  for (let i = 0; i < count; i++) {
    const version = record.at(i)
    store.historyBytes -= version.sizeBytes
    store.arenas.release(version)
    // One look at a key frees all that is forgotten of it: the looks that its other changes would bring are spared.
    if (store.changes.at(version.modRevision) === version) store.changes.replace(version.modRevision, swept)
  }
  const { last } = record
  const rest = record.length - count
  if (rest === 0) store.past.delete(last.text)
  else if (rest === 1 && !last.isTombstone) store.live.set(last.text, last)
  else if (record.owner === store.owner) record.dropOldest(count)
  else if (last.isTombstone) store.past.set(last.text, record.copy(store.owner, count))
  else store.live.set(last.text, record.copy(store.owner, count))
}
