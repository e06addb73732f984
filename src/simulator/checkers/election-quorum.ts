/**
 * A leader has the votes of a majority (Raft §5.2), of both lists of voters while its configuration is joint (§6); the votes of learners and of
 * strangers, which are given if asked for, count for nothing.
 *
 * Judged by the grants that really left, which are at least those that arrived, and by the candidate's own.
 */

import type { NodeId, Term } from "../../core/index.ts"
import type { Checker, NodeView } from "./checker.ts"

/** For each term and candidate, who granted. */
type Grants = Map<Term, ReadonlyMap<NodeId, ReadonlySet<NodeId>>>

export const electionQuorum: Checker<Grants> = {
  name: "election-quorum",
  rule: "a leader has the votes of a majority of the voters, of both lists while joint, and learners never count",
  paper: "Raft §5.2, §6; dissertation §4.2.1",
  tla: "BecomeLeader",
  watches: "servers",
  create: () => new Map(),
  clone: (grants) => new Map(grants),
  check(grants, { node, before, sent }) {
    if (node === null) return null
    for (const message of sent) {
      if (message.kind === "requestVoteReply" && message.granted) record(grants, message.term, message.to, node.id)
    }
    const becameLeader = node.role === "leader" && (before?.role !== "leader" || before.term !== node.term)
    return becameLeader ? findLackOfVotes(grants, node) : null
  },
}

function findLackOfVotes(grants: Grants, node: NodeView): string | null {
  const granted = grants.get(node.term)?.get(node.id)
  const { voters, votersOutgoing } = node.configuration
  for (const half of votersOutgoing.length > 0 ? [voters, votersOutgoing] : [voters]) {
    const votes = half.filter((id) => id === node.id || granted?.has(id) === true)
    if (votes.length * 2 > half.length) continue
    const who = votes.length === 0 ? "none" : `only ${votes.join(", ")}`
    return `server ${node.id} became leader of term ${node.term}, but of voters ${half.join(", ")} ${who} had voted for it`
  }
  return null
}

function record(grants: Grants, term: Term, candidate: NodeId, voter: NodeId): void {
  const known = grants.get(term)?.get(candidate)
  if (known?.has(voter) === true) return
  grants.set(term, new Map(grants.get(term)).set(candidate, new Set(known).add(voter)))
}
