/**
 * Going back in a key's history: from its latest version through what each replaced. It takes as many steps as the key has changed since, and stops
 * before anything that a compaction may have freed.
 */

import type { MvccStore } from "./mvcc-store.ts"
import { type Location, nowhere } from "./segments.ts"

/** The version that reads at `revision` see, given the key's latest; `nowhere` if the key did not exist. The revision is neither compacted nor in the future. */
export function versionAt(store: MvccStore, latest: Location, revision: number): Location {
  const { records } = store
  let version = latest
  while (version !== nowhere && records.modRevision(version) > revision) version = store.changes.replacedBy(records.row(version))
  return version === nowhere || records.isTombstone(version) ? nowhere : version
}

/**
 * Puts into `versions` what reads at the compacted revision or later can see of a key, the latest first, and returns how many they are. Of what is
 * older than the compacted revision C, that is the latest, as the answer to reads at C: unless the key changed at C itself, or it is a tombstone.
 */
export function visibleVersions(store: MvccStore, latest: Location, versions: Location[]): number {
  const { records, compactRevision } = store
  let count = 0
  let younger = Infinity
  let version = latest
  while (version !== nowhere && records.modRevision(version) >= compactRevision) {
    versions[count++] = version
    younger = records.modRevision(version)
    version = store.changes.replacedBy(records.row(version))
  }
  if (version !== nowhere && younger > compactRevision && !records.isTombstone(version)) versions[count++] = version
  return count
}

/** The first row of `revision` or a later one; the end if there is none. */
export function firstRowOf(store: MvccStore, revision: number): number {
  const { records, changes } = store
  let low = changes.start
  let high = changes.end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (records.modRevision(changes.madeBy(middle)) < revision) low = middle + 1
    else high = middle
  }
  return low
}
