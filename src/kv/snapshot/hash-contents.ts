/** A hash of what a snapshot of a store would hold, without writing it down: checkers of equal states ask for it over and over. */

import { everyKey, type Location, type MvccStore, visibleVersions } from "../mvcc/index.ts"

/** An unsigned 32-bit number; takes time with the size of the store. The same for stores whose snapshots are the same. */
export function hashContents(store: MvccStore): number {
  const { records } = store
  const versions: Location[] = []
  // A revision below 2^32 and one above it are told apart by the versions that they made.
  let hash = Math.imul(store.revision | 0, 0x9e3779b1) ^ (store.compactRevision | 0)
  for (const latest of everyKey(store)) {
    const count = visibleVersions(store, latest, versions)
    for (let i = 0; i < count; i++) hash = records.hash(hash, versions[i]!)
  }
  return hash >>> 0
}
