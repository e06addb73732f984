/**
 * Is there an order that explains a history: every operation at one moment between its question and its answer, and every answer what the store would have
 * said then (Herlihy and Wing)? Key by key; the first key that has none is reported.
 */

import { integer, isList, Misfit, show } from "../../arguments/index.ts"
import { argument } from "../ground/read-arguments.ts"
import { explain } from "./explain.ts"
import { findFirstFailure } from "./first-failure.ts"
import type { Key, Operation } from "./history.ts"
import { splitByKey } from "./key-history.ts"
import { possibleValues } from "./possible-values.ts"
import { search } from "./search.ts"

/**
 * What was found about a history. `steps` says how much searching it took, in operations placed.
 *
 * - `linearizable`: there is an order that explains every answer.
 * - `violated`: for `key` there is none.
 * - `undecided`: the search reached its bound at `key`, and said neither.
 */
export type HistoryJudgement =
  | { readonly kind: "linearizable"; readonly steps: number }
  | {
      readonly kind: "violated"
      readonly steps: number
      readonly key: Key
      /** What is wrong, in a sentence. */
      readonly reason: string
      /** The operations that contradict each other, the one that cannot be placed first. */
      readonly operations: readonly Operation[]
    }
  | { readonly kind: "undecided"; readonly steps: number; readonly key: Key }

/** A search of so many steps takes some seconds. Histories that need more are made to. */
const defaultStepsMax = 1_000_000

const kinds: ReadonlySet<string> = new Set<Operation["call"]["kind"]>(["get", "put", "delete", "cas", "transaction"])

/** What an order cannot be looked for in. Histories are long, so nothing of them is copied. */
function requireOperations(value: unknown, path: string): void {
  if (!isList(value)) throw new Misfit(path, `found ${show(value)}, expected a list`)
  for (const [position, operation] of (value as readonly (Partial<Operation> | null | undefined)[]).entries()) {
    const { from, until, call } = operation ?? {}
    if (!(typeof from === "number" && typeof until === "number" && from <= until))
      throw new Misfit(`${path}[${position}]`, `found ${show(operation)} from ${show(from)} until ${show(until)}, expected an operation`)
    if (!kinds.has(String(call?.kind)))
      throw new Misfit(`${path}[${position}].call.kind`, `found ${show(call?.kind)}, expected one of ${[...kinds].join(", ")}`)
  }
}

/**
 * Judges whether a history is linearizable (Herlihy and Wing), key by key. `stepsMax` bounds how many times an operation is placed, over all keys: the
 * problem is NP-complete. Throws a `TypeError` or a `RangeError` that names the operation which no order can be looked for in.
 */
export function judgeHistory(operations: readonly Operation[], stepsMax = defaultStepsMax): HistoryJudgement {
  argument("judgeHistory", "stepsMax", stepsMax, integer(1))
  argument("judgeHistory", "operations", operations, requireOperations)
  let steps = 0
  for (const history of splitByKey(operations)) {
    const { key } = history
    const result = search(history, stepsMax - steps)
    steps += result.steps
    if (result.kind === "undecided") return { kind: "undecided", steps, key }
    if (result.kind === "found") continue
    const own = operations.filter((operation) => operation.key === key)
    const { history: beginning, operation, steps: more } = findFirstFailure(own, stepsMax)
    const later = own.filter(({ from }) => from > operation.until)
    const found = explain(beginning, operation, later, () => possibleValues(beginning, operation))
    return { kind: "violated", steps: steps + more, key, reason: `key ${String(key)}: ${found.reason}`, operations: found.operations }
  }
  return { kind: "linearizable", steps }
}
