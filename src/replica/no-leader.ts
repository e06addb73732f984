/**
 * Why a server knows no leader, where no election mends it by itself: in words, with what to do. A request to it is answered with this in place of "no
 * leader is known at the moment".
 */

import type { NodeId } from "../core/index.ts"
import type { Effects, Outcome, ReadResult } from "./effect.ts"
import { isRemoved } from "./peers.ts"
import type { ReplicaState } from "./replica-state.ts"

/** Null where there is a leader, or where there may be one soon. */
export function explainNoLeader(state: ReplicaState): string | null {
  const { raft, peers, options } = state
  if (raft.state.leaderId !== null) return null
  if (hasLeft(state))
    return "this server was removed from the cluster: ask another one. Stop this one; to use its machine again, add it under a new id with an empty data folder"
  if (peers.own.isCondemned)
    return "the disk of this server has gone back in time, so it has no vote and follows nobody: ask another one. Remove this one, and add it under a new id with an empty data folder"
  if (peers.waitsFor.length > 0)
    return `the first election of a new cluster waits until this server has met ${list(peers.waitsFor)}: start ${peers.waitsFor.length === 1 ? "it" : "them"}. What cannot be started has to be named to this server and to each of the others (--begin-without, beginWithout), also where one of them has begun already`
  if (peers.own.isPartial && raft.commitIndex === 0)
    return `this server has begun the cluster without some first members, as the operator said (${list(options.beginWithout ?? [])}), and nobody leads yet: the others vote once each was told the same (--begin-without, beginWithout)`
  return null
}

/** Whether this server has left the cluster for good: by its own log, or by the word of a server that knows it for certain. */
export function hasLeft(state: ReplicaState): boolean {
  return isRemoved(state, state.options.raft.id) || [...state.peers.refusals.values()].some(({ code }) => code === "removed")
}

function list(ids: readonly NodeId[]): string {
  return `${ids.length === 1 ? "server" : "servers"} ${ids.join(", ")}`
}

/** Requests that were refused in this step for want of a leader hear why there is none. */
export function sayWhyNobodyLeads(state: ReplicaState, { outcomes, reads }: Effects): void {
  if (state.raft.state.leaderId !== null || (outcomes.length === 0 && reads.length === 0)) return
  const because = explainNoLeader(state)
  if (because === null) return
  for (const [at, outcome] of outcomes.entries()) if (isForWantOfLeader(outcome)) outcomes[at] = { ...outcome, message: because }
  for (const [at, read] of reads.entries()) if (isForWantOfLeader(read)) reads[at] = { ...read, message: because }
}

function isForWantOfLeader<Told extends Outcome | ReadResult>(told: Told): told is Told & { readonly kind: "rejected" } {
  return told.kind === "rejected" && told.reason === "noLeader"
}
