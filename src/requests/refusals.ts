/**
 * What each reason of a refusal means for another attempt. A refusal means that this attempt was certainly not done; `lastWord` means it for all
 * attempts of the command.
 */

import type { Reason } from "../wire/client/index.ts"

/**
 * - `passes`: the reason passes by itself: try again after a pause.
 * - `otherServer`: try another server at once, or this one after a pause.
 * - `onlyOtherServer`: try another server; this one will not do it any more.
 * - `noRoom`: try again when other requests are done, unless the caller prefers to be told and slow down (`Policy.waitsForRoom`).
 * - `final`: do not try again: it would be refused again, or the caller has to decide.
 * - `lastWord`: do not try again: the log holds the command, and every server refused to apply it.
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
  // The cluster has forgotten the session's results: the outcome of an earlier attempt cannot be learned.
  sessionExpired: "final",
  sequenceForgotten: "final",
  cancelled: "final",
  wrongCluster: "final",
  unsupportedVersion: "final",
  snapshotFailed: "final",
}

/** Whether the cluster has forgotten the whole session: all further commands would be refused, so another session has to be opened. */
export function endsSession(reason: string): boolean {
  return reason === "sessionExpired"
}
