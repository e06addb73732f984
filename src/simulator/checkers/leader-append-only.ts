/**
 * Leader Append-Only, Raft §5.3 and Figure 3: a leader never overwrites or deletes entries in its log; it only appends new ones.
 *
 * Compaction is no deletion: the snapshot stands for what it takes away.
 */

import type { Checker } from "./checker.ts"

export const leaderAppendOnly: Checker<null> = {
  name: "leader-append-only",
  rule: "a leader never overwrites or deletes entries in its log; it only appends new ones",
  paper: "Raft §5.3, Figure 3 (Leader Append-Only)",
  tla: "ElectionSafetyInv",
  watches: "servers",
  create: () => null,
  clone: () => null,
  check(_, { node, before, changedFrom }) {
    if (node === null || before === null) return null
    const stillLeads = node.role === "leader" && before.role === "leader" && node.term === before.term
    if (!stillLeads || changedFrom > before.lastIndex) return null
    return node.lastIndex < before.lastIndex
      ? `leader ${node.id} of term ${node.term} deleted entries ${node.lastIndex + 1} to ${before.lastIndex} of its own log`
      : `leader ${node.id} of term ${node.term} overwrote entry ${changedFrom} of its own log`
  },
}
