/** What a change replaced: watchers may ask for it (etcd's `prev_kv`). */

import { positionOf } from "./key-history.ts"
import type { KeyVersion } from "./key-version.ts"
import type { MvccStore } from "./mvcc-store.ts"

/** The version before `change`; undefined if the key did not exist, or if no read can see it any more since a compaction. */
export function previousOf(store: MvccStore, change: KeyVersion): KeyVersion | undefined {
  const versions = store.past.get(change.text)?.versions ?? []
  let at = positionOf(versions, change.modRevision)
  // A nested transaction may have changed the key more than once in this revision.
  while (at < versions.length && versions[at]!.modRevision === change.modRevision && versions[at]!.sub < change.sub) at++
  const previous = versions[at - 1]
  if (previous === undefined || previous.isTombstone) return undefined
  return previous.modRevision >= store.compactRevision || change.modRevision > store.compactRevision ? previous : undefined
}
