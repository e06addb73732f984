/**
 * Administrative requests that take longer than one step: membership changes (Raft §6) and leadership transfers (dissertation §3.10).
 *
 * A change is answered once its last configuration is committed: after the joint configuration was left, and after the leader has promoted every
 * server that the change makes a voter. Each configuration entry that is applied here shows how far the change is, also under another leader. A
 * transfer is answered once another server is known to lead, or once the leader has given the transfer up.
 */

import { explainMisfit, membershipChanges, show } from "../arguments/index.ts"
import {
  isJoint,
  type Configuration,
  type Entry,
  type LogIndex,
  type MembershipChange,
  type NodeId,
  type Raft,
  type SnapshotMeta,
  type Term,
} from "../core/index.ts"
import type { Outcome } from "./effect.ts"
import type { ReplicaEvent } from "./event.ts"
import type { Observation } from "./observation.ts"
import { explainBigConfiguration } from "./options/frame-fit.ts"
import type { ReplicaState } from "./replica-state.ts"
import { rejection, unknown } from "./requests/proposals.ts"

interface PendingChange {
  readonly id: number
  /** The index of the first configuration of the change. */
  readonly index: LogIndex
  readonly term: Term
  /** Servers that the change makes voters. */
  readonly newVoters: readonly NodeId[]
  /** The entry at `index` was applied, and it is the one of this change. */
  isBegun: boolean
}

interface PendingTransfer {
  readonly id: number
  readonly to: NodeId
  readonly term: Term
}

type ChangeMembership = Extract<ReplicaEvent, { readonly kind: "changeMembership" }>
type TransferLeadership = Extract<ReplicaEvent, { readonly kind: "transferLeadership" }>

export interface Requests {
  readonly pendingMax: number
  changes: PendingChange[]
  transfers: PendingTransfer[]
}

export function createRequests(pendingMax: number): Requests {
  return { pendingMax, changes: [], transfers: [] }
}

export function cloneRequests(requests: Requests): Requests {
  return { ...requests, changes: requests.changes.map((change) => ({ ...change })), transfers: requests.transfers.slice() }
}

/** Begins a change of members if this server leads; otherwise the answer names the leader. */
export function requestChange(state: ReplicaState, { id, changes, version }: ChangeMembership, outcomes: Outcome[]): void {
  const { requests, raft, options, now } = state
  const { leaderId } = raft.state
  if (requests.changes.length >= requests.pendingMax) {
    outcomes.push(rejection(id, "overloaded", leaderId))
    return
  }
  const problem = explainBadRequest(changes, version) ?? explainBigConfiguration(raft.configuration, changes, options)
  if (problem !== null) {
    outcomes.push(rejection(id, "invalidChange", leaderId, problem))
    return
  }
  const result = raft.changeMembership(changes, version, now)
  if (!result.ok) {
    outcomes.push(rejection(id, leaderId === null ? "noLeader" : result.reason, leaderId, result.message))
    return
  }
  const newVoters = changes.flatMap((change) => (change.kind === "addVoter" ? [change.member.id] : []))
  requests.changes.push({ id, index: result.index, term: result.term, newVoters, isBegun: false })
}

/** Says in a sentence why the request of a caller is malformed, or returns null. */
function explainBadRequest(changes: readonly MembershipChange[], version: LogIndex | null): string | null {
  if (version !== null && !Number.isSafeInteger(version)) return `the version is ${show(version)}; it must be the index of a configuration`
  return explainMisfit(() => membershipChanges(changes, "changes"))
}

/** Called for every applied entry while changes are pending. */
export function onEntryApplied(requests: Requests, entry: Entry, outcomes: Outcome[]): void {
  requests.changes = requests.changes.filter((change) => {
    // Terms do not decrease along a log: behind an entry of a later term, the entry of this change can no longer be committed.
    const isReplaced = entry.index < change.index ? entry.term > change.term : entry.index === change.index && entry.term !== change.term
    if (isReplaced) {
      outcomes.push(rejection(change.id, "lostLeadership", null))
      return false
    }
    if (entry.index < change.index) return true
    if (entry.index === change.index) change.isBegun = true
    if (entry.configuration === null || !change.isBegun || !isFinished(change, entry.configuration)) return true
    outcomes.push({ kind: "committed", id: change.id, index: entry.index, result: new Uint8Array(0) })
    return false
  })
}

