/**
 * Election Safety, Raft §5.2 and Figure 3: at most one leader can be elected in a given term.
 *
 * Over the whole run, not only at one moment: a leader that crashed may not lead the same term again, since its second election would
 * need votes that were given already.
 */

import type { NodeId, Term } from "../../core/index.ts"
import type { Checker } from "./checker.ts"

interface Leadership {
  readonly id: NodeId
  readonly life: number
}

export const electionSafety: Checker<Map<Term, Leadership>> = {
  name: "election-safety",
  rule: "at most one leader can be elected in a given term",
  paper: "Raft §5.2, Figure 3 (Election Safety)",
  tla: "ElectionSafetyInv",
  create: () => new Map(),
  clone: (leaders) => new Map(leaders),
  check(leaders, { node }) {
    if (node === null || node.role !== "leader") return null
    const known = leaders.get(node.term)
    if (known === undefined) {
      leaders.set(node.term, { id: node.id, life: node.life })
      return null
    }
    if (known.id !== node.id) return `servers ${known.id} and ${node.id} both lead term ${node.term}`
    if (known.life !== node.life) return `server ${node.id} leads term ${node.term} again after a restart`
    return null
  },
}
