/**
 * Leadership transfer, dissertation §3.10: stop taking proposals, bring the target up to date, tell it to campaign now.
 *
 * Given up after one election timeout. From the first `TimeoutNow` on, this term's lease is void: the target's forced election need not wait
 * for anyone's promise, even if this leader has given up meanwhile.
 */

import { startElection } from "../election/election.ts"
import { canCampaign } from "../election/roles.ts"
import { lastIndexOf } from "../log/log.ts"
import type { RejectReason, TimeoutNow } from "../message.ts"
import type { Ready } from "../outbox.ts"
import { configurationOf, type Leader, type RaftState } from "../state.ts"
import type { Milliseconds, NodeId } from "../types.ts"

/** The server that leadership is being handed to, or why it is not. */
export type TransferResult =
  | { readonly ok: true; readonly to: NodeId }
  | { readonly ok: false; readonly reason: RejectReason; readonly message: string }

/** Begins to hand leadership to `to`, or, if null, to the voter that is furthest along. */
export function transferLeadership(state: RaftState, out: Ready, to: NodeId | null, now: Milliseconds): TransferResult {
  const { role } = state
  if (role.kind !== "leader") return { ok: false, reason: "notLeader", message: "only the leader can hand over leadership" }
  if (role.transfer !== null) {
    return { ok: false, reason: "transferring", message: `leadership is being handed to node ${role.transfer.to} already` }
  }
  const target = to ?? bestSuccessor(state, role)
  if (target === null) return { ok: false, reason: "unknownMember", message: "there is no other voter to hand leadership to" }
  if (target === state.options.id) return { ok: true, to: target }
  if (!configurationOf(state).voters.includes(target) || !role.progress.has(target)) {
    return { ok: false, reason: "unknownMember", message: `node ${target} is not a voter, so it cannot lead` }
  }
  role.transfer = { to: target, deadline: now + state.options.electionTimeoutMaxMs, sent: false }
  out.observations.push({ kind: "transferStarted", to: target })
  return { ok: true, to: target }
}

/** Sends `TimeoutNow` once the target has everything; gives up at the deadline. */
export function continueTransfer(state: RaftState, out: Ready, role: Leader, now: Milliseconds): void {
  const { transfer } = role
  if (transfer === null) return
  if (now >= transfer.deadline) {
    role.transfer = null
    out.observations.push({ kind: "transferEnded", to: transfer.to, because: "it did not take over within an election timeout" })
    return
  }
  const progress = role.progress.get(transfer.to)
  if (!transfer.sent && progress !== undefined && progress.matchIndex === lastIndexOf(state.log)) {
    transfer.sent = true
    sendTimeoutNow(state, out, role, transfer.to)
  }
}

export function sendTimeoutNow(state: RaftState, out: Ready, role: Leader, to: NodeId): void {
  role.leaseForfeited = true
  out.messages.push({ kind: "timeoutNow", from: state.options.id, to, term: state.term })
}

/**
 * Campaigns now, without PreVote, and with requests that voters answer even if they hear from a leader. A stale message, of an older term, has been
 * dropped by the term gate.
 */
export function onTimeoutNow(state: RaftState, out: Ready, message: TimeoutNow, now: Milliseconds): void {
  const isFromLeader = state.role.kind === "follower" && state.leaderId === message.from
  if (!isFromLeader || !canCampaign(state)) return
  startElection(state, out, now, `node ${message.from} handed leadership over`, true)
}

/** The other voter with the longest log that is known to be durable; of several, the one that was heard from last: one may be gone. */
export function bestSuccessor(state: RaftState, role: Leader): NodeId | null {
  let best: NodeId | null = null
  let bestMatch = -1
  let bestContactAt = -Infinity
  for (const voter of configurationOf(state).voters) {
    const { matchIndex = -1, lastContactAt = -Infinity } = role.progress.get(voter) ?? {}
    const isBetter = matchIndex > bestMatch || (matchIndex === bestMatch && lastContactAt > bestContactAt)
    if (voter === state.options.id || !isBetter) continue
    best = voter
    bestMatch = matchIndex
    bestContactAt = lastContactAt
  }
  return best
}
