/**
 * Every version of every key since the last compaction: the multi-version store under the key-value machine (etcd's `mvcc`).
 *
 * A key has a number of its own, its id. `live` and `past` find it: the keys that exist, and those that were deleted, as long as reads at an older
 * revision may ask for them. `latest` has the latest version of each. `changes` is what happened, row by row, each with the version
 * that the change made and the one that it replaced. So a put touches no tree unless its key is new; a read of the past goes back from the
 * latest version, through what each replaced; and what a change replaced goes when that change is compacted, whatever its key's history.
 *
 * All of it is numbers in typed arrays, versions being bytes (`records.ts`), and copy on write, so that a clone costs next to nothing.
 *
 * Writes come as `put` and `delete` calls between which reads see them, under a revision one above the present; `commit` makes that the present
 * if there was any change. Compaction moves `compactRevision` at once, which is all that reads and snapshots go by; `compaction.ts` frees the
 * memory afterwards, bit by bit. How far it is shows nowhere: not in answers, not in snapshots, not in hashes.
 */

import { ChangeRows } from "./change-rows.ts"
import { Column } from "./column.ts"
import { KeyCache } from "./key-cache.ts"
import { keyText } from "./key-text.ts"
import { openTextStore, type OrderedStore } from "./ordered-store.ts"
import { Records } from "./records.ts"
import { type Location, nowhere } from "./segments.ts"

/** Everything that a store is made of: `restore` puts it together. */
export interface MvccContents {
  readonly revision: number
  readonly compactRevision: number
  readonly live: OrderedStore<string, number>
  readonly past: OrderedStore<string, number>
  readonly latest: Column
  readonly freeIds: readonly number[]
  readonly changes: ChangeRows
  readonly records: Records
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
  /** The ids of the keys that exist. */
  live: OrderedStore<string, number>
  /** The ids of the keys that were deleted: their latest version is a tombstone. */
  past: OrderedStore<string, number>
  /** By id, the latest version of each key. `nowhere` under free ids. */
  latest: Column
  /** Ids to use again. */
  freeIds: number[]
  /** From the compacted revision on (older ones as long as compaction is not done with them). */
  changes: ChangeRows
  records: Records
  /** Bytes of the keys and values that exist. */
  liveBytes: number
  /** Bytes of superseded versions and tombstones. */
  historyBytes: number
  /** Compaction has seen every change up to and including this revision. */
  sweptRevision = neverCompacted
  /** The next row that compaction looks at. */
  sweptRow = 0
  /** Where the moving of records out of sparse segments is; null if there is none under way. See `evacuate.ts`. */
  evacuation: { readonly of: "keys" | "changes"; readonly next: number } | null = null
  /** Finds keys faster than `live`. */
  private readonly cache = new KeyCache()
  /** The first row of the changes since the last commit. */
  private uncommitted: number

  constructor(contents: MvccContents = emptyContents()) {
    this.revision = contents.revision
    this.compactRevision = contents.compactRevision
    this.live = contents.live
    this.past = contents.past
    this.latest = contents.latest
    this.freeIds = contents.freeIds.slice()
    this.changes = contents.changes
    this.records = contents.records
    this.liveBytes = contents.liveBytes
    this.historyBytes = contents.historyBytes
    this.uncommitted = this.changes.end
  }

  /** The revision that reads of the present see: one more than `revision` while a change waits for its commit. */
  get readRevision(): number {
    return this.uncommitted === this.changes.end ? this.revision : this.revision + 1
  }

  /** Writes a key's value; both are copied. Returns the version that was there, which is superseded now; `nowhere` if there was none. */
  put(key: Uint8Array, value: Uint8Array, lease: bigint): Location {
    const id = this.idOf(key, 0, key.length)
    return this.link(id, this.records.ofPair(key, value), lease)
  }

  /** The same, of the key at `start` of a command and the value at `valueStart`, which ends the command. */
  putFrom(command: Uint8Array, start: number, valueStart: number): Location {
    const id = this.idOf(command, start, valueStart)
    return this.link(id, this.records.ofCommand(command, start, valueStart), 0n)
  }

