/**
 * What must hold between any two moments of one server, checked after every input in a few comparisons.
 *
 * Raft Figure 2 and §5.4: terms and commits never go back, a vote is never changed within its term, nothing beyond the log is committed,
 * and nothing counts as durable that the log does not hold.
 */

import { lastIndexOf } from "../log/log.ts"
import type { RaftState } from "../state.ts"
import type { LogIndex, NodeId, Term } from "../types.ts"
import { invariant, InvariantError } from "./invariant.ts"

/** What the last check saw: the past to compare with. */
export interface Witness {
  term: Term
  votedFor: NodeId | null
  commitIndex: LogIndex
}

/** Compares `state` with what `state.witness` saw last, and remembers it. */
export function checkStep(state: RaftState): void {
  const { witness, durability, role } = state
  const lastIndex = lastIndexOf(state.log)
  const holds =
    state.term >= witness.term &&
    (state.term > witness.term || witness.votedFor === null || state.votedFor === witness.votedFor) &&
    state.commitIndex >= witness.commitIndex &&
    state.commitIndex <= lastIndex &&
    durability.persistedIndex <= durability.requestedIndex &&
    durability.requestedIndex <= lastIndex &&
    (role.kind !== "leader" || state.leaderId === state.options.id)
  if (!holds) explain(state, lastIndex)
  witness.term = state.term
  witness.votedFor = state.votedFor
  witness.commitIndex = state.commitIndex
}

/** The same facts one by one, in words. Apart, because this runs once in a lifetime and `checkStep` at every step. */
function explain(state: RaftState, lastIndex: LogIndex): never {
  const { witness, commitIndex, term, votedFor, leaderId } = state
  const { persistedIndex, requestedIndex } = state.durability
  invariant(term >= witness.term, "the term went backwards", { from: witness.term, to: term })
  const changedVote = term === witness.term && witness.votedFor !== null && votedFor !== witness.votedFor
  invariant(!changedVote, "a vote was changed within its term", { term, from: witness.votedFor, to: votedFor })
  invariant(commitIndex >= witness.commitIndex, "the commit index went backwards", { from: witness.commitIndex, to: commitIndex })
  invariant(commitIndex <= lastIndex, "committed beyond the end of the log", { commitIndex, lastIndex })
  invariant(persistedIndex <= requestedIndex, "durable before it was written", { persistedIndex, requestedIndex })
  invariant(requestedIndex <= lastIndex, "written beyond the end of the log", { requestedIndex, lastIndex })
  throw new InvariantError("a leader that follows another", { leaderId })
}
