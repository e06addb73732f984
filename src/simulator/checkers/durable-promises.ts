/**
 * Votes and acknowledgements are promises, and a promise leaves only after what it promises is on disk (Raft Figure 2: "updated on stable
 * storage before responding to RPCs"). Checked against the disk itself: what recovery would find if power failed at this very moment.
 *
 * Grants are few and all are checked; acknowledgements are many and a sample is.
 */

import type { Message } from "../../core/index.ts"
import type { Checker, DurableView, NodeView } from "./checker.ts"

/** One acknowledgement of so many is checked. */
const sampleEvery = 32

export const durablePromises: Checker<null> = {
  name: "durable-promises",
  rule: "a vote or an acknowledgement is on disk before it leaves",
  paper: "Raft §5.1, Figure 2 (persistent state)",
  tla: null,
  create: () => null,
  clone: () => null,
  check(_, { node, before, sent, sample, durable }) {
    if (node === null) return null
    const becameLeader = node.role === "leader" && (before?.role !== "leader" || before.term !== node.term)
    const promises = sent.filter((message) => isGrant(message) || (isAcknowledgement(message) && sample % sampleEvery === 0))
    if (promises.length === 0 && !becameLeader) return null
    const disk = durable(node.id)
    if (disk === null) return `server ${node.id} promised something while its disk could not be read back`
    if (becameLeader && !hasVote(disk, node.term, node.id))
      return `server ${node.id} became leader of term ${node.term} with its own vote not on disk`
    for (const message of promises) {
      const broken = explainBroken(node, disk, message)
      if (broken !== null) return broken
    }
    return null
  },
}

function explainBroken(node: NodeView, disk: DurableView, message: Message): string | null {
  if (isGrant(message)) {
    if (hasVote(disk, message.term, message.to)) return null
    return `server ${node.id} granted its vote of term ${message.term} to ${message.to} before it was on disk (there: term ${disk.term}, vote ${disk.votedFor})`
  }
  if (!isAcknowledgement(message)) return null
  if (disk.term < message.term) return `server ${node.id} acknowledged entries in term ${message.term} with term ${disk.term} on disk`
  if (message.index <= disk.snapshotIndex) return null
  if (message.index > disk.lastIndex) {
    return `server ${node.id} acknowledged entry ${message.index} while its disk ended at ${disk.lastIndex}`
  }
  const expected = node.entry(message.index)?.term
  const actual = disk.termAt(message.index)
  const comparable = node.term === message.term && expected !== undefined && actual !== null
  if (comparable && actual !== expected) {
    return `server ${node.id} acknowledged entry ${message.index} of term ${expected} with term ${actual} on disk there`
  }
  return null
}

function hasVote(disk: DurableView, term: number, candidate: number): boolean {
  return disk.term > term || (disk.term === term && disk.votedFor === candidate)
}

function isGrant(message: Message): message is Message & { kind: "requestVoteReply" } {
  return message.kind === "requestVoteReply" && message.granted
}

function isAcknowledgement(message: Message): message is Message & { kind: "appendEntriesReply" } {
  return message.kind === "appendEntriesReply" && message.success
}