/**
 * A snapshot replaced the log up to `lastIndex`. Changes at or below that index are unknown, because their entries were not applied here. Changes above
 * it, of an earlier term than the snapshot's last entry, can no longer be committed.
 */
export function onSnapshotInstalledForRequests(
  requests: Requests,
  { lastIndex, lastTerm }: Pick<SnapshotMeta, "lastIndex" | "lastTerm">,
  outcomes: Outcome[],
): void {
  requests.changes = requests.changes.filter((change) => {
    if (change.index <= lastIndex) outcomes.push(unknown(change.id, "a snapshot replaced the part of the log that would tell"))
    else if (change.term < lastTerm) outcomes.push(rejection(change.id, "lostLeadership", null))
    else return true
    return false
  })
}

/** Begins to hand leadership over, if this server leads. */
export function requestTransfer({ requests, raft, now }: ReplicaState, { id, to }: TransferLeadership, outcomes: Outcome[]): void {
  const { leaderId, term } = raft.state
  if (requests.transfers.length >= requests.pendingMax) {
    outcomes.push(rejection(id, "overloaded", leaderId))
    return
  }
  if (to !== null && !Number.isSafeInteger(to)) {
    outcomes.push(rejection(id, "invalidChange", leaderId, `the node to lead is ${show(to)}; it must be the id of a voter`))
    return
  }
  const result = raft.transferLeadership(to, now)
  if (!result.ok) outcomes.push(rejection(id, leaderId === null ? "noLeader" : result.reason, leaderId, result.message))
  else if (result.to === leaderId) outcomes.push(transferred(id, raft))
  else requests.transfers.push({ id, to: result.to, term })
}

/** Answers transfers once another server leads, or once the leader has given the transfer up in its own term. */
export function settleTransfers(requests: Requests, raft: Raft, observations: readonly Observation[], outcomes: Outcome[]): void {
  if (requests.transfers.length === 0) return
  const { leaderId, term, options } = raft.state
  const givenUp = observations.find((observation) => observation.kind === "transferEnded")
  requests.transfers = requests.transfers.filter((transfer) => {
    if (term === transfer.term) {
      const isStillHere = leaderId === options.id
      if (!isStillHere || givenUp === undefined || givenUp.to !== transfer.to) return true
      outcomes.push(rejection(transfer.id, "notCaughtUp", leaderId, `node ${transfer.to} did not take over: ${givenUp.because}`))
      return false
    }
    if (leaderId === null) return true
    if (leaderId === transfer.to) outcomes.push(transferred(transfer.id, raft))
    else outcomes.push(rejection(transfer.id, "lostLeadership", leaderId, `node ${leaderId} was elected instead of node ${transfer.to}`))
    return false
  })
}

/** The callers of `ids` have stopped waiting. */
export function cancelRequests(requests: Requests, ids: ReadonlySet<number>, outcomes: Outcome[]): void {
  const isWanted = (request: { readonly id: number }): boolean => {
    if (!ids.has(request.id)) return true
    outcomes.push(unknown(request.id, "the caller gave up waiting; it may still happen"))
    return false
  }
  requests.changes = requests.changes.filter(isWanted)
  requests.transfers = requests.transfers.filter(isWanted)
}

function isFinished(change: PendingChange, configuration: Configuration): boolean {
  if (isJoint(configuration)) return false
  return !change.newVoters.some((id) => configuration.promoting.includes(id))
}

function transferred(id: number, raft: Raft): Outcome {
  return { kind: "committed", id, index: raft.commitIndex, result: new Uint8Array(0) }
}
