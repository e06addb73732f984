/**
 * Why a server knows no leader and no election will change that, in words, with what to do. Requests are answered with this text in place of "no
 * leader is known at the moment".
 */

import type { NodeId } from "../core/index.ts"
import type { Effects, Outcome, ReadResult } from "./effect.ts"
import { isRemoved } from "./peers.ts"
import type { ReplicaState } from "./replica-state.ts"

/** The reason; null if there is a leader, or if an election may bring one. */
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

/** Whether this server has left the cluster for good: according to its own log, or because another server has refused it as removed. */
export function hasLeft(state: ReplicaState): boolean {
  return isRemoved(state, state.options.raft.id) || [...state.peers.refusals.values()].some(({ code }) => code === "removed")
}

function list(ids: readonly NodeId[]): string {
  return `${ids.length === 1 ? "server" : "servers"} ${ids.join(", ")}`
}

/** Gives the requests that were refused in this step because no leader is known the reason why there is none. */
export function explainRefusals(state: ReplicaState, { outcomes, reads }: Effects): void {
  if (state.raft.state.leaderId !== null || (outcomes.length === 0 && reads.length === 0)) return
  const because = explainNoLeader(state)
  if (because === null) return
  for (const [at, outcome] of outcomes.entries()) if (lacksLeader(outcome)) outcomes[at] = { ...outcome, message: because }
  for (const [at, read] of reads.entries()) if (lacksLeader(read)) reads[at] = { ...read, message: because }
}

function lacksLeader<Told extends Outcome | ReadResult>(told: Told): told is Told & { readonly kind: "rejected" } {
  return told.kind === "rejected" && told.reason === "noLeader"
}
