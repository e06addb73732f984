/**
 * What each reason of a refusal says about asking again. A refusal means that this attempt was certainly not done; `lastWord` says it of all
 * attempts of the command.
 */

import type { Reason } from "../wire/client/index.ts"

/**
 * - `passes`: by itself, in a moment.
 * - `otherServer`: in a moment here, and at another server at once.
 * - `onlyOtherServer`: never here.
 * - `noRoom`: when others are done. A caller who can slow down is told instead.
 * - `final`: the same again would be refused again, or it is for the caller to decide.
 * - `lastWord`: the log itself holds the command, and every server refused to apply it.
 */
export type RefusalRule = "passes" | "otherServer" | "onlyOtherServer" | "noRoom" | "final" | "lastWord"

export const refusals: Readonly<Record<Reason, RefusalRule>> = {
  transferring: "passes",
  lostLeadership: "passes",
  noCommittedEntryInTerm: "passes",
  notLeader: "otherServer",
  noLeader: "otherServer",
  stopped: "onlyOtherServer",
  overloaded: "noRoom",
  applyFailed: "lastWord",
  other: "final",
  tooLarge: "final",
  diskFull: "final",
  changeInProgress: "final",
  staleConfiguration: "final",
  wouldLoseQuorum: "final",
  unknownMember: "final",
  duplicateMember: "final",
  reusedId: "final",
  invalidChange: "final",
  notCaughtUp: "final",
  // The log does not know the command any more: nothing can be learned of an earlier attempt.
  sessionExpired: "final",
  sequenceForgotten: "final",
  cancelled: "final",
  wrongCluster: "final",
  unsupportedVersion: "final",
  snapshotFailed: "final",
}

/** Whether the log has forgotten the whole session: each of its commands from now on would be refused, and another one has to be opened. */
export function endsSession(reason: string): boolean {
  return reason === "sessionExpired"
}
