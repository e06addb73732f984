/**
 * The ids of keys that were found lately, by a hash of their bytes: so the next write or read of one need neither make a string nor descend a tree.
 *
 * Only a hint. Each slot holds what was put there last, and whether that is the key is asked of its latest version. So nothing has to be kept true
 * when keys come and go, clones begin with an empty one, and hashes that collide on purpose cost no more than the trees do.
 */

import type { MvccStore } from "./mvcc-store.ts"
import { nowhere } from "./segments.ts"

/** Slots: never more than these, however many keys there are. */
const slotsMax = 65_536

/** So many slots for each key, or most would be fought over. */
const slotsPerKey = 4

export class KeyCache {
  /** For each slot a hash, and an id plus one. */
  private slots = new Int32Array(2)

  /** The id of the key in `bytes[start..end)`, if it is known here and exists; otherwise -1. */
  find(store: MvccStore, bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end)
    const at = this.slotOf(hash)
    const id = this.slots[at + 1]! - 1
    if (id === -1 || this.slots[at] !== hash) return -1
    const version = store.latest.at(id)
    const isIt = version !== nowhere && store.records.hasKey(version, bytes, start, end) && !store.records.isTombstone(version)
    return isIt ? id : -1
  }

  remember(store: MvccStore, bytes: Uint8Array, start: number, end: number, id: number): void {
    const count = this.slots.length / 2
    if (count < slotsMax && count < store.live.size * slotsPerKey) this.slots = new Int32Array(this.slots.length * 4)
    const hash = hashOf(bytes, start, end)
    const at = this.slotOf(hash)
    this.slots[at] = hash
    this.slots[at + 1] = id + 1
  }

  private slotOf(hash: number): number {
    // The upper bits of such a hash are the better ones.
    return (((hash >>> 15) ^ hash) * 2) & (this.slots.length - 1)
  }
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash
}
