/**
 * Leader Completeness, Raft §5.4 and Figure 3: if an entry is committed in a given term, it is present in the logs of the leaders of all
 * higher-numbered terms.
 *
 * The term in which an entry was committed is that of the server seen committing it first: its leader, since nobody else can know sooner.
 */

import type { LogIndex, Term } from "../../core/index.ts"
import { SharedList } from "../ground/shared-list.ts"
import type { Checker, NodeView } from "./checker.ts"

interface Committed {
  readonly term: Term
  /** The term in which it was committed. */
  readonly inTerm: Term
}

interface State {
  /** Position n holds what was committed at index n + 1. */
  readonly committed: SharedList<Committed | null>
}

export const leaderCompleteness: Checker<State> = {
  name: "leader-completeness",
  rule: "an entry committed in a term is present in the logs of the leaders of all higher terms",
  paper: "Raft §5.4, Figure 3 (Leader Completeness)",
  tla: "LeaderCompletenessInv",
  watches: "servers",
  create: () => ({ committed: new SharedList() }),
  clone: ({ committed }) => ({ committed: committed.clone() }),
  check({ committed }, { node, before, nodes }) {
    if (node === null) return null
    const from = committed.length + 1
    for (let index = from; index <= node.commitIndex; index++) {
      const entry = node.entry(index)
      // Below its base a server cannot be the first to commit; if it were, State Machine Safety says so.
      committed.push(entry === undefined ? null : { term: entry.term, inTerm: node.term })
    }
    const becameLeader = node.role === "leader" && (before === null || before.role !== "leader" || before.term !== node.term)
    const missing = becameLeader ? firstMissing(committed, node, 1) : null
    if (missing !== null || committed.length < from) return missing
    for (const other of nodes) {
      if (other.role !== "leader") continue
      const late = firstMissing(committed, other, from)
      if (late !== null) return late
    }
    return null
  },
}

function firstMissing(committed: SharedList<Committed | null>, leader: NodeView, from: LogIndex): string | null {
  for (let index = Math.max(from, leader.base.index); index <= committed.length; index++) {
    const expected = committed.at(index - 1)
    if (expected === undefined || expected === null || expected.inTerm >= leader.term) continue
    const actual = index === leader.base.index ? leader.base.term : leader.entry(index)?.term
    if (actual === expected.term) continue
    const found = actual === undefined ? "has nothing" : `has term ${actual}`
    return `leader ${leader.id} of term ${leader.term} ${found} at index ${index}, where term ${expected.term} was committed in term ${expected.inTerm}`
  }
  return null
}
