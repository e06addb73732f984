/** The arc around a server: what is left of its election timeout, or of a leader's pause between two heartbeats. */

import type { NodeId } from "oarlock/core"
import type { World } from "oarlock/simulator"

/** As `stroke-dasharray` of a circle that is a hundred long. */
export function timerArc(world: World, id: NodeId, now = world.now): string {
  const state = world.stateOf(id)
  const wholeMs = state?.role === "leader" ? world.options.raft.heartbeatIntervalMs : (state?.electionTimeoutMs ?? 1)
  const left = Math.max(0, Math.min(1, (world.wakesAt(id) - now) / wholeMs))
  return `${(left * 100).toFixed(1)} 100`
}
