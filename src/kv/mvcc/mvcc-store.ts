/**
 * Every version of every key since the last compaction: the multi-version store under the key-value machine (etcd's `mvcc`).
 *
 * Three indexes over the same `KeyVersion`s. `live` has the keys that exist, each with its past: reads of the present look nowhere else, and most
 * writes neither. `past` has the deleted keys, as long as reads at an older revision may ask for them. `changes` is what happened, revision by
 * revision, for watchers and for compaction. All three are copy on write, so a clone costs next to nothing.
 *
 * Writes come as `put` and `delete` calls between which reads see them, under a revision one above the present; `commit` makes that the present
 * if there was any change. Compaction moves `compactRevision` at once, which is all that reads and snapshots go by; `compaction.ts` frees the
 * memory afterwards, bit by bit. How far it is shows nowhere: not in answers, not in snapshots, not in hashes.
 */

import { AppendList } from "../../replica/index.ts"
import { type KeyRecord, type KeySlot, lastOf, versionAt, withVersion } from "./key-record.ts"
import { KeyVersion } from "./key-version.ts"
import { openTextStore, type OrderedStore } from "./ordered-store.ts"
import { ValueArenas } from "./value-arena.ts"

/** The changes of one revision in order; of the usual single one, without the array. */
export type RevisionChanges = KeyVersion | readonly KeyVersion[]

/** Everything that a store is made of: `restore` puts it together. */
export interface MvccContents {
  readonly revision: number
  readonly compactRevision: number
  readonly live: OrderedStore<string, KeySlot>
  readonly past: OrderedStore<string, KeyRecord>
  readonly changes: AppendList<RevisionChanges>
  readonly arenas: ValueArenas
  readonly liveBytes: number
  readonly historyBytes: number
}

/** A fresh store is at revision 1, as in etcd; its first write makes revision 2. */
export const firstRevision = 1

/** Before the first compaction: below every revision that a client can name, so that compacting at 0 works once, as in etcd. */
const neverCompacted = -1

export class MvccStore {
  /** The revision of the last change. */
  revision: number
  /** Reads below it are refused; -1 before the first compaction. */
  compactRevision: number
  /** The keys that exist. The last version of each is the present one. */
  live: OrderedStore<string, KeySlot>
  /** The keys that were deleted. The last version of each is a tombstone. */
  past: OrderedStore<string, KeyRecord>
  /** By revision, from the compacted one on (older ones as long as compaction is not done with them). */
  changes: AppendList<RevisionChanges>
  arenas: ValueArenas
  /** Bytes of the keys and values that exist. */
  liveBytes: number
  /** Bytes of superseded versions and tombstones. */
  historyBytes: number
  /** Compaction has seen every change up to and including this revision. */
  sweptRevision = neverCompacted
  /** How far into the changes of the revision that it is at. */
  sweptChanges = 0
  /** Where the evacuation of sparse arenas is; null if there is none under way. See `evacuate.ts`. */
  evacuation: { index: "live" | "past"; from: string } | null = null
  /** How many changes were committed in this store's own life: only differences mean something. */
  changesMade = 0
  /** Names this store in the records that it may change in place. */
  owner: object = {}
  /** The changes since the last commit. */
  private readonly pending: KeyVersion[] = []

  constructor(contents: MvccContents = emptyContents()) {
    this.revision = contents.revision
    this.compactRevision = contents.compactRevision
    this.live = contents.live
    this.past = contents.past
    this.changes = contents.changes
    this.arenas = contents.arenas
    this.liveBytes = contents.liveBytes
    this.historyBytes = contents.historyBytes
  }

  /** The revision that reads of the present see: one more than `revision` while a change waits for its commit. */
  get readRevision(): number {
    return this.pending.length === 0 ? this.revision : this.revision + 1
  }

  /** Writes `source[start..end)` as the value of a key; a copy is made. Returns the version that was there, which is superseded now. */
  put(text: string, source: Uint8Array, start: number, end: number, lease: bigint): KeyVersion | undefined {
    const revision = this.revision + 1
    const slot = this.live.get(text)
    if (slot === undefined) {
      this.create(new KeyVersion(text, revision, revision, this.pending.length, 1, lease), source, start, end)
      return undefined
    }
    const previous = lastOf(slot)
    // One string per key, however many versions.
    const version = new KeyVersion(previous.text, previous.createRevision, revision, this.pending.length, previous.version + 1, lease)
    this.place(version, source, start, end)
    this.supersede(previous)
    const record = withVersion(slot, this.owner, version)
    if (record !== slot) this.live.set(text, record)
    return previous
  }

  /** Deletes a key. Returns the version that was there; undefined, and nothing has changed, if there was none. */
  delete(text: string): KeyVersion | undefined {
    const slot = this.live.delete(text)
    if (slot === undefined) return undefined
    const previous = lastOf(slot)
    const tombstone = new KeyVersion(previous.text, 0, this.revision + 1, this.pending.length, 0, 0n)
    this.supersede(previous)
    this.historyBytes += tombstone.sizeBytes
    this.past.set(previous.text, withVersion(slot, this.owner, tombstone))
    this.pending.push(tombstone)
    return previous
  }

  /** Makes the changes since the last commit one revision, if there are any. */
  commit(): void {
    const { pending } = this
    if (pending.length === 0) return
    this.revision++
    this.changesMade += pending.length
    this.changes.push(pending.length === 1 ? pending[0]! : pending.slice())
    pending.length = 0
  }

  /** All that is known of a key, whether it exists or not. */
  slot(text: string): KeySlot | undefined {
    return this.live.get(text) ?? this.past.get(text)
  }

  /** The key as it is. */
  present(text: string): KeyVersion | undefined {
    const slot = this.live.get(text)
    return slot === undefined ? undefined : lastOf(slot)
  }

  /** The key as it was at `revision`, which is neither compacted nor in the future. */
  get(text: string, revision: number): KeyVersion | undefined {
    const slot = this.slot(text)
    return slot === undefined ? undefined : versionAt(slot, revision)
  }

  /** An independent copy, at no cost. Not between a change and its commit. */
  clone(): MvccStore {
    const copy = new MvccStore({ ...this, live: this.live.clone(), past: this.past.clone(), changes: this.changes.clone() })
    copy.sweptRevision = this.sweptRevision
    copy.sweptChanges = this.sweptChanges
    copy.evacuation = this.evacuation
    // Records belong to neither from here on.
    this.owner = {}
    return copy
  }

  /** Puts a key that does not exist, with all that is known of it from earlier. */
  private create(version: KeyVersion, source: Uint8Array, start: number, end: number): void {
    this.place(version, source, start, end)
    const earlier = this.past.size === 0 ? undefined : this.past.delete(version.text)
    if (earlier !== undefined) version.text = earlier.last.text
    this.live.set(version.text, earlier === undefined ? version : withVersion(earlier, this.owner, version))
  }

  private place(version: KeyVersion, source: Uint8Array, start: number, end: number): void {
    this.arenas.place(version, source, start, end)
    this.liveBytes += version.sizeBytes
    this.pending.push(version)
  }

  private supersede(version: KeyVersion): void {
    this.liveBytes -= version.sizeBytes
    this.historyBytes += version.sizeBytes
  }
}

function emptyContents(): MvccContents {
  return {
    revision: firstRevision,
    compactRevision: neverCompacted,
    live: openTextStore(),
    past: openTextStore(),
    changes: new AppendList(firstRevision + 1),
    arenas: new ValueArenas(),
    liveBytes: 0,
    historyBytes: 0,
  }
}
