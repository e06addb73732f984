/**
 * What never goes back: a server's term, also across restarts (Raft §5.1); its commit index and what it has applied, within one life
 * (Figure 2, "increases monotonically"); and its vote, which within one term is given once (§5.2).
 */

import type { Message, NodeId, Term } from "../../core/index.ts"
import type { Checker } from "./checker.ts"

/**
 * The highest term in which a server promised anything: that one it must remember. A term that it only heard or thought of may be forgotten
 * with the power.
 */
type PromisedTerms = Map<NodeId, { readonly term: Term; readonly incarnation: number }>

export const monotonic: Checker<PromisedTerms> = {
  name: "monotonic",
  rule: "term, commit index and applied index never go back, the term also across restarts",
  paper: "Raft §5.1, Figure 2",
  tla: null,
  create: () => new Map(),
  clone: (promised) => new Map(promised),
  check(promised, { node, before, sent }) {
    if (node === null) return null
    // On another disk it is another server: what the old one promised it cannot know.
    const known = promised.get(node.id)
    let promisedTerm = known?.incarnation === node.incarnation ? known.term : 0
    if (before === null && node.term < promisedTerm)
      return `server ${node.id} came back with term ${node.term} after it had promised something in term ${promisedTerm}`
    for (const message of sent) {
      if (!isPromise(message) || message.term <= promisedTerm) continue
      promisedTerm = message.term
      promised.set(node.id, { term: promisedTerm, incarnation: node.incarnation })
    }
    if (before === null) return null
    if (node.term < before.term) return `server ${node.id} went from term ${before.term} back to term ${node.term}`
    if (node.commitIndex < before.commitIndex)
      return `server ${node.id} took its commit index back from ${before.commitIndex} to ${node.commitIndex}`
    if (node.appliedIndex < before.appliedIndex)
      return `server ${node.id} went back from applied index ${before.appliedIndex} to ${node.appliedIndex}`
    const changedVote = node.term === before.term && before.votedFor !== null && node.votedFor !== before.votedFor
    if (changedVote) return `server ${node.id} changed its vote in term ${node.term} from ${before.votedFor} to ${node.votedFor}`
    return null
  },
}

/** A vote, an acknowledgement, or the word of a leader, which rests on its own vote. */
function isPromise(message: Message): boolean {
  if (message.kind === "appendEntries" || message.kind === "installSnapshot") return true
  if (message.kind === "requestVoteReply") return message.granted
  return message.kind === "appendEntriesReply" && message.success
}
