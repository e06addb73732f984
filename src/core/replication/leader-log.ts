/** What a leader appends to its own log, and how much of it is not committed. */

import { invariant } from "../invariants/invariant.ts"
import { appendEntry, entriesBetween, lastIndexOf } from "../log/log.ts"
import type { RaftState } from "../state.ts"
import type { Configuration, EntryKind, LogIndex, RecordSlot } from "../types.ts"

/** Appends entries of this term to the leader's own log. Returns the first one's index. `encoded`: the slot of each entry. */
export function appendAsLeader(
  state: RaftState,
  kind: EntryKind,
  payloads: readonly Uint8Array[],
  configuration: Configuration | null = null,
  encoded: RecordSlot | null = null,
): LogIndex {
  const { role, term, log } = state
  invariant(role.kind === "leader", "only a leader appends entries of its own", { role: role.kind })
  const first = lastIndexOf(log) + 1
  let index = first
  for (const data of payloads) {
    appendEntry(log, { index, term, kind, data, configuration, encoded })
    role.uncommittedBytes += data.length
    index += 1
  }
  return first
}

/** Bytes of the entries that are in the log but not committed. */
export function uncommittedBytesOf(state: RaftState): number {
  let bytes = 0
  for (const entry of entriesBetween(state.log, state.commitIndex + 1, lastIndexOf(state.log))) bytes += entry.data.length
  return bytes
}
