/**
 * Membership changes, Raft §6 and dissertation §4: a leader begins one only when the one before is committed, and after it has committed an entry of
 * its own term (the correction of 2015: without it two leaders in a row can each have a majority for a configuration of their own). A change of
 * voters passes through a joint configuration, and ids are never used again.
 *
 * Only a leader makes configurations, so it is enough to look at what leaders put in force.
 */

import type { Configuration, NodeId } from "../../core/index.ts"
import type { Checker, NodeView } from "./checker.ts"

/** The configuration that each server had when it last moved. */
type Known = Map<NodeId, Configuration>

export const oneChangeAtATime: Checker<Known> = {
  name: "one-change-at-a-time",
  rule: "a change of membership begins after the one before is committed, and after an entry of the leader's own term is",
  paper: "Raft §6; dissertation §4.1, §4.3",
  tla: "AddNewServer, DeleteServer",
  watches: "servers",
  create: () => new Map(),
  clone: (known) => new Map(known),
  check(known, { node, before }) {
    if (node === null) return null
    const { configuration } = node
    const last = known.get(node.id)
    if (last === configuration) return null
    known.set(node.id, configuration)
    const ledOn = before !== null && before.role === "leader" && node.role === "leader" && node.term === before.term
    if (!ledOn || last === undefined || last.index === configuration.index) return null
    const problem = findUntimely(node, last) ?? findLeap(last, configuration)
    return problem === null ? null : `leader ${node.id} of term ${node.term} put configuration ${configuration.index} in force ${problem}`
  },
}

function findUntimely(node: NodeView, last: Configuration): string | null {
  const { commitIndex, base, term } = node
  if (last.index > commitIndex) return `while configuration ${last.index} was not committed`
  const committedTerm = commitIndex === base.index ? base.term : node.entry(commitIndex)?.term
  return committedTerm === term ? null : `before it had committed an entry of its own term`
}

/** What is wrong with `next` right after `last`; null if it may follow. */
function findLeap(last: Configuration, next: Configuration): string | null {
  const leavesJoint = last.votersOutgoing.length > 0
  if (leavesJoint) {
    const lands = next.votersOutgoing.length === 0 && isSame(next.voters, last.voters)
    return lands ? null : `which is not where joint configuration ${last.index} leads`
  }
  const keepsVoters = next.votersOutgoing.length === 0 && isSame(next.voters, last.voters)
  const becomesJoint = isSame(next.votersOutgoing, last.voters)
  if (!keepsVoters && !becomesJoint) return `without passing through a joint one from configuration ${last.index}`
  const reused = next.members.find(({ id }) => id <= last.highestId && !last.members.some((member) => member.id === id))
  return reused === undefined ? null : `with server ${reused.id}, whose id was used before`
}

function isSame(one: readonly NodeId[], other: readonly NodeId[]): boolean {
  return one.length === other.length && one.every((id, position) => id === other[position])
}
