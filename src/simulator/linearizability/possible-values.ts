/**
 * What a key could have held when an operation was answered that fits nowhere: for want of a better explanation. Asks the search, value by value, whether
 * the operation would fit if it had seen that one.
 */

import type { Operation, Value } from "./history.ts"
import type { KeyHistory } from "./key-history.ts"
import { initialValue, valuesWritten } from "./key-value-model.ts"
import { search } from "./search.ts"

/** More values are not told apart. */
const valuesMax = 64
const stepsMax = 20_000

/** Null if there are too many to tell. */
export function possibleValues(history: KeyHistory, operation: Operation): Value[] | null {
  const written = [...history.answered.map((placeable) => placeable.operation), ...history.unknown].flatMap(valuesWritten)
  const values = [...new Set([initialValue, ...written])]
  if (values.length > valuesMax) return null
  const possible: Value[] = []
  for (const value of values) {
    const seeing: Operation = { ...operation, call: { kind: "get" }, result: { kind: "get", value } }
    const answered = history.answered.map((placeable) => {
      return placeable.operation === operation ? { ...placeable, operation: seeing, isHarmless: true } : placeable
    })
    const { kind } = search({ ...history, answered }, stepsMax)
    if (kind === "undecided") return null
    if (kind === "found") possible.push(value)
  }
  return possible
}
