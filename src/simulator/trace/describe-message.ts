/** Messages in words: a few for the shaft of an arrow, or a sentence. */

import type { AppendEntries, Message, NodeId } from "../../core/index.ts"

/** `vote? t4`, `append 5–6`, `ack 6`: short enough for an arrow. */
export function labelOf(message: Message): string {
  const { term } = message
  switch (message.kind) {
    case "preVote":
      return `pre-vote? t${term}`
    case "preVoteReply":
      return message.granted ? `would vote t${term}` : `would not vote t${term}`
    case "requestVote":
      return message.force ? `vote now? t${term}` : `vote? t${term}`
    case "requestVoteReply":
      return message.granted ? `vote t${term}` : `no vote t${term}`
    case "appendEntries":
      return message.entries.length > 0
        ? `append ${rangeOf(message)}`
        : isCommitNotice(message)
          ? `commit ${message.leaderCommit}`
          : "heartbeat"
    case "appendEntriesReply":
      return message.success ? `ack ${message.index}` : `no match ${message.index}`
    case "installSnapshot":
      return `snapshot ${message.snapshot.lastIndex} ${percent(message.offset + message.data.length, message.sizeBytes)}`
    case "installSnapshotReply":
      return message.done ? `has snapshot ${message.lastIndex}` : `snapshot ${message.lastIndex} next`
    case "timeoutNow":
      return "campaign now"
    case "readIndex":
      return "read index?"
    case "readIndexReply":
      return message.readIndex === null ? "no read index" : `read index ${message.readIndex}`
    case "forwardProposals":
      return `forward ${message.proposals.length}`
    case "forwardProposalsReply":
      return message.reason === "repeated" ? "has forward" : `refuse ${message.rejected.length}`
    default:
      return message satisfies never
  }
}

/** The message as a sentence without its sender: "asks S2 for its vote in term 4; its last entry is (term 3, index 7)". */
export function describeMessage(message: Message): string {
  const to = nameOf(message.to)
  const { term } = message
  switch (message.kind) {
    case "preVote":
      return `asks ${to} whether it would vote for it in term ${term}; its last entry is ${position(message.lastLogTerm, message.lastLogIndex)}`
    case "preVoteReply":
      return message.granted ? `would vote for ${to} in term ${term}` : `would not vote for ${to}; its term is ${term}`
    case "requestVote":
      return `asks ${to} for its vote in term ${term}; its last entry is ${position(message.lastLogTerm, message.lastLogIndex)}`
    case "requestVoteReply":
      return message.granted ? `votes for ${to} in term ${term}` : `refuses ${to} its vote; its term is ${term}`
    case "appendEntries": {
      const { prevLogIndex, prevLogTerm, leaderCommit } = message
      const after = `behind ${position(prevLogTerm, prevLogIndex)}, committed ${leaderCommit}`
      if (message.entries.length > 0) return `sends ${to} entries ${rangeOf(message)} ${after}`
      return isCommitNotice(message) ? `tells ${to} that ${leaderCommit} is committed` : `tells ${to} that it leads term ${term}, ${after}`
    }
    case "appendEntriesReply":
      if (message.success) return `tells ${to} that it has everything up to ${message.index}`
      return `tells ${to} that nothing of it fits at ${message.index}; the logs may agree up to ${position(message.hintTerm, message.hintIndex)}`
    case "installSnapshot": {
      const { snapshot, offset, data, sizeBytes } = message
      return `sends ${to} bytes ${offset} to ${offset + data.length} of ${sizeBytes} of its snapshot through ${snapshot.lastIndex}`
    }
    case "installSnapshotReply":
      if (message.done) return `tells ${to} that it has the snapshot through ${message.lastIndex}`
      return `asks ${to} for byte ${message.nextOffset} of its snapshot through ${message.lastIndex}`
    case "timeoutNow":
      return `tells ${to} to campaign now`
    case "readIndex":
      return `asks ${to} for an index to read at`
    case "readIndexReply":
      return message.readIndex === null ? `cannot give ${to} an index to read at` : `lets ${to} read at index ${message.readIndex}`
    case "forwardProposals":
      return `forwards ${countOf(message.proposals.length, "command")} to ${to}`
    case "forwardProposalsReply":
      if (message.reason === "repeated") return `tells ${to} that it has decided on that forwarded message before`
      return `refuses ${countOf(message.rejected.length, "forwarded command")} of ${to}: ${message.reason}`
    default:
      return message satisfies never
  }
}

export function nameOf(id: NodeId): string {
  return `S${id}`
}

/** `(term 3, index 7)`, or the place before the log. */
export function position(term: number, index: number): string {
  return index === 0 ? "the beginning" : `(term ${term}, index ${index})`
}

export function countOf(amount: number, what: string): string {
  return amount === 1 ? `a ${what}` : `${amount} ${what}s`
}

/** `5` or `5–7`. */
export function rangeOf({ prevLogIndex, entries }: AppendEntries): string {
  const first = prevLogIndex + 1
  return entries.length === 1 ? String(first) : `${first}–${prevLogIndex + entries.length}`
}

/** An append without entries that names no round: nobody answers it unless it does not fit. */
export function isCommitNotice({ entries, round }: AppendEntries): boolean {
  return entries.length === 0 && round === 0
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part * 100) / whole)} %`
}
