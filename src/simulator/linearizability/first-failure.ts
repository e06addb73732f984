/**
 * Of a history without an order: the shortest beginning of it that has none already. Beginnings of a good history are good, so halving finds it.
 *
 * What is not over at the end of a beginning is of unknown end there. So the operation whose answer makes the beginning bad is part of every contradiction
 * in it.
 */

import type { Operation } from "./history.ts"
import { splitByKey, type KeyHistory } from "./key-history.ts"
import { isRead } from "./key-value-model.ts"
import { search } from "./search.ts"

export interface FirstFailure {
  readonly history: KeyHistory
  /** The operation with whose answer the history went bad. */
  readonly operation: Operation
  readonly steps: number
}

/** `operations` are those of one key, and have no order. */
export function findFirstFailure(operations: readonly Operation[], stepsMax: number): FirstFailure {
  const ends = operations.filter(({ end }) => end === "answered").sort(byEnd)
  let steps = 0
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    const result = search(beginningOf(operations, ends.slice(0, middle + 1)), stepsMax)
    steps += result.steps
    if (result.kind === "found") low = middle + 1
    // One that cannot be judged is taken for bad: the explanation then has more to look at than it needs.
    else high = middle
  }
  return { history: beginningOf(operations, ends.slice(0, high + 1)), operation: ends[high]!, steps }
}

/** Where answers came at the same moment those that saw something come last: what they saw is what needs explaining. */
function byEnd(one: Operation, other: Operation): number {
  return one.until - other.until || Number(isRead(one.call)) - Number(isRead(other.call))
}

/** The history up to the last of `over`: what had been answered by then. */
function beginningOf(operations: readonly Operation[], over: readonly Operation[]): KeyHistory {
  const end = over.at(-1)!.until
  const known = new Set(over)
  const begun = operations.filter(({ from }) => from <= end)
  const seen = begun.map((operation): Operation => {
    const isOpen = operation.end === "answered" && !known.has(operation)
    return isOpen ? { ...operation, end: "unknown", until: Infinity, result: null } : operation
  })
  return splitByKey(seen)[0]!
}
