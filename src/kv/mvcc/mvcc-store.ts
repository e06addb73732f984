/**
 * Every version of every key since the last compaction: the multi-version store under the key-value machine (etcd's `mvcc`).
 *
 * Three indexes over the same `KeyVersion`s. `live` is what is: reads of the present look nowhere else. `past` is what was, key by key, for
 * reads at an older revision. `changes` is what happened, revision by revision, for watchers and for compaction. All three are copy on write, so
 * a clone costs nothing.
 *
 * Writes come as `put` and `delete` calls between which reads see them, under a revision one above the present; `commit` makes that the present
 * if there was any change. Compaction moves `compactRevision` at once, which is all that reads and snapshots go by; `compaction.ts` frees the
 * memory afterwards, bit by bit. How far it is shows nowhere: not in answers, not in snapshots, not in hashes.
 */

import { appendVersion, type KeyHistory, versionAt } from "./key-history.ts"
import { KeyVersion } from "./key-version.ts"
import { openNumberStore, openTextStore, type OrderedStore } from "./ordered-store.ts"
import { ValueArenas } from "./value-arena.ts"

/** The changes of one revision in order; of the usual single one, without the array. */
export type RevisionChanges = KeyVersion | readonly KeyVersion[]

/** Everything that a store is made of: `restore` puts it together. */
export interface MvccContents {
  readonly revision: number
  readonly compactRevision: number
  readonly live: OrderedStore<string, KeyVersion>
  readonly past: OrderedStore<string, KeyHistory>
  readonly changes: OrderedStore<number, RevisionChanges>
  readonly arenas: ValueArenas
  readonly liveBytes: number
  readonly historyBytes: number
}

/** A fresh store is at revision 1, as in etcd; its first write makes revision 2. */
const firstRevision = 1

/** Before the first compaction: below every revision that a client can name, so that compacting at 0 works once, as in etcd. */
const neverCompacted = -1

export class MvccStore {
  /** The revision of the last change. */
  revision: number
  /** Reads below it are refused; -1 before the first compaction. */
  compactRevision: number
  /** The keys that exist, with their present versions. */
  live: OrderedStore<string, KeyVersion>
  /** The keys that have superseded versions, or were deleted. */
  past: OrderedStore<string, KeyHistory>
  /** From the compacted revision on (older ones as long as compaction is not done with them). */
  changes: OrderedStore<number, RevisionChanges>
  arenas: ValueArenas
  /** Bytes of keys and values in `live`. */
  liveBytes: number
  /** Bytes of keys and values in `past`. */
  historyBytes: number
  /** Compaction has seen every change up to and including this revision. */
  sweptRevision = neverCompacted
  /** How far into the changes of the revision that it is at. */
  sweptChanges = 0
  /** Where the evacuation of sparse arenas is; null if there is none under way. See `evacuate.ts`. */
  evacuation: { index: "live" | "past"; from: string } | null = null
  /** Names this store in the histories that it may change in place. */
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
    const version = new KeyVersion(text, revision, revision, this.pending.length, 1, lease)
    this.arenas.place(version, source, start, end)
    const previous = this.live.set(text, version)
    if (previous !== undefined) {
      // One string per key, however many versions.
      version.text = previous.text
      version.createRevision = previous.createRevision
      version.version = previous.version + 1
      this.supersede(previous)
    }
    this.liveBytes += version.sizeBytes
    this.pending.push(version)
    return previous
  }

  /** Deletes a key. Returns the version that was there; undefined, and nothing has changed, if there was none. */
  delete(text: string): KeyVersion | undefined {
    const previous = this.live.delete(text)
    if (previous === undefined) return undefined
    const tombstone = new KeyVersion(previous.text, 0, this.revision + 1, this.pending.length, 0, 0n)
    this.supersede(previous)
    this.remember(tombstone)
    this.pending.push(tombstone)
    return previous
  }

  /** Makes the changes since the last commit one revision, if there are any. */
  commit(): void {
    const { pending } = this
    if (pending.length === 0) return
    this.revision++
    this.changes.set(this.revision, pending.length === 1 ? pending[0]! : pending.slice())
    pending.length = 0
  }

  /** The key as it was at `revision`, which is neither compacted nor in the future. */
  get(text: string, revision: number): KeyVersion | undefined {
    const present = this.live.get(text)
    if (present !== undefined && present.modRevision <= revision) return present
    const history = this.past.get(text)
    if (history === undefined) return undefined
    const version = versionAt(history.versions, revision)
    return version === undefined || version.isTombstone ? undefined : version
  }

  /** An independent copy, at no cost. Not between a change and its commit. */
  clone(): MvccStore {
    const copy = new MvccStore({ ...this, live: this.live.clone(), past: this.past.clone(), changes: this.changes.clone() })
    copy.sweptRevision = this.sweptRevision
    copy.sweptChanges = this.sweptChanges
    copy.evacuation = this.evacuation
    // Histories belong to neither from here on.
    this.owner = {}
    return copy
  }

  private supersede(previous: KeyVersion): void {
    this.liveBytes -= previous.sizeBytes
    this.remember(previous)
  }

  private remember(version: KeyVersion): void {
    const history = this.past.get(version.text)
    const longer = appendVersion(history, this.owner, version)
    if (longer !== history) this.past.set(version.text, longer)
    this.historyBytes += version.sizeBytes
  }
}

function emptyContents(): MvccContents {
  return {
    revision: firstRevision,
    compactRevision: neverCompacted,
    live: openTextStore(),
    past: openTextStore(),
    changes: openNumberStore(),
    arenas: new ValueArenas(),
    liveBytes: 0,
    historyBytes: 0,
  }
}
