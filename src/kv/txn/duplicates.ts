/**
 * Whether a transaction might change a key twice in a way that etcd refuses: two puts of it, or a put and a deletion next to each other.
 *
 * Judged from the request alone, as if every nested transaction took both of its branches, which do not mind each other. The rules are etcd's to
 * the letter, loopholes included: a nested deletion after a nested put passes, and so does deleting "everything from a key on" (`range_end` of
 * a single 0 byte), which its interval arithmetic takes for an empty range. The store copes with all of these: the last change in a revision
 * is the one that counts.
 */

import type { RequestOp } from "../../wire/kv/index.ts"
import { type KeySpan, keyText, spanOf } from "../mvcc/index.ts"

/** What the operations of a branch can change, nested ones included. */
interface Changes {
  readonly puts: Set<string>
  readonly deletions: Deletions
}

/** Whether etcd would say `duplicate key given in txn request` to these operations of one branch. */
export function repeatsKey(operations: readonly RequestOp[]): boolean {
  return changesOf(operations) === null
}

/** Null if a key repeats. */
function changesOf(operations: readonly RequestOp[]): Changes | null {
  const puts = new Set<string>()
  const deletions = new Deletions()
  for (const op of operations) if (op.kind === "deleteRange") deletions.add(literalSpan(spanOf(op)))
  for (const op of operations) {
    if (op.kind !== "txn") continue
    const success = changesOf(op.success)
    const failure = changesOf(op.failure)
    if (success === null || failure === null) return null
    for (const key of success.puts) if (puts.has(key) || deletions.has(key)) return null
    for (const key of failure.puts) if (puts.has(key) || deletions.has(key)) return null
    for (const branch of [success, failure]) {
      for (const key of branch.puts) puts.add(key)
      deletions.addAll(branch.deletions)
    }
  }
  for (const op of operations) {
    if (op.kind !== "put") continue
    const key = keyText(op.key)
    if (puts.has(key) || deletions.has(key)) return null
    puts.add(key)
  }
  return { puts, deletions }
}

interface DeletedSpan {
  readonly from: string
  readonly to: string
}

/** For this check, an open range is one that ends below its start. */
function literalSpan(span: KeySpan): DeletedSpan {
  return { from: span.from, to: span.to ?? "\u0000" }
}

/** Ranges to look keys up in; merged and sorted when they are first asked. */
class Deletions {
  private spans: DeletedSpan[] = []
  private isMerged = true

  add(span: DeletedSpan): void {
    if (span.from >= span.to) return
    this.spans.push(span)
    this.isMerged = false
  }

  addAll(others: Deletions): void {
    for (const span of others.spans) this.add(span)
  }

  has(key: string): boolean {
    if (!this.isMerged) this.merge()
    let low = 0
    let high = this.spans.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.spans[middle]!.from <= key) low = middle + 1
      else high = middle
    }
    const span = this.spans[low - 1]
    return span !== undefined && key < span.to
  }

  private merge(): void {
    const merged: DeletedSpan[] = []
    for (const span of this.spans.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
      const last = merged.at(-1)
      if (last === undefined || span.from > last.to) merged.push(span)
      else if (span.to > last.to) merged[merged.length - 1] = { from: last.from, to: span.to }
    }
    this.spans = merged
    this.isMerged = true
  }
}
