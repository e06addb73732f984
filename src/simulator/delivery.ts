/**
 * What arrives. In production every connection begins with a handshake that names the incarnations of both disks; a world has no connections, so
 * every message carries the incarnation of its sender.
 */

import { decodeMessage } from "../wire/index.ts"
import { isCut } from "./network.ts"
import { give } from "./processes.ts"
import type { Delivery } from "./world-event.ts"
import { nodeOf, type WorldState } from "./world-state.ts"

/** A message arrives, unless its link is cut by now. */
export function arrive(state: WorldState, delivery: Delivery): void {
  if (!isCut(state.cuts, delivery.from, delivery.to)) deliver(state, delivery)
}

/** A message reaches its receiver, if that is up and takes it from this sender. */
export function deliver(state: WorldState, { from, to, incarnation, frame }: Delivery): void {
  const { replica } = nodeOf(state, to)
  if (replica === null) return
  const known = replica.peerIncarnations.get(from)
  if (known !== undefined && known !== incarnation) {
    state.coverage.refused += 1
    return
  }
  if (known === undefined) give(state, to, { kind: "peerIncarnation", peer: from, incarnation })
  state.coverage.delivered += 1
  give(state, to, { kind: "message", message: decodeMessage(frame).message })
}
