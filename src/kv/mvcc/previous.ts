/** What a change replaced: watchers may ask for it (etcd's `prev_kv`). */

import { KeyRecord } from "./key-record.ts"
import type { KeyVersion } from "./key-version.ts"
import type { MvccStore } from "./mvcc-store.ts"

/** The version before `change`; undefined if the key did not exist, or if no read can see it any more since a compaction. */
export function previousOf(store: MvccStore, change: KeyVersion): KeyVersion | undefined {
  const record = store.slot(change.text)
  if (!(record instanceof KeyRecord)) return undefined
  let at = record.positionOf(change.modRevision)
  // A nested transaction may have changed the key more than once in this revision.
  while (at < record.length && record.at(at).modRevision === change.modRevision && record.at(at).sub < change.sub) at++
  if (at === 0) return undefined
  const previous = record.at(at - 1)
  if (previous.isTombstone) return undefined
  return previous.modRevision >= store.compactRevision || change.modRevision > store.compactRevision ? previous : undefined
}
