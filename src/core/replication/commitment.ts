/** When an entry is committed (Raft §5.3, §5.4.2): once a quorum has it on disk, and counted only in the leader's own term (Figure 8). */

import { entriesBetween, lastIndexOf, termAt } from "../log/log.ts"
import type { Ready } from "../outbox.ts"
import { quorumValue } from "../quorum/quorum.ts"
import { configurationOf, type Leader, type RaftState } from "../state.ts"
import type { LogIndex, NodeId } from "../types.ts"

/** Commits what a quorum has on disk, but only by counting entries of this term (Raft §5.4.2, Figure 8). */
export function maybeCommit(state: RaftState, out: Ready): void {
  const { role, log } = state
  if (role.kind !== "leader") return
  // Nothing is left to commit: no need to ask a quorum.
  if (state.commitIndex === lastIndexOf(log)) return
  const index = quorumValue(configurationOf(state), (voter) => matchIndexOf(state, role, voter))
  if (index <= state.commitIndex || termAt(log, index) !== state.term) return
  commitTo(state, out, index)
}

/** How far `voter`'s log is known to be durable; the leader's own as far as its disk says. */
export function matchIndexOf(state: RaftState, role: Leader, voter: NodeId): LogIndex {
  if (voter === state.options.id) return state.durability.persistedIndex
  return role.progress.get(voter)?.matchIndex ?? 0
}

/** Everything up to `index` is committed. */
export function commitTo(state: RaftState, out: Ready, index: LogIndex): void {
  const { role } = state
  const from = state.commitIndex + 1
  state.commitIndex = index
  if (role.kind === "leader") {
    for (const entry of entriesBetween(state.log, from, index)) role.uncommittedBytes -= entry.data.length
  }
  const inForce = configurationOf(state)
  if (inForce.index >= from && inForce.index <= index) {
    out.observations.push({ kind: "configurationCommitted", configuration: inForce })
  }
}
