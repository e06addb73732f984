/**
 * What a good operator does about removed servers that nobody told: turns them off. With PreVote nobody has to, and here nobody does; without it such
 * a server starts an election in every election timeout, and deposes the leader (dissertation §4.2.3).
 */

import { newestCommitted } from "../faults/damage.ts"
import { crash, operatorMs } from "../servers/processes.ts"
import { schedule, type WorldState } from "../state/world-state.ts"

/** Whether a healed world has an operator who turns removed servers off. A story, which is never healed by itself, does so or not. */
export function areTurnedOff({ options }: WorldState): boolean {
  return !options.raft.preVote && options.safetyMs < Number.MAX_SAFE_INTEGER
}

/** Turns off who is up and was removed for good, and looks again in a while: a change may be under way. */
export function turnOffRemoved(world: WorldState): void {
  const { members, highestId } = newestCommitted(world)
  // A server with a higher id was never a member yet.
  const removed = world.nodes.filter(({ id, isUp }) => isUp && id <= highestId && !members.some((member) => member.id === id))
  for (const { id } of removed) crash(world, id, false)
  schedule(world, operatorMs, { kind: "turnOffRemoved" })
}
