/**
 * Comparisons of a transaction (etcd's `Compare`), and which branches they choose.
 *
 * All of them, those of nested transactions too, look at the store as it was before the transaction: branches are chosen first, then run.
 */

import type { Compare, CompareResult, TxnRequest } from "../../wire/kv/index.ts"
import { compareBytes, type Location, type MvccStore, nowhere, spanOf } from "../mvcc/index.ts"

/** A transaction with its branch chosen, and those of the transactions in that branch, in order. */
export interface ChosenPath {
  readonly succeeded: boolean
  readonly nested: readonly ChosenPath[]
}

export function choosePath(store: MvccStore, txn: TxnRequest): ChosenPath {
  const succeeded = txn.compare.every((compare) => holds(store, compare))
  const nested: ChosenPath[] = []
  for (const op of succeeded ? txn.success : txn.failure) if (op.kind === "txn") nested.push(choosePath(store, op))
  return { succeeded, nested }
}

/** Whether the comparison holds for every key of its range; for a missing one if there is none. */
export function holds(store: MvccStore, compare: Compare): boolean {
  const span = spanOf(compare)
  if (span.isOneKey) return holdsFor(store, store.present(compare.key), compare)
  let all = true
  let any = false
  store.live.scan(span, (_text, id) => {
    any = true
    all = holdsFor(store, store.latest.at(id), compare)
    return all
  })
  return any ? all : holdsFor(store, nowhere, compare)
}

function holdsFor({ records }: MvccStore, version: Location, compare: Compare): boolean {
  const exists = version !== nowhere
  switch (compare.target) {
    case "value":
      return exists && isResult(compareBytes(records.value(version), compare.operand), compare.result)
    case "version":
      return isResult((exists ? records.version(version) : 0) - compare.operand, compare.result)
    case "create":
      return isResult((exists ? records.createRevision(version) : 0) - compare.operand, compare.result)
    case "mod":
      return isResult((exists ? records.modRevision(version) : 0) - compare.operand, compare.result)
    case "lease":
      return isResult(Number((exists ? records.lease(version) : 0n) - compare.operand), compare.result)
  }
}

function isResult(difference: number, result: CompareResult): boolean {
  switch (result) {
    case "equal":
      return difference === 0
    case "notEqual":
      return difference !== 0
    case "greater":
      return difference > 0
    case "less":
      return difference < 0
  }
}
