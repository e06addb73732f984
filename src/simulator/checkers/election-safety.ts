/**
 * Election Safety, Raft §5.2 and Figure 3: at most one leader can be elected in a given term.
 *
 * Over the whole run, not only at one moment: a leader that crashed may not lead the same term again, since its second election would
 * need votes that were given already. And nobody else may speak as the leader of a term: followers believe any server that does.
 */

import type { Message, NodeId, Term } from "../../core/index.ts"
import type { Checker } from "./checker.ts"

interface Leadership {
  readonly id: NodeId
  readonly life: number
}

export const electionSafety: Checker<Map<Term, Leadership>> = {
  name: "election-safety",
  rule: "at most one leader can be elected in a given term",
  paper: "Raft §5.2, Figure 3 (Election Safety)",
  tla: "MoreThanOneLeaderInv",
  watches: "servers",
  create: () => new Map(),
  clone: (leaders) => new Map(leaders),
  check(leaders, { node, sent }) {
    if (node === null) return null
    if (node.role === "leader") {
      const known = leaders.get(node.term)
      if (known === undefined) leaders.set(node.term, { id: node.id, life: node.life })
      else if (known.id !== node.id) return `servers ${known.id} and ${node.id} both lead term ${node.term}`
      else if (known.life !== node.life) return `server ${node.id} leads term ${node.term} again after a restart`
    }
    for (const message of sent) {
      if (!isWordOfLeader(message) || leaders.get(message.term)?.id === node.id) continue
      return `server ${node.id} sent ${message.kind} in term ${message.term}, which it does not lead`
    }
    return null
  },
}

function isWordOfLeader(message: Message): boolean {
  return message.kind === "appendEntries" || message.kind === "installSnapshot" || message.kind === "timeoutNow"
}
