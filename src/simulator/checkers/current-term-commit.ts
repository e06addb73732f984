/**
 * Committing by counting, Raft §5.4.2: a leader counts replicas only for entries of its own term; earlier ones commit along with them. Figure 8
 * shows what happens to one that counts an old entry: a later leader, rightly elected, overwrites it.
 *
 * And nobody but a leader counts: a server that is the first of all to commit an entry must have led.
 */

import type { LogIndex } from "../../core/index.ts"
import type { Checker } from "./checker.ts"
import { countedInTerm } from "./counted-commit.ts"

export const currentTermCommit: Checker<{ highest: LogIndex }> = {
  name: "current-term-commit",
  rule: "only a leader commits by counting, and only entries of its own term",
  paper: "Raft §5.4.2, Figure 8",
  tla: "AdvanceCommitIndex",
  watches: "servers",
  create: () => ({ highest: 0 }),
  clone: (state) => ({ ...state }),
  check(state, { node, before }) {
    if (node === null) return null
    const { commitIndex } = node
    const term = countedInTerm(node, before, state.highest)
    if (term !== null) {
      const entryTerm = commitIndex === node.base.index ? node.base.term : node.entry(commitIndex)?.term
      if (entryTerm !== term) return `leader ${node.id} of term ${term} committed entry ${commitIndex} of term ${entryTerm} by counting`
    } else if (commitIndex > state.highest) {
      return `server ${node.id} committed through ${commitIndex} without leading, and nobody had committed beyond ${state.highest}`
    }
    state.highest = Math.max(state.highest, commitIndex)
    return null
  },
}
