/**
 * Proposals on their way to the leader: repeated until there is word of them, and given up after `timeoutMs` (dissertation §6.2).
 *
 * Acceptance has no answer of its own, so a message that was lost with its connection looks like one that waits to be committed. A server that hears
 * nothing for an election timeout, or loses the connection, sends the very same message again, to the same leader in the same term: that one
 * decides on each message once (`forward-filter.ts`) and answers a repetition. From then on only the log can tell, and does: an entry of that
 * term, or an entry of a later term where it would have to be (`rejectReplaced`). Nothing of an earlier term is ever sent to a later leader.
 */

import type { ForwardProposals, Milliseconds, NodeId, Term } from "../../core/index.ts"
import type { Effects } from "../effect.ts"
import type { ReplicaState } from "../replica-state.ts"
import { abandonForwarded, isForwarded, type Proposals } from "./proposals.ts"

/** A message without word from its leader. */
interface Outstanding {
  readonly message: ForwardProposals
  readonly expiresAt: Milliseconds
  repeatAt: Milliseconds
}

export interface Forwarding {
  /** Without word for this long, a message is sent again: an election timeout. */
  readonly repeatMs: Milliseconds
  /** The same after the connection broke: a heartbeat interval, in which there may be another one. */
  readonly reconnectMs: Milliseconds
  /** Without word for this long, what is in a message ends as unknown. */
  readonly timeoutMs: Milliseconds
  /** Bytes repeated in one step: the rest follows a heartbeat interval later, so that repetitions do not crowd out what is new. */
  readonly repeatBytesMax: number
  /** In the order in which they were first sent. */
  outstanding: Outstanding[]
  /** No message is due earlier. */
  nextAt: Milliseconds
}

export function createForwarding(
  repeatMs: Milliseconds,
  reconnectMs: Milliseconds,
  timeoutMs: Milliseconds,
  repeatBytesMax: number,
): Forwarding {
  return { repeatMs, reconnectMs, timeoutMs, repeatBytesMax, outstanding: [], nextAt: Infinity }
}

export function cloneForwarding(forwarding: Forwarding): Forwarding {
  return { ...forwarding, outstanding: forwarding.outstanding.map((one) => ({ ...one })) }
}

/** For the hash of a replica: what decides how it goes on. */
export function describeForwarding({ outstanding, nextAt }: Forwarding): unknown {
  return [nextAt, outstanding.map(({ message, expiresAt, repeatAt }) => [firstOf(message), expiresAt, repeatAt])]
}

/** When `repeatForwarded` has something to do, or may have. */
export function forwardingDeadline(forwarding: Forwarding, proposals: Proposals): Milliseconds {
  return proposals.forwardedCount === 0 ? Infinity : forwarding.nextAt
}

/** The message leaves for the first time. */
export function noteForwarded(forwarding: Forwarding, proposals: Proposals, message: ForwardProposals, now: Milliseconds): void {
  const { outstanding } = forwarding
  // Answers come about in order, so this keeps the list as short as what is under way.
  let settled = 0
  while (settled < outstanding.length && !isPending(proposals, outstanding[settled]!)) settled += 1
  if (settled > 0) outstanding.splice(0, settled)
  outstanding.push({ message, expiresAt: now + forwarding.timeoutMs, repeatAt: now + forwarding.repeatMs })
  const dueAt = now + Math.min(forwarding.repeatMs, forwarding.timeoutMs)
  forwarding.nextAt = outstanding.length === 1 ? dueAt : Math.min(forwarding.nextAt, dueAt)
}

/** The connection to `peer` broke, and what was on its way there with it. */
export function onForwardingUnreachable(forwarding: Forwarding, peer: NodeId, now: Milliseconds): void {
  const soon = now + forwarding.reconnectMs
  for (const one of forwarding.outstanding) {
    if (one.message.to !== peer) continue
    one.repeatAt = Math.min(one.repeatAt, soon)
    forwarding.nextAt = Math.min(forwarding.nextAt, soon)
  }
}

/** The leader has decided on the message that begins with `first`: what it did not refuse is in its log, which tells the rest. */
export function onForwardRepeated(forwarding: Forwarding, from: NodeId, term: Term, first: number): void {
  forwarding.outstanding = forwarding.outstanding.filter(
    ({ message }) => message.to !== from || message.term !== term || firstOf(message) !== first,
  )
}

/** Sends again what is due, and gives up what has waited for too long. */
export function repeatForwarded(state: ReplicaState, effects: Effects): void {
  const { forwarding, proposals, raft, now } = state
  if (now < forwardingDeadline(forwarding, proposals)) return
  const { term, leaderId } = raft.state
  let bytesLeft = forwarding.repeatBytesMax
  let nextAt = Infinity
  const kept: Outstanding[] = []
  for (const one of forwarding.outstanding) {
    if (!isPending(proposals, one)) continue
    const { message, expiresAt } = one
    if (expiresAt <= now) {
      abandonForwarded(proposals, message, effects.outcomes)
      continue
    }
    kept.push(one)
    if (one.repeatAt <= now) {
      const isSameLeadership = message.term === term && message.to === leaderId
      const bytes = isSameLeadership ? bytesOf(message) : 0
      const hasRoom = bytes <= bytesLeft || bytesLeft === forwarding.repeatBytesMax
      if (isSameLeadership && hasRoom) {
        effects.messages.push(message)
        bytesLeft -= bytes
      }
      one.repeatAt = now + (hasRoom ? forwarding.repeatMs : forwarding.reconnectMs)
    }
    nextAt = Math.min(nextAt, one.repeatAt, expiresAt)
  }
  forwarding.outstanding = kept
  forwarding.nextAt = nextAt
}

/** Whether anybody still waits for any of it. */
function isPending(proposals: Proposals, { message }: Outstanding): boolean {
  return message.proposals.some(({ id }) => isForwarded(proposals, id))
}

function firstOf(message: ForwardProposals): number {
  return message.proposals[0]!.id
}

function bytesOf(message: ForwardProposals): number {
  return message.proposals.reduce((sum, { data }) => sum + data.length, 0)
}
