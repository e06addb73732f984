/**
 * What never goes back: a server's term, also across restarts (Raft §5.1); its commit index and what it has applied, within one life (Figure 2,
 * "increases monotonically") and across restarts as far as the snapshot reaches; and its vote, which within one term is given once (§5.2).
 */

import type { Message, NodeId, Term } from "../../core/index.ts"
import type { Checker, NodeSummary, NodeView } from "./checker.ts"

/** What a server must remember on the disk that it runs on. */
interface Past {
  /** On another disk it is another server: what the old one promised it cannot know. */
  readonly incarnation: number
  /** The highest term in which it promised anything. A term that it only heard or thought of may be forgotten with the power. */
  readonly promisedTerm: Term
}

export const monotonic: Checker<Map<NodeId, Past>> = {
  name: "monotonic",
  rule: "term, commit index and applied index never go back, the term also across restarts, the others as far as the snapshot reaches",
  paper: "Raft §5.1, Figure 2",
  tla: null,
  watches: "servers",
  create: () => new Map(),
  clone: (pasts) => new Map(pasts),
  check(pasts, { node, before, sent }) {
    if (node === null) return null
    const { id, incarnation } = node
    const past = pasts.get(id)
    let promisedTerm = past?.incarnation === incarnation ? past.promisedTerm : 0
    const wrong = before === null ? findForgotten(node, promisedTerm) : findStepBack(node, before)
    if (wrong !== null) return wrong
    for (const message of sent) {
      if (message.term <= promisedTerm || !isPromise(message)) continue
      promisedTerm = message.term
      pasts.set(id, { incarnation, promisedTerm })
    }
    return null
  },
}

function findForgotten({ id, term, commitIndex, appliedIndex, snapshotIndex }: NodeView, promisedTerm: Term): string | null {
  if (term < promisedTerm) return `server ${id} came back with term ${term} after it had promised something in term ${promisedTerm}`
  // What was committed beyond the snapshot may have to be learned again.
  if (commitIndex < snapshotIndex)
    return `server ${id} came back with commit index ${commitIndex}, behind its snapshot through ${snapshotIndex}`
  if (appliedIndex < snapshotIndex)
    return `server ${id} came back with applied index ${appliedIndex}, behind its snapshot through ${snapshotIndex}`
  return null
}

function findStepBack(node: NodeView, before: NodeSummary): string | null {
  const { id, term, commitIndex, appliedIndex, votedFor } = node
  if (term < before.term) return `server ${id} went from term ${before.term} back to term ${term}`
  if (commitIndex < before.commitIndex) return `server ${id} took its commit index back from ${before.commitIndex} to ${commitIndex}`
  if (appliedIndex < before.appliedIndex) return `server ${id} went back from applied index ${before.appliedIndex} to ${appliedIndex}`
  const changedVote = term === before.term && before.votedFor !== null && votedFor !== before.votedFor
  return changedVote ? `server ${id} changed its vote in term ${term} from ${before.votedFor} to ${votedFor}` : null
}

/** A vote, an acknowledgement, or the word of a leader, which rests on its own vote. */
function isPromise(message: Message): boolean {
  if (message.kind === "appendEntries" || message.kind === "installSnapshot") return true
  if (message.kind === "requestVoteReply") return message.granted
  return message.kind === "appendEntriesReply" && message.success
}
