/**
 * What a store knows about one key: its versions and tombstones. etcd's `keyIndex` with its generations, which tombstones divide.
 *
 * Most keys of most stores have one version: for them the index holds the version itself. The others have a record, whose last version is the present
 * one, or a tombstone. So a write finds the present and the past with one look, and appends in place without a change to the index.
 *
 * Copy on write like the maps around it: `owner` names the store that may change a record in place, and everyone else copies it first. The
 * copy takes time with the length of one key's history, which compaction bounds.
 */

import type { KeyVersion } from "./key-version.ts"

/** What the indexes hold for a key. */
export type KeySlot = KeyVersion | KeyRecord

/** Up to here an array is copied to its exact length, since the engine would make room for 17 at the first push. */
const exactLengthMax = 8

/** So many empty places at the front are not worth a copy. */
const emptyPlacesMax = 16

export class KeyRecord {
  readonly owner: object
  /** The youngest: reads of the present need nothing else, so it has a place of its own. */
  last: KeyVersion
  /** All of them, ascending by revision, and by `sub` within one; empty before `start`, so that dropping the oldest of many moves none of them. */
  private versions: (KeyVersion | undefined)[]
  private start = 0

  /** Takes the array, which must not be empty. */
  constructor(owner: object, versions: KeyVersion[]) {
    this.owner = owner
    this.last = versions[versions.length - 1]!
    this.versions = versions
  }

  get length(): number {
    return this.versions.length - this.start
  }

  /** The version that `position` others, less than there are, are older than. */
  at(position: number): KeyVersion {
    return this.versions[this.start + position]!
  }

  /** A record of another owner, without the oldest `dropped`. */
  copy(owner: object, dropped = 0): KeyRecord {
    return new KeyRecord(owner, this.versions.slice(this.start + dropped) as KeyVersion[])
  }

  push(version: KeyVersion): void {
    this.last = version
    if (this.versions.length < exactLengthMax) this.versions = [...this.versions, version]
    else this.versions.push(version)
  }

  /** Not all of them. */
  dropOldest(count: number): void {
    const start = this.start + count
    if (start > emptyPlacesMax && start * 2 > this.versions.length) {
      this.versions = this.versions.slice(start)
      this.start = 0
    } else {
      this.versions.fill(undefined, this.start, start)
      this.start = start
    }
  }

  /** The position of the first version of `revision` or later; the number of versions if there is none. */
  positionOf(revision: number): number {
    let low = this.start
    let high = this.versions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.versions[middle]!.modRevision < revision) low = middle + 1
      else high = middle
    }
    return low - this.start
  }
}

/** The youngest version: the present one, or a tombstone. */
export function lastOf(slot: KeySlot): KeyVersion {
  return slot instanceof KeyRecord ? slot.last : slot
}

/** The oldest version that is kept. */
export function oldestOf(slot: KeySlot): KeyVersion {
  return slot instanceof KeyRecord ? slot.at(0) : slot
}

/** The youngest version that is not younger than `revision`, unless it is a tombstone: what reads at that revision see. */
export function versionAt(slot: KeySlot, revision: number): KeyVersion | undefined {
  const version = youngestAt(slot, revision)
  return version === undefined || version.isTombstone ? undefined : version
}

function youngestAt(slot: KeySlot, revision: number): KeyVersion | undefined {
  const last = lastOf(slot)
  if (last.modRevision <= revision) return last
  if (!(slot instanceof KeyRecord)) return undefined
  const older = slot.positionOf(revision + 1)
  return older === 0 ? undefined : slot.at(older - 1)
}

/** The slot with one more version at its end, as a record of `owner`. The result may be the same object. */
export function withVersion(slot: KeySlot, owner: object, version: KeyVersion): KeyRecord {
  if (!(slot instanceof KeyRecord)) return new KeyRecord(owner, [slot, version])
  const record = slot.owner === owner ? slot : slot.copy(owner)
  record.push(version)
  return record
}
