/**
 * Which messages have come too late for good: whatever becomes of the receiver, it will take no notice of them. They are forgotten, so that
 * situations which differ in nothing else are one.
 *
 * Argued from what is on the receiver's disk, since no crash takes that back. An answer of a term below the one on disk is dropped by the term
 * gate. One of that very term matters only to the candidate or leader of it, and nobody becomes a candidate of a term that is on its disk
 * already: candidacy raises the term. Requests are never too late, because a server answers them, if only with its term; a bound may call them
 * lost all the same.
 */

import type { Message, Term } from "../../core/index.ts"
import type { Bounds } from "./bounds.ts"
import type { Server } from "./server.ts"

/** Until when a message can matter, compared with `Patience` of its receiver. */
export interface Lifetime {
  /** Not if the receiver has a higher term than this on its disk. */
  readonly term: Term
  /** With that very term on disk, only to the candidate or leader of that term. */
  readonly isForCampaign: boolean
  /** Not to a leader either. */
  readonly isBallot: boolean
}

export interface Patience {
  readonly durableTerm: Term
  /** The term on disk is the one that this server campaigns in or leads. */
  readonly campaigns: boolean
  readonly leads: boolean
}

export function isTooLate({ term, isForCampaign, isBallot }: Lifetime, { durableTerm, campaigns, leads }: Patience): boolean {
  if (durableTerm !== term) return durableTerm > term
  return isForCampaign && (!campaigns || (isBallot && leads))
}

export function lifetimeOf(message: Message, bounds: Bounds): Lifetime {
  const { kind, term } = message
  switch (kind) {
    case "requestVoteReply":
      return { term, isForCampaign: true, isBallot: true }
    case "appendEntriesReply":
      return { term, isForCampaign: true, isBallot: false }
    case "preVoteReply":
      // A grant speaks of the term to come. A refusal matters to a candidate of the next one, and in the last term nobody does.
      return plain(message.granted || term === bounds.terms ? term - 1 : term)
    case "preVote":
      return plain(bounds.staleRequests ? Infinity : term - 1)
    case "requestVote":
    case "appendEntries":
      return plain(bounds.staleRequests ? Infinity : term)
    case "timeoutNow":
      return plain(term)
    case "installSnapshot":
    case "installSnapshotReply":
    case "readIndex":
    case "readIndexReply":
    case "forwardProposals":
    case "forwardProposalsReply":
      return plain(Infinity)
    default:
      return message satisfies never
  }
}

export function patienceOf({ raft, disk }: Server): Patience {
  const durableTerm = disk.hardState.term
  const { role, term } = raft.state
  const leads = role.kind === "leader" && term === durableTerm
  return { durableTerm, leads, campaigns: leads || (role.kind === "candidate" && term === durableTerm) }
}

function plain(term: Term): Lifetime {
  return { term, isForCampaign: false, isBallot: false }
}
