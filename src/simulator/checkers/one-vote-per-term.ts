/**
 * A server votes for at most one candidate in a given term, Raft §5.2; it must know so after a restart too, which is why votes are
 * persistent (Figure 2). Judged by the grants that really left, and by the vote that a leader must have given itself.
 */

import type { NodeId, Term } from "../../core/index.ts"
import type { Checker } from "./checker.ts"

/** For each term, who voted for whom. */
type Votes = Map<Term, ReadonlyMap<NodeId, NodeId>>

export const oneVotePerTerm: Checker<Votes> = {
  name: "one-vote-per-term",
  rule: "a server grants at most one vote in a given term, also across restarts",
  paper: "Raft §5.2, Figure 2",
  tla: "HandleRequestVoteRequest",
  watches: "servers",
  create: () => new Map(),
  clone: (votes) => new Map(votes),
  check(votes, { node, before, sent }) {
    if (node === null) return null
    const becameLeader = node.role === "leader" && (before?.role !== "leader" || before.term !== node.term)
    if (becameLeader) {
      const conflict = record(votes, node.term, node.id, node.id)
      if (conflict !== null) return conflict
    }
    for (const message of sent) {
      if (message.kind !== "requestVoteReply" || !message.granted) continue
      const conflict = record(votes, message.term, node.id, message.to)
      if (conflict !== null) return conflict
    }
    return null
  },
}

function record(votes: Votes, term: Term, voter: NodeId, candidate: NodeId): string | null {
  const known = votes.get(term)?.get(voter)
  if (known === candidate) return null
  if (known !== undefined) return `server ${voter} voted for ${known} and for ${candidate} in term ${term}`
  votes.set(term, new Map(votes.get(term)).set(voter, candidate))
  return null
}
