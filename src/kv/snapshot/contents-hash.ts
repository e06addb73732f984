/**
 * A hash of what a snapshot of a store would hold, without writing it down. Checkers of equal states ask for it over and over, so it is a sum over the
 * versions, whatever their order, and only those that were made since it was last asked for are added. A compaction takes versions away: after one
 * it begins anew.
 */

import { everyKey, type Location, type MvccStore, visibleVersions } from "../mvcc/index.ts"

export class ContentsHash {
  private sum = 0
  /** The first row of changes that is not part of the sum. */
  private next = 0
  /** As of the sum; null before the first. */
  private compactRevision: number | null = null

  /** An unsigned 32-bit number, the same for stores whose snapshots are the same. Always asked of one store, or of clones that went on from it. */
  of(store: MvccStore): number {
    if (this.compactRevision === store.compactRevision) this.addChanges(store)
    else this.addEverything(store)
    this.next = store.changes.end
    // A revision below 2^32 and one above it are told apart by the versions that they made.
    return (Math.imul(store.revision | 0, 0x9e3779b1) ^ (store.compactRevision | 0) ^ this.sum) >>> 0
  }

  clone(): ContentsHash {
    const copy = new ContentsHash()
    copy.sum = this.sum
    copy.next = this.next
    copy.compactRevision = this.compactRevision
    return copy
  }

  /** What is new is seen by reads of the present, and hides nothing from reads of the past. */
  private addChanges(store: MvccStore): void {
    for (let row = this.next; row < store.changes.end; row++) this.add(store, store.changes.madeBy(row))
  }

  private addEverything(store: MvccStore): void {
    const versions: Location[] = []
    this.sum = 0
    this.compactRevision = store.compactRevision
    for (const latest of everyKey(store)) {
      const count = visibleVersions(store, latest, versions)
      for (let position = 0; position < count; position++) this.add(store, versions[position]!)
    }
  }

  private add({ records }: MvccStore, version: Location): void {
    this.sum = (this.sum + spread(records.hash(hashSeed, version))) | 0
  }
}

const hashSeed = 0x2545f491

/** Every bit of a version's hash reaches every bit of what is added, so that differences of two versions do not make up for each other. */
function spread(hash: number): number {
  let spread = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  spread = Math.imul(spread ^ (spread >>> 13), 0xc2b2ae35)
  return spread ^ (spread >>> 16)
}
