/**
 * From a configuration and the changes asked for to the configuration that begins them: pure arithmetic, with a sentence for every refusal.
 *
 * If the voters stay the same, the result takes force in one step; otherwise it is joint (Raft §6).
 */

import { membershipChanges, Misfit } from "../../arguments/index.ts"
import type { MembershipChange, RejectReason } from "../message.ts"
import { isMember, isVoter } from "../quorum/configuration.ts"
import type { Configuration, Member, NodeId } from "../types.ts"

export type Plan =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly reason: RejectReason; readonly message: string }

interface Draft {
  readonly voters: Set<NodeId>
  readonly learners: Set<NodeId>
  readonly promoting: Set<NodeId>
  readonly members: Map<NodeId, Member>
  highestId: NodeId
}

/** Plans all of `asked` as one, whatever was asked. `current` must not be joint; what it holds is not judged anew. */
export function planChange(current: Configuration, asked: readonly MembershipChange[]): Plan {
  const changes = readChanges(asked)
  if (typeof changes === "string") return refused("invalidChange", changes)
  const draft: Draft = {
    voters: new Set(current.voters),
    learners: new Set(current.learners),
    promoting: new Set(current.promoting),
    members: new Map(current.members.map((member) => [member.id, member])),
    highestId: current.highestId,
  }
  for (const change of changes) {
    const problem = makeChange(current, draft, change)
    if (problem !== null) return problem
  }
  if (draft.voters.size === 0) return refused("wouldLoseQuorum", "no voter would remain, and nobody could lead")
  return { ok: true, configuration: toConfiguration(current, draft) }
}

/** The steps as plain data, or a sentence that says what is wrong with them: what goes into a configuration stays in the log for good. */
function readChanges(asked: readonly MembershipChange[]): readonly MembershipChange[] | string {
  try {
    return membershipChanges(asked, "changes")
  } catch (error) {
    if (error instanceof Misfit) return error.message
    throw error
  }
}

function makeChange(current: Configuration, draft: Draft, change: MembershipChange): Plan | null {
  switch (change.kind) {
    case "addLearner":
    case "addVoter": {
      const { member } = change
      const problem = checkNewcomer(current, draft, member)
      if (problem !== null) return problem
      draft.members.set(member.id, member)
      draft.learners.add(member.id)
      if (change.kind === "addVoter") draft.promoting.add(member.id)
      draft.highestId = Math.max(draft.highestId, member.id)
      return null
    }
    case "promote":
      if (draft.voters.has(change.id)) return refused("invalidChange", `node ${change.id} is a voter already`)
      if (!draft.learners.delete(change.id)) return unknown(change.id)
      draft.promoting.delete(change.id)
      draft.voters.add(change.id)
      return null
    case "demote":
      if (draft.learners.has(change.id)) return refused("invalidChange", `node ${change.id} is a learner already`)
      if (!draft.voters.delete(change.id)) return unknown(change.id)
      draft.learners.add(change.id)
      return null
    case "remove":
      if (!draft.voters.delete(change.id) && !draft.learners.delete(change.id)) return unknown(change.id)
      draft.promoting.delete(change.id)
      draft.members.delete(change.id)
      return null
    case "update": {
      const { member } = change
      if (!draft.members.has(member.id)) return unknown(member.id)
      const problem = checkUnique(draft, member)
      if (problem !== null) return problem
      draft.members.set(member.id, member)
      return null
    }
    default:
      return change satisfies never
  }
}

function checkNewcomer(current: Configuration, draft: Draft, member: Member): Plan | null {
  const { id } = member
  if (isMember(current, id) || draft.members.has(id)) return refused("duplicateMember", `node ${id} belongs to the cluster already`)
  if (id <= draft.highestId) {
    return refused("reusedId", `node id ${id} is not above ${draft.highestId}, the highest that the cluster has had; ids are never reused`)
  }
  return checkUnique(draft, member)
}

function checkUnique(draft: Draft, member: Member): Plan | null {
  for (const other of draft.members.values()) {
    if (other.id === member.id) continue
    if (member.name !== "" && other.name === member.name) {
      return refused("duplicateMember", `node ${other.id} has the name "${member.name}" already`)
    }
    if (other.peerAddress === member.peerAddress) {
      return refused("duplicateMember", `node ${other.id} has the peer address ${member.peerAddress} already`)
    }
  }
  return null
}

function toConfiguration(current: Configuration, draft: Draft): Configuration {
  const voters = ascending(draft.voters)
  const votersChange = voters.length !== current.voters.length || voters.some((id, i) => id !== current.voters[i])
  const learnersNext = votersChange ? ascending(draft.learners).filter((id) => isVoter(current, id)) : []
  const learners = ascending(draft.learners).filter((id) => !learnersNext.includes(id))
  // While joint, old voters still decide, so their addresses are still needed.
  const leaving = votersChange ? current.members.filter((member) => isVoter(current, member.id) && !draft.members.has(member.id)) : []
  return {
    index: current.index,
    voters,
    votersOutgoing: votersChange ? current.voters : [],
    learners,
    promoting: ascending(draft.promoting),
    learnersNext,
    members: [...draft.members.values(), ...leaving].sort((a, b) => a.id - b.id),
    highestId: draft.highestId,
  }
}

function ascending(ids: Iterable<NodeId>): NodeId[] {
  return [...ids].sort((a, b) => a - b)
}

function refused(reason: RejectReason, message: string): Plan {
  return { ok: false, reason, message }
}

function unknown(id: NodeId): Plan {
  return refused("unknownMember", `node ${id} does not belong to the cluster`)
}
