/**
 * One message in: the rules for all servers (Raft Figure 2), then the rule for its kind.
 *
 * The term gate comes first, for every message alike. A higher term is adopted, also from a message that is then refused. A lower one is answered
 * with the own term where silence would leave its sender stuck, and dropped elsewhere. Nothing that arrives here makes a server throw, unless
 * the sender itself has broken Raft's promises.
 */

import { hasRecentLeader, onPreVote, onPreVoteReply, onRequestVote, onRequestVoteReply } from "./election/election.ts"
import { becomeFollower } from "./election/roles.ts"
import { invariant } from "./invariants/invariant.ts"
import { onTimeoutNow } from "./membership/transfer.ts"
import type { Message } from "./message.ts"
import { sendAfterVote, type Ready } from "./outbox.ts"
import { onReadIndex, onReadIndexReply } from "./replication/read.ts"
import { onAppendEntries, onAppendEntriesReply } from "./replication/replication.ts"
import { onInstallSnapshot, onInstallSnapshotReply } from "./replication/snapshot.ts"
import type { RaftState } from "./state.ts"
import type { Milliseconds, NodeId } from "./types.ts"

/** Lets `message` act on `state`. */
export function receive(state: RaftState, out: Ready, message: Message, now: Milliseconds): void {
  if (message.to !== state.options.id) return
  if (!passTermGate(state, out, message, now)) return
  switch (message.kind) {
    case "preVote":
      return onPreVote(state, out, message, now)
    case "preVoteReply":
      return onPreVoteReply(state, out, message, now)
    case "requestVote":
      return onRequestVote(state, out, message, now)
    case "requestVoteReply":
      return onRequestVoteReply(state, out, message, now)
    case "appendEntries":
      hearFromLeader(state, out, message.from, now)
      return onAppendEntries(state, out, message, now)
    case "appendEntriesReply":
      return onAppendEntriesReply(state, out, message, now)
    case "installSnapshot":
      hearFromLeader(state, out, message.from, now)
      return onInstallSnapshot(state, out, message, now)
    case "installSnapshotReply":
      return onInstallSnapshotReply(state, out, message, now)
    case "timeoutNow":
      return onTimeoutNow(state, out, message, now)
    case "readIndex":
      return onReadIndex(state, out, message)
    case "readIndexReply":
      return onReadIndexReply(out, message)
    case "forwardProposals":
      out.forwarded.push(message)
      return
    case "forwardProposalsReply":
      out.forwardRejections.push(message)
      return
    default:
      message satisfies never
  }
}

/** Raft §5.1. Whether `message` may go on to its rule. */
function passTermGate(state: RaftState, out: Ready, message: Message, now: Milliseconds): boolean {
  if (message.term > state.term) return onHigherTerm(state, out, message, now)
  if (message.term < state.term) return onLowerTerm(state, out, message)
  return true
}

function onHigherTerm(state: RaftState, out: Ready, message: Message, now: Milliseconds): boolean {
  // A pre-vote and its grant speak of a term that nobody is in yet.
  if (message.kind === "preVote" || (message.kind === "preVoteReply" && message.granted)) return true
  // A voter that heard from a leader recently ignores candidates: a server that lost touch must not disrupt a working leader (dissertation §4.2.3).
  if (message.kind === "requestVote" && !message.force && hasRecentLeader(state, now)) return false
  const leader = message.kind === "appendEntries" || message.kind === "installSnapshot" ? message.from : null
  becomeFollower(state, out, message.term, leader, now, `node ${message.from} is in term ${message.term}`)
  if (leader !== null) out.observations.push({ kind: "leaderKnown", term: state.term, leader })
  return true
}

function onLowerTerm(state: RaftState, out: Ready, message: Message): boolean {
  const reply = { from: state.options.id, to: message.from, term: state.term }
  switch (message.kind) {
    case "preVote":
      sendAfterVote(state, out, { kind: "preVoteReply", ...reply, granted: false })
      return false
    case "requestVote":
      sendAfterVote(state, out, { kind: "requestVoteReply", ...reply, granted: false })
      return false
    case "appendEntries":
      sendAfterVote(state, out, {
        kind: "appendEntriesReply",
        ...reply,
        success: false,
        index: message.prevLogIndex,
        hintIndex: 0,
        hintTerm: 0,
        round: 0,
      })
      return false
    case "installSnapshot":
      sendAfterVote(state, out, {
        kind: "installSnapshotReply",
        ...reply,
        lastIndex: message.snapshot.lastIndex,
        nextOffset: 0,
        done: false,
      })
      return false
    // These ask for something that any leader may give, or tell what stays true: their term does not matter.
    case "readIndex":
    case "forwardProposals":
    case "forwardProposalsReply":
      return true
    case "preVoteReply":
    case "requestVoteReply":
    case "appendEntriesReply":
    case "installSnapshotReply":
    case "timeoutNow":
    case "readIndexReply":
      return false
    default:
      return message satisfies never
  }
}

/** Word from the leader of this term (the gate saw to that): follow it, whatever this server was about to do. */
function hearFromLeader(state: RaftState, out: Ready, leader: NodeId, now: Milliseconds): void {
  // Of every append: their details are put together only when they are broken.
  if (state.role.kind === "leader") {
    invariant(false, "two leaders in one term", { term: state.term, self: state.options.id, other: leader })
  }
  if (state.leaderId !== null && state.leaderId !== leader) {
    invariant(false, "two leaders in one term", { term: state.term, known: state.leaderId, other: leader })
  }
  state.leaderContactAt = now
  if (state.role.kind !== "follower") becomeFollower(state, out, state.term, leader, now, `node ${leader} leads term ${state.term}`)
  if (state.leaderId === leader) return
  state.leaderId = leader
  out.observations.push({ kind: "leaderKnown", term: state.term, leader })
}
