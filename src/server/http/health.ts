/**
 * `GET /health`: can this node serve right now? As with etcd, the answer is 200 or 503 and `{"health":"true"}` or `{"health":"false"}`.
 *
 * The plain form asks what a client would ask: a linearizable read, so it is false without a leader or a quorum. `?serializable=true` asks
 * only about this node itself, which is what a supervisor that restarts processes wants: restarting a node does not bring a quorum back.
 */

import type { ServedNode } from "../node/served-node.ts"

export interface Health {
  readonly health: "true" | "false"
  /** All reasons in one sentence; empty if healthy. */
  readonly reason: string
  readonly reasons: readonly string[]
}

/** How long the linearizable form waits for a quorum, in milliseconds. */
export const healthTimeoutMs = 2000

export async function checkHealth(node: ServedNode, serializable: boolean): Promise<Health> {
  const reasons = localReasons(node)
  const { halted, noLeaderBecause, isRemoved } = node.status()
  // Where it is known that nobody will answer, there is nothing to wait for.
  if (!serializable && halted === null && noLeaderBecause !== null) {
    if (!isRemoved) reasons.push(noLeaderBecause)
  } else if (!serializable && halted === null) {
    try {
      await node.confirm(healthTimeoutMs)
    } catch (error) {
      reasons.push((error as Error).message)
    }
  }
  return { health: reasons.length === 0 ? "true" : "false", reason: reasons.join("; "), reasons }
}

function localReasons(node: ServedNode): string[] {
  const status = node.status()
  if (status.halted !== null) return [`this node stopped for good: ${status.halted}`]
  const reasons: string[] = []
  if (status.disk === "full") reasons.push("the disk is full: writes are refused")
  if (status.disk === "stalled") reasons.push("the disk does not answer")
  if (status.disk === "failed") reasons.push("the disk failed")
  if (status.isRemoved) reasons.push(status.noLeaderBecause ?? "this server was removed from the cluster: stop it")
  else if (!status.configuration.members.some((member) => member.id === status.id))
    reasons.push("this node is no member of the cluster (yet, or any more)")
  return reasons
}
