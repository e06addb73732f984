/**
 * Forgetting the past: what a compaction at revision C leaves, and freeing the rest little by little.
 *
 * Still needed are the versions of C and later, and of each key the one that reads at C see, unless that is a tombstone. The decision is one
 * assignment, made when the command is applied and the same on every server. The freeing goes through the changes up to C, row by row: what a change
 * replaced before C, nobody can see any more. A bounded number of rows with every later command, so that compacting a million versions never
 * holds up a heartbeat. A server may be further with it than another (one just restored from a snapshot has nothing left to do): nobody can
 * tell, since everything that looks at the past looks at `compactRevision` first.
 */

import type { MvccStore } from "./mvcc-store.ts"
import { type Location, nowhere } from "./segments.ts"

/** Goes through up to `budget` changes that a compaction covers. Infinity for all there are. */
export function sweep(store: MvccStore, budget: number): void {
  const { changes, records, compactRevision } = store
  if (store.sweptRevision >= compactRevision) return
  const end = Math.min(changes.end, store.sweptRow + budget)
  for (; store.sweptRow < end; store.sweptRow++) {
    const row = store.sweptRow
    const made = changes.madeBy(row)
    const revision = records.modRevision(made)
    if (revision > compactRevision) return endSweep(store)
    forgetReplaced(store, row, made, revision)
    // The changes of C itself stay: a watcher may begin there. They come up again in the next compaction.
    if (revision < compactRevision) dropChange(store, row, made)
  }
  if (store.sweptRow === changes.end) endSweep(store)
}

function endSweep(store: MvccStore): void {
  store.sweptRevision = store.compactRevision
}

function forgetReplaced(store: MvccStore, row: number, made: Location, revision: number): void {
  const { changes, records, compactRevision } = store
  const replaced = changes.replacedBy(row)
  if (replaced === nowhere) return
  if (revision === compactRevision) {
    // It may be a change of C as well. And what stays must not name what is gone.
    if (records.modRevision(replaced) === revision) return
    changes.setReplaced(row, nowhere)
  }
  forget(store, replaced, records.replacedBytes(made))
}

/** A key that is still deleted after this goes with its tombstone. */
function dropChange(store: MvccStore, row: number, made: Location): void {
  const { records } = store
  store.changes.dropBefore(row + 1)
  if (!records.isTombstone(made)) return
  const text = records.text(made)
  const id = store.past.get(text)
  if (id === undefined || store.latest.at(id) !== made) return
  store.past.delete(text)
  store.latest.set(id, nowhere)
  store.freeIds.push(id)
  forget(store, made, records.sizeBytes(made))
}

function forget(store: MvccStore, version: Location, sizeBytes: number): void {
  store.historyBytes -= sizeBytes
  store.records.release(version, sizeBytes)
}
