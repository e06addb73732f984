/**
 * Votes and terms are on disk before any answer that rests on them leaves (Raft Figure 2: "updated on stable storage before responding to RPCs"): a
 * server that forgot either in a crash could vote twice, or follow a leader that it has left behind.
 *
 * Checked against the disk itself: what recovery would find if power failed at this very moment. Grants are few and all are checked; of the
 * other answers, whose term must be on disk too, a sample is.
 */

import type { Message, NodeId, Term } from "../../core/index.ts"
import type { Checker, DurableView } from "./checker.ts"

/** The answers of one step of so many are checked. */
const sampleEvery = 128

export const durablePromises: Checker<null> = {
  name: "durable-promises",
  rule: "a vote, and the term of any answer, is on disk before the answer leaves",
  paper: "Raft §5.1, Figure 2 (persistent state)",
  tla: null,
  watches: "servers",
  create: () => null,
  clone: () => null,
  check(_, { node, before, sent, sample, durable }) {
    if (node === null) return null
    const becameLeader = node.role === "leader" && (before?.role !== "leader" || before.term !== node.term)
    const isPromising = becameLeader || sent.some(isGrant) || (sent.some(isAnswer) && sample() % sampleEvery === 0)
    if (!isPromising) return null
    const disk = durable(node.id)
    if (disk === null) return `server ${node.id} promised something while its disk could not be read back`
    if (becameLeader && !isVoteDurable(disk, node.term, node.id))
      return `server ${node.id} became leader of term ${node.term} with its own vote not on disk`
    for (const message of sent) {
      if (isGrant(message) && !isVoteDurable(disk, message.term, message.to)) {
        return `server ${node.id} granted its vote of term ${message.term} to ${message.to} before it was on disk (there: term ${disk.term}, vote ${disk.votedFor})`
      }
      if (isAnswer(message) && disk.term < message.term)
        return `server ${node.id} answered with ${message.kind} in term ${message.term}, with term ${disk.term} on disk`
    }
    return null
  },
}

function isVoteDurable(disk: DurableView, term: Term, candidate: NodeId): boolean {
  return disk.term > term || (disk.term === term && disk.votedFor === candidate)
}

function isGrant(message: Message): boolean {
  return message.kind === "requestVoteReply" && message.granted
}

/** A granted pre-vote promises nothing and carries another's term. */
function isAnswer(message: Message): boolean {
  const { kind } = message
  return kind === "requestVoteReply" || kind === "appendEntriesReply" || (kind === "preVoteReply" && !message.granted)
}
