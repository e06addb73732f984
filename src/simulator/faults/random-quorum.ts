/**
 * Which servers a healed world gets back: all of them, or only a quorum, while the rest stays down or cut off. A cluster must be able to go on
 * with any majority (Raft §2), not only with all of its servers.
 */

import { chance, draw, purposes } from "../ground/randomness.ts"
import { isOperators } from "../state/simulated-node.ts"
import type { Absent, WorldState } from "../state/world-state.ts"
import { committedIndex, counts, isWhole, knownConfigurations } from "./damage.ts"

/**
 * Draws who stays away: as many as can be spared in every half of every configuration that somebody goes by, and of those what the seed
 * takes.
 */
export function drawAbsent(world: WorldState): Absent {
  const { seed, healShare } = world.options
  // A change of membership that is about to begin may count on any server.
  // A cluster that has not begun needs all of its first members.
  if (world.options.late.length > 0 && committedIndex(world) === 0) return { nodes: [], areDown: false }
  const isChanging = world.nodes.some((node) => [...node.waiting.values()].some(isOperators))
  if (isChanging || !chance(healShare, seed, purposes.healedQuorum)) return { nodes: [], areDown: false }
  const halves = knownConfigurations(world).flatMap(({ voters, votersOutgoing, promoting }) => {
    const incoming = [...new Set([...voters, ...promoting])]
    return [voters, votersOutgoing, incoming].filter((half) => half.length > 0)
  })
  const present = new Set(world.nodes.map(({ id }) => id))
  const order = [...present].toSorted((a, b) => draw(seed, purposes.healedQuorum, a) - draw(seed, purposes.healedQuorum, b))
  for (const id of order) {
    // One in four of those that could be spared is there all the same.
    if (chance(0.25, seed, purposes.healedQuorum, id, 1)) continue
    present.delete(id)
    const suffices = halves.every(
      (half) => half.filter((one) => present.has(one) && isWhole(world, one) && counts(world, one)).length * 2 > half.length,
    )
    if (!suffices) present.add(id)
  }
  return { nodes: order.filter((id) => !present.has(id)), areDown: chance(0.5, seed, purposes.healedQuorum, 0, 2) }
}
