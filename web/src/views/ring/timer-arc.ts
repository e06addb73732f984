/** The arc around a server: what is left of its election timeout, or of a leader's pause between two heartbeats. */

import type { NodeId } from "oarlock/core"
import type { World } from "oarlock/simulator"

export interface Timer {
  /** When it runs out, and how long it was when it began. */
  readonly endsAt: number
  readonly wholeMs: number
}

export function timerOf(world: World, id: NodeId): Timer {
  const state = world.stateOf(id)
  const wholeMs = state?.role === "leader" ? world.options.raft.heartbeatIntervalMs : (state?.electionTimeoutMs ?? 1)
  return { endsAt: world.wakesAt(id), wholeMs }
}

/** As `stroke-dasharray` of a circle that is a hundred long. */
export function timerArc({ endsAt, wholeMs }: Timer, now: number): string {
  const left = Math.max(0, Math.min(1, (endsAt - now) / wholeMs))
  return `${(left * 100).toFixed(1)} 100`
}
