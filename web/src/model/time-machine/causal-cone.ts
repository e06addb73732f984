/**
 * What may have led to something, and what it may lead to (Lamport 1978): along the lanes in time, and from lane to lane with messages that arrived.
 */

import type { NodeId } from "oarlock/core"
import type { Flight, BranchRecord } from "./branch-record.ts"

/** Where the cone begins: one message, or a server as it is after an event. */
export type Apex =
  | { readonly kind: "message"; readonly flight: Flight }
  | { readonly kind: "server"; readonly id: NodeId; readonly step: number }

export interface Cone {
  /** Of each server, the last event that belongs to the past. One that is missing has none. */
  readonly past: ReadonlyMap<NodeId, number>
  /** Of each server, the first event that belongs to the future. */
  readonly future: ReadonlyMap<NodeId, number>
}

/** Looks no further back than event `first`, and no further on than event `last`. */
export function coneOf(apex: Apex, { flights, arrivals }: Pick<BranchRecord, "flights" | "arrivals">, first = 0, last = Infinity): Cone {
  const past = new Map<NodeId, number>()
  const future = new Map<NodeId, number>()
  if (apex.kind === "server") {
    past.set(apex.id, apex.step)
    future.set(apex.id, apex.step)
  } else {
    const { from, to, sentStep, end } = apex.flight
    past.set(from, sentStep)
    if (end?.fate === "arrived") future.set(to, end.step)
  }
  // Whatever arrives later was looked at before: from the latest arrival back, one pass is enough.
  for (let position = arrivals.length - 1; position >= 0; position--) {
    const { from, to, sentStep, end } = flights[arrivals[position]!]!
    if (end!.step < first) break
    if (end!.step <= (past.get(to) ?? -1)) past.set(from, Math.max(past.get(from) ?? -1, sentStep))
  }
  for (const { from, to, sentStep, end } of flights) {
    if (sentStep > last) break
    if (end?.fate === "arrived" && sentStep >= (future.get(from) ?? Infinity)) {
      future.set(to, Math.min(future.get(to) ?? Infinity, end.step))
    }
  }
  return { past, future }
}

/** Whether a message carries something of the past to the apex, or of the apex into the future. */
export function placeInCone({ past, future }: Cone, { from, to, sentStep, end }: Flight): "past" | "future" | "outside" {
  if (end?.fate === "arrived" && end.step <= (past.get(to) ?? -1)) return "past"
  return sentStep >= (future.get(from) ?? Infinity) ? "future" : "outside"
}
