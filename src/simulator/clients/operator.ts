/**
 * What a good operator does about a server whose disk is gone or refused: takes the disk out, and puts a server with a new id in its place. The
 * old id never comes back ("a wiped disk is another incarnation"); half of the time its machine is started again by mistake, and has to be
 * refused by all.
 */

import type { Configuration, MembershipChange, NodeId } from "../../core/index.ts"
import type { ReplicaEvent } from "../../replica/index.ts"
import type { NodeView } from "../checkers/index.ts"
import { isWhole, noteDamage } from "../faults/damage.ts"
import { chance, purposes } from "../ground/randomness.ts"
import { operatorMs, startProcess, wipeDisk } from "../servers/processes.ts"
import type { WorldAction } from "../state/action.ts"
import { memberOf } from "../state/identity.ts"
import { noteUnknown } from "../state/operator-requests.ts"
import { isOperators, isServing, operator } from "../state/simulated-node.ts"
import { nodeOf, schedule, viewsOf, type WorldState } from "../state/world-state.ts"
import { ask } from "./client-traffic.ts"

/** Asks `node`, which may be down, and remembers that somebody wants to know what becomes of it. */
export function askAsOperator(world: WorldState, node: NodeId, action: WorldAction, eventOf: (requestId: number) => ReplicaEvent): void {
  world.operatorRequests = [...world.operatorRequests, { action, node, askedAt: world.now, outcome: null }]
  const number = world.operatorRequests.length
  if (!isServing(nodeOf(world, node))) noteUnknown(world, number)
  ask(world, node, { client: 0, attempt: number, opening: false }, eventOf)
}

/** Brings the replacement of server `id` one step further. */
export function replace(world: WorldState, id: NodeId): void {
  const damage = world.damaged.get(id)
  if (damage === "refused") {
    wipeDisk(world, id)
    noteDamage(world, id, "wiped")
    if (chance(0.5, world.options.seed, purposes.replacement, id)) startProcess(world, id)
  }
  const leader = viewsOf(world)
    .filter((view) => view.role === "leader" && view.id !== id)
    .reduce<NodeView | null>((latest, view) => (latest === null || view.term > latest.term ? view : latest), null)
  if (leader !== null) {
    const { configuration } = leader
    const isMember = configuration.members.some((member) => member.id === id)
    if (!isMember && isSettled(configuration) && leader.commitIndex >= configuration.index) return
    const isAsked = [...nodeOf(world, leader.id).waiting.values()].some(isOperators)
    if (isMember && isSettled(configuration) && !isAsked) {
      const changes = changesFor(world, id, configuration)
      world.coverage.replacements += 1
      ask(world, leader.id, operator, (requestId) => ({ kind: "changeMembership", id: requestId, changes, version: configuration.index }))
    }
  }
  schedule(world, operatorMs, { kind: "replace", node: id })
}

function isSettled({ votersOutgoing, promoting, learnersNext }: Configuration): boolean {
  return votersOutgoing.length === 0 && promoting.length === 0 && learnersNext.length === 0
}

/** Out with the old, and in with the first server that is up and was never a member, if there is one. */
function changesFor(world: WorldState, id: NodeId, { highestId, voters }: Configuration): readonly MembershipChange[] {
  const spare = world.nodes.find(
    (node) => node.id > highestId && node.isUp && isWhole(world, node.id) && !world.absent.nodes.includes(node.id),
  )
  const removal: MembershipChange = { kind: "remove", id }
  if (spare === undefined) return [removal]
  const member = memberOf(spare.id)
  return [removal, voters.includes(id) ? { kind: "addVoter", member } : { kind: "addLearner", member }]
}
