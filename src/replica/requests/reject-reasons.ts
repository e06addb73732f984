/**
 * The reasons of a refusal in words. A reason is for programs, its sentence for people; both travel in every rejected outcome.
 */

import type { RejectReason } from "../../core/index.ts"
import type { MachineRejectReason, SessionRejectReason } from "../effect.ts"

export function explainRejection(reason: RejectReason | SessionRejectReason | MachineRejectReason): string {
  switch (reason) {
    case "notLeader":
      return "this server does not lead"
    case "noLeader":
      return "no leader is known at the moment"
    case "overloaded":
      return "too much is waiting already; try again a little later"
    case "transferring":
      return "leadership is being handed over; try again in a moment"
    case "tooLarge":
      return "the command is larger than one log entry may be"
    case "diskFull":
      return "the leader's disk is full: nothing can be written until there is room, reads still work"
    case "lostLeadership":
      return "leadership changed, and what the next leader committed left no place for it"
    case "changeInProgress":
      return "another membership change is still under way"
    case "staleConfiguration":
      return "the configuration has changed since the one that this change was made for"
    case "noCommittedEntryInTerm":
      return "the leader has committed nothing in its term yet; try again in a moment"
    case "wouldLoseQuorum":
      return "after this change the cluster would have no majority that is up"
    case "unknownMember":
      return "the change names a server that is not a member"
    case "duplicateMember":
      return "the change adds a server that is a member already"
    case "reusedId":
      return "the id was used before; a new server needs a new id"
    case "invalidChange":
      return "the request makes no sense as it is"
    case "notCaughtUp":
      return "the server has not caught up with the leader's log"
    case "stopped":
      return "the server is not running"
    case "sessionExpired":
      return "the session is not known: it expired or never was. Whether an earlier try of this command was applied, its answer told, or nobody can"
    case "sequenceForgotten":
      return "this sequence number is below what the session has declared answered: its result is not kept any more"
    case "applyFailed":
      return "the state machine refused the command: it stands in the log, changed nothing, and would be refused again"
    case "snapshotFailed":
      return "the state machine could not be asked for its state"
    default:
      return reason satisfies never
  }
}
