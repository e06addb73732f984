/** Two worlds beside each other: which servers, and which entries of which logs, are not the same. */

import type { LogIndex, NodeId } from "oarlock/core"
import type { World } from "oarlock/simulator"
import type { Branch } from "../time-machine/branch.ts"
import { labelOfEntry } from "./entry-label.ts"
import type { Names } from "./names.ts"

export interface Difference {
  readonly id: NodeId
  /** "role leader, follower": what is different, first the one and then the other. */
  readonly facts: readonly { readonly name: string; readonly one: string; readonly other: string }[]
  /** Indexes at which the logs differ, or are committed in one of them only. */
  readonly indexes: readonly LogIndex[]
}

/** Entries that are compared: the latest ones. */
export const entriesComparedMax = 200

export function differencesBetween(one: World, other: World): readonly Difference[] {
  const ids = [...new Set([...one.nodeIds, ...other.nodeIds])]
  return ids.map((id) => {
    const [a, b] = [factsOf(one, id), factsOf(other, id)]
    const facts = a
      .map(([name, value], position) => ({ name, one: value, other: b[position]![1] }))
      .filter((fact) => fact.one !== fact.other)
    return { id, facts, indexes: differentIndexes(one, other, id) }
  })
}

/** The last event of a branch that is not behind a moment. */
export function stepAt({ moments }: Branch, at: number): number {
  return Math.max(
    0,
    moments.findLastIndex((moment) => moment.at <= at),
  )
}

/** An entry as it is compared, and shown: null where there is none. */
export function cellOf(
  world: World,
  id: NodeId,
  index: LogIndex,
  names?: Names,
): { readonly term: number; readonly label: string; readonly isCommitted: boolean } | null {
  const [entry] = world.entriesOf(id, index, index)
  if (entry === undefined) return null
  return {
    term: entry.term,
    label: labelOfEntry(entry, world.options.workload, names),
    isCommitted: index <= (world.stateOf(id)?.commitIndex ?? 0),
  }
}

function factsOf(world: World, id: NodeId): readonly (readonly [string, string])[] {
  const state = world.nodeIds.includes(id) ? world.stateOf(id) : null
  if (state === null)
    return [
      ["role", "down"],
      ["term", "–"],
      ["voted for", "–"],
      ["commit", "–"],
      ["last", "–"],
    ]
  return [
    ["role", state.role],
    ["term", String(state.term)],
    ["voted for", state.votedFor === null ? "nobody" : `S${state.votedFor}`],
    ["commit", String(state.commitIndex)],
    ["last", String(state.last.index)],
  ]
}

function differentIndexes(one: World, other: World, id: NodeId): LogIndex[] {
  const last = Math.max(one.stateOf(id)?.last.index ?? 0, other.stateOf(id)?.last.index ?? 0)
  const found: LogIndex[] = []
  for (let index = Math.max(1, last - entriesComparedMax + 1); index <= last; index++) {
    const [a, b] = [cellOf(one, id, index), cellOf(other, id, index)]
    if (a?.term !== b?.term || a?.label !== b?.label || a?.isCommitted !== b?.isCommitted) found.push(index)
  }
  return found
}
