/**
 * What arrives. In production every connection begins with a handshake, and ends with either process. A world has no connections: a message that was
 * sent after a handshake (`handshake.ts`) can arrive later than the next one, as long as it comes from the same disk.
 */

import { decodeMessage } from "../../wire/index.ts"
import { isCut } from "../network/network.ts"
import type { Delivery } from "../state/world-event.ts"
import { nodeOf, type WorldState } from "../state/world-state.ts"
import { give } from "./processes.ts"

/** A message arrives, unless its link is cut by now. */
export function arrive(state: WorldState, delivery: Delivery): void {
  if (!isCut(state.cuts, delivery.from, delivery.to)) deliver(state, delivery)
}

/** A message reaches its receiver, if that is up and has shaken hands with this sender, in this life of it or an earlier one. */
export function deliver(state: WorldState, { from, to, incarnation, frame }: Delivery): void {
  const { replica } = nodeOf(state, to)
  if (replica === null) return
  if (!replica.hasMet(from, { incarnation, life: 0, nonce: 0 })) {
    state.coverage.refused += 1
    return
  }
  state.coverage.delivered += 1
  give(state, to, { kind: "message", message: decodeMessage(frame).message })
}