  /** Deletes a key. Returns the version that was there; `nowhere`, and nothing has changed, if there was none. */
  delete(text: string): Location {
    const { records } = this
    const id = this.live.delete(text)
    if (id === undefined) return nowhere
    const previous = this.latest.at(id)
    const tombstone = records.ofPair(records.key(previous), noValue)
    this.past.set(text, id)
    this.supersede(previous)
    this.historyBytes += records.sizeBytes(tombstone)
    this.add(id, tombstone, previous, 0, 0, 0n)
    return previous
  }

  /** Makes the changes since the last commit one revision, if there are any. */
  commit(): void {
    if (this.uncommitted === this.changes.end) return
    this.uncommitted = this.changes.end
    this.revision++
  }

  /** Reads below `revision` are refused from now on; `compaction.ts` frees what only they could see. */
  compact(revision: number): void {
    this.compactRevision = revision
    this.sweptRow = this.changes.start
  }

  /** The latest version of a key, be it a tombstone; `nowhere` if nothing is known of it. */
  latestOf(text: string): Location {
    const id = this.live.get(text) ?? this.past.get(text)
    return id === undefined ? nowhere : this.latest.at(id)
  }

  /** The key as it is; `nowhere` if it does not exist. */
  present(key: Uint8Array): Location {
    const id = this.idOf(key, 0, key.length)
    return id === -1 ? nowhere : this.latest.at(id)
  }

  /** An independent copy, at no cost. Not between a change and its commit. */
  clone(): MvccStore {
    const copy = new MvccStore({
      ...this,
      live: this.live.clone(),
      past: this.past.clone(),
      latest: this.latest.clone(),
      changes: this.changes.clone(),
      records: this.records.clone(),
    })
    copy.sweptRevision = this.sweptRevision
    copy.sweptRow = this.sweptRow
    copy.evacuation = this.evacuation
    return copy
  }

  /** Of a key that exists; otherwise -1. */
  private idOf(bytes: Uint8Array, start: number, end: number): number {
    const known = this.cache.find(this, bytes, start, end)
    if (known !== -1) return known
    const id = this.live.get(keyText(bytes, start, end))
    if (id === undefined) return -1
    this.cache.remember(this, bytes, start, end, id)
    return id
  }

  /** Makes a new record the latest version of the key with this id; -1 for one that does not exist. */
  private link(id: number, location: Location, lease: bigint): Location {
    const { records } = this
    this.liveBytes += records.sizeBytes(location)
    if (id === -1) {
      this.create(location, lease)
      return nowhere
    }
    const previous = this.latest.at(id)
    this.supersede(previous)
    this.add(id, location, previous, records.createRevision(previous), records.version(previous) + 1, lease)
    return previous
  }

  /** Links the first version of a key that does not exist to what is known of it from earlier. */
  private create(location: Location, lease: bigint): void {
    const text = this.records.text(location)
    const earlier = this.past.size === 0 ? undefined : this.past.delete(text)
    const id = earlier ?? this.newId()
    this.live.set(text, id)
    this.add(id, location, earlier === undefined ? nowhere : this.latest.at(id), this.revision + 1, 1, lease)
  }

  private newId(): number {
    const free = this.freeIds.pop()
    if (free !== undefined) return free
    this.latest.push(nowhere)
    return this.latest.end - 1
  }

  private add(id: number, location: Location, previous: Location, createRevision: number, version: number, lease: bigint): void {
    const { records } = this
    const row = this.changes.end
    const replacedBytes = previous === nowhere ? 0 : records.sizeBytes(previous)
    records.label(location, row, replacedBytes, this.revision + 1, row - this.uncommitted, createRevision, version, lease)
    this.changes.push(location, previous)
    this.latest.set(id, location)
  }

  private supersede(version: Location): void {
    const sizeBytes = this.records.sizeBytes(version)
    this.liveBytes -= sizeBytes
    this.historyBytes += sizeBytes
  }
}

const noValue = new Uint8Array(0)

function emptyContents(): MvccContents {
  return {
    revision: firstRevision,
    compactRevision: neverCompacted,
    live: openTextStore(),
    past: openTextStore(),
    latest: new Column(),
    freeIds: [],
    changes: new ChangeRows(),
    records: new Records(),
    liveBytes: 0,
    historyBytes: 0,
  }
}
