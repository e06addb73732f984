/**
 * Which entry each change of membership began with, as an observer sees it: a server that is asked for one and leads appends a configuration. The
 * request and the entry are brought together here, so that checkers hear of a change that is begun and then refused. Nobody's behaviour depends on it.
 */

import type { Configuration, LogPosition } from "../../core/index.ts"
import type { Outcome, ReplicaEvent } from "../../replica/index.ts"
import type { ChangeEvent } from "../checkers/index.ts"
import type { SimulatedNode } from "./simulated-node.ts"

/** Changes that wait for their answer, by request. */
export type BegunChanges = ReadonlyMap<number, LogPosition>

export const noneBegun: BegunChanges = new Map()

/** What became of changes in a step of `node`: it took in what `arrived` and answered with `outcomes`; before, it had the configuration `last`. */
export function followChanges(
  node: SimulatedNode,
  last: Configuration,
  arrived: readonly ReplicaEvent[],
  outcomes: readonly Outcome[],
): readonly ChangeEvent[] {
  if (node.begunChanges.size === 0 && node.view.configuration === last) return noEvents
  const events: ChangeEvent[] = []
  for (const { id, kind } of outcomes) {
    const change = node.begunChanges.get(id)
    if (change === undefined) continue
    if (kind === "rejected") events.push({ kind: "refused", ...change })
    node.begunChanges = without(node.begunChanges, id)
  }
  const appended = node.view.configuration === last ? null : appendedAsLeader(node)
  if (appended === null) return events
  // A leader takes one change at a time: of several that are asked for in one step, all others are answered in it.
  const request = arrived.find((event) => event.kind === "changeMembership" && !outcomes.some(({ id }) => id === event.id))
  if (request?.kind !== "changeMembership") return events
  node.begunChanges = new Map(node.begunChanges).set(request.id, appended)
  events.push({ kind: "begun", ...appended })
  return events
}

/** The configuration that `node` appended in this step; null if it did not. Of the term that it led are only entries that it made, even if it leads no more. */
function appendedAsLeader({ view, summary }: SimulatedNode): LogPosition | null {
  if (summary?.role !== "leader") return null
  const { index } = view.configuration
  return index > summary.lastIndex && view.entry(index)?.term === summary.term ? { index, term: summary.term } : null
}

function without(changes: BegunChanges, id: number): BegunChanges {
  const left = new Map(changes)
  left.delete(id)
  return left
}

const noEvents: readonly never[] = []
