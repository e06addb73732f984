/**
 * What must hold between any two moments of one server, checked after every input in a few comparisons.
 *
 * Raft Figure 2 and §5.4: terms and commits never go back, a vote is never changed within its term, nothing beyond the log is committed,
 * and nothing counts as durable that the log does not hold.
 */

import { lastIndexOf } from "../log/log.ts"
import type { RaftState } from "../state.ts"
import type { LogIndex, NodeId, Term } from "../types.ts"
import { invariant } from "./invariant.ts"

/** What the last check saw: the past to compare with. */
export interface Witness {
  term: Term
  votedFor: NodeId | null
  commitIndex: LogIndex
}

/** Compares `state` with what `state.witness` saw last, and remembers it. */
export function checkStep(state: RaftState): void {
  const { witness, durability } = state
  invariant(state.term >= witness.term, "the term went backwards", { from: witness.term, to: state.term })
  invariant(
    state.term > witness.term || witness.votedFor === null || state.votedFor === witness.votedFor,
    "a vote was changed within its term",
    { term: state.term, from: witness.votedFor, to: state.votedFor },
  )
  invariant(state.commitIndex >= witness.commitIndex, "the commit index went backwards", {
    from: witness.commitIndex,
    to: state.commitIndex,
  })
  const lastIndex = lastIndexOf(state.log)
  invariant(state.commitIndex <= lastIndex, "committed beyond the end of the log", { commitIndex: state.commitIndex, lastIndex })
  invariant(durability.persistedIndex <= durability.requestedIndex, "durable before it was written", {
    ...durability,
    inflight: 0,
    promises: 0,
  })
  invariant(durability.requestedIndex <= lastIndex, "written beyond the end of the log", {
    requestedIndex: durability.requestedIndex,
    lastIndex,
  })
  invariant(state.role.kind !== "leader" || state.leaderId === state.options.id, "a leader that follows another", {
    leaderId: state.leaderId,
  })
  witness.term = state.term
  witness.votedFor = state.votedFor
  witness.commitIndex = state.commitIndex
}
