/**
 * Who may talk to whom, and what arrives. In production every connection begins with a handshake that names the incarnations of both disks; a
 * world has no connections, so what the handshake would say is asked of every message.
 */

import type { NodeId } from "../core/index.ts"
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

/** Whether `one` and `other`, both up, would accept each other: neither knows the other with another disk. */
export function wouldShakeHands(state: WorldState, one: NodeId, other: NodeId): boolean {
  return accepts(state, one, other) && accepts(state, other, one)
}

/** Two servers shake hands, if they can reach each other, and learn which disk the other one runs on. */
export function greet(state: WorldState, one: NodeId, other: NodeId): void {
  if (!nodeOf(state, one).isUp || !nodeOf(state, other).isUp || isCut(state.cuts, one, other) || isCut(state.cuts, other, one)) return
  if (!wouldShakeHands(state, one, other)) {
    state.coverage.refused += 1
    return
  }
  give(state, one, { kind: "peerIncarnation", peer: other, incarnation: nodeOf(state, other).identity.incarnation })
  give(state, other, { kind: "peerIncarnation", peer: one, incarnation: nodeOf(state, one).identity.incarnation })
}

function accepts(state: WorldState, one: NodeId, other: NodeId): boolean {
  const known = nodeOf(state, one).replica!.peerIncarnations.get(other)
  return known === undefined || known === nodeOf(state, other).identity.incarnation
}
