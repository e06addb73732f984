/**
 * What a key was: its superseded versions and tombstones, oldest first. etcd's `keyIndex` with its generations, which tombstones divide.
 *
 * Copy on write like the maps around it: `owner` names the store that may change the array in place, and everyone else copies it first. The
 * copy takes time with the length of one key's history, which compaction bounds.
 */

import type { KeyVersion } from "./key-version.ts"

export interface KeyHistory {
  readonly owner: object
  /** Ascending by revision, and by `sub` within one. Never empty. */
  readonly versions: KeyVersion[]
}

/** Up to here an array is copied to its exact length, since the engine would make room for 17 at the first push. */
const exactLengthMax = 8

/** The history with one more version at its end. The result may be the same object. */
export function appendVersion(history: KeyHistory | undefined, owner: object, version: KeyVersion): KeyHistory {
  if (history === undefined) return { owner, versions: [version] }
  if (history.owner !== owner || history.versions.length < exactLengthMax) return { owner, versions: [...history.versions, version] }
  history.versions.push(version)
  return history
}

/** The history without its first `count` versions; null if nothing is left. The result may be the same object. */
export function dropOldest(history: KeyHistory, owner: object, count: number): KeyHistory | null {
  if (count === 0) return history
  if (count === history.versions.length) return null
  if (history.owner !== owner) return { owner, versions: history.versions.slice(count) }
  history.versions.splice(0, count)
  return history
}

/** The position of the first version of `revision` or later; the number of versions if there is none. */
export function positionOf(versions: readonly KeyVersion[], revision: number): number {
  let low = 0
  let high = versions.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (versions[middle]!.modRevision < revision) low = middle + 1
    else high = middle
  }
  return low
}

/** The last version that is not younger than `revision`, be it a tombstone. */
export function versionAt(versions: readonly KeyVersion[], revision: number): KeyVersion | undefined {
  return versions[positionOf(versions, revision + 1) - 1]
}
