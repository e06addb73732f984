/**
 * Shapes of broken networks, as the directions that are cut. Those in which servers disagree about who is reachable are the ones that elections
 * find hard: a plain split has one side with a majority, these have several or none.
 */

import type { NodeId } from "../../core/index.ts"

/** Nothing gets from any of the first to any of the second. */
export type Direction = readonly [from: readonly NodeId[], to: readonly NodeId[]]

/** Neither side hears the other. */
export function cutBetween(one: readonly NodeId[], other: readonly NodeId[]): readonly Direction[] {
  return [
    [one, other],
    [other, one],
  ]
}

/** Two halves of `others` that have only the servers that are left out in common: with the bridge between them, each may be a majority. */
export function sharedBridge(others: readonly NodeId[]): readonly Direction[] {
  const half = Math.ceil(others.length / 2)
  return others.length < 2 ? [] : cutBetween(others.slice(0, half), others.slice(half))
}

/** Each server reaches its nearest neighbours in the order of `ring`, just enough for a majority: everyone sees another one. */
export function majorityRing(ring: readonly NodeId[]): readonly Direction[] {
  const count = ring.length
  const reach = Math.ceil(Math.floor(count / 2) / 2)
  return ring.flatMap((id, position): readonly Direction[] => {
    const far = ring.filter((_, other) => {
      const apart = Math.abs(other - position)
      return Math.min(apart, count - apart) > reach
    })
    return far.length === 0 ? [] : [[[id], far]]
  })
}
