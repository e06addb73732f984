/** What a change replaced: watchers may ask for it (etcd's `prev_kv`). */

import { firstRowOf } from "./history.ts"
import type { MvccStore } from "./mvcc-store.ts"
import { type Location, nowhere } from "./segments.ts"

/** The version before a change; `nowhere` if the key did not exist, or if no read can see it any more since a compaction. */
export function previousOf(store: MvccStore, modRevision: number, sub: number): Location {
  const { records, changes, compactRevision } = store
  if (modRevision < compactRevision) return nowhere
  const row = firstRowOf(store, modRevision) + sub
  if (row >= changes.end) return nowhere
  const previous = changes.replacedBy(row)
  if (previous === nowhere || records.isTombstone(previous)) return nowhere
  return records.modRevision(previous) >= compactRevision || modRevision > compactRevision ? previous : nowhere
}
