/** The whole of a world in one number: equal worlds have equal hashes, in whatever engine. */

import { hashBytes, hashValue } from "../../core/index.ts"
import type { WorldState } from "./world-state.ts"

/** Slow: it reads every byte of every disk. */
export function hashWorld(world: WorldState): number {
  const { nodes, queue } = world
  let hash = hashValue(0, [world.now, world.eventNumber, world.healed, world.healedAt, world.committedWhenHealed, world.quiet])
  hash = hashValue(hash, [world.cuts, world.links, world.held, world.damaged, world.absent, world.clients, world.sessions, world.scripted])
  for (const node of nodes) {
    hash = hashValue(hash, [
      node.clock,
      node.suspendedUntil,
      node.wallAheadMs,
      node.diskNumber,
      node.putBacks,
      node.diskFullUntil,
      node.diskSlowUntil,
      node.nextFailure,
      node.misdirects,
    ])
    hash = hashValue(hash, [node.life, node.isUp, node.busyUntil, node.wakeAt, node.inbox, node.waiting, node.lanes, node.sent])
    if (node.machinePoints.length > 0)
      hash = hashValue(
        hash,
        node.machinePoints.map(({ index }) => index),
      )
    if (node.replica !== null) hash = hashValue(hash, node.replica.hash())
    for (const { file, written, durable } of node.disk.files()) {
      hash = hashBytes(hashValue(hash, file), written)
      hash = durable === null ? hashValue(hash, null) : hashBytes(hash, durable)
    }
  }
  for (const { at, event } of queue.inOrder()) hash = hashValue(hashValue(hash, at), event)
  return hash
}
