/**
 * Forgetting the past: what a compaction at revision C leaves, and freeing the rest little by little.
 *
 * Still needed are the versions of C and later, and of each key the one that reads at C see, unless that is a tombstone. The decision is one
 * assignment, made when the command is applied and the same on every server. The removal walks over the changes up to C in steps, a bounded
 * number with every later command, so that compacting a million versions never holds up a heartbeat. A server may be further with it than
 * another (one just restored from a snapshot has nothing left to do): nobody can tell, since everything that looks at the past looks at
 * `compactRevision` first.
 */

import { dropOldest, type KeyHistory, positionOf } from "./key-history.ts"
import type { KeyVersion } from "./key-version.ts"
import type { MvccStore } from "./mvcc-store.ts"

/** How many of the oldest versions of a key nobody needs any more; `present` is what it has now, if it exists. */
export function countForgotten(versions: readonly KeyVersion[], present: KeyVersion | undefined, compactRevision: number): number {
  const kept = positionOf(versions, compactRevision)
  if (kept === 0) return 0
  // What is older than C is needed only as the answer to reads at C: not if there is a change at C itself, or nothing changed since.
  const next = versions[kept] ?? present
  const newestOlder = versions[kept - 1]!
  const isAnswered =
    next !== undefined && (next.modRevision === compactRevision || (next === present && next.modRevision < compactRevision))
  return isAnswered || newestOlder.isTombstone ? kept : kept - 1
}

/** Frees up to `budget` versions that no read can see any more (more or less: it counts looks as well). Infinity for all there are. */
export function sweep(store: MvccStore, budget: number): void {
  let left = budget
  while (left > 0 && store.sweptRevision < store.compactRevision) {
    const oldest = store.changes.at(0)
    if (oldest === undefined || oldest[0] > store.compactRevision) {
      store.sweptRevision = store.compactRevision
      return
    }
    const [revision, changes] = oldest
    const versions = "text" in changes ? [changes] : changes
    while (left > 0 && store.sweptChanges < versions.length) {
      const { text } = versions[store.sweptChanges]!
      const done = forget(store, text, left)
      left -= 1 + done.dropped
      if (done.all) store.sweptChanges++
    }
    if (store.sweptChanges < versions.length) return
    store.sweptChanges = 0
    store.sweptRevision = revision
    // The changes of C itself stay: a watcher may begin there. They come up again in the next compaction.
    if (revision < store.compactRevision) store.changes.delete(revision)
  }
}

function forget(store: MvccStore, text: string, droppedMax: number): { all: boolean; dropped: number } {
  const history = store.past.get(text)
  if (history === undefined) return { all: true, dropped: 0 }
  // Only if nothing superseded is as young as C does it matter what there is now: no look-up for the others.
  const isAllOlder = history.versions.at(-1)!.modRevision < store.compactRevision
  const present = isAllOlder ? store.live.get(text) : undefined
  const forgotten = countForgotten(history.versions, present, store.compactRevision)
  const dropped = Math.min(forgotten, droppedMax)
  drop(store, text, history, dropped)
  return { all: dropped === forgotten, dropped }
}

function drop(store: MvccStore, text: string, history: KeyHistory, count: number): void {
  for (let i = 0; i < count; i++) {
    const version = history.versions[i]!
    store.historyBytes -= version.sizeBytes
    store.arenas.release(version)
  }
  const rest = dropOldest(history, store.owner, count)
  if (rest === null) store.past.delete(text)
  else if (rest !== history) store.past.set(text, rest)
}
