/**
 * The history of one key, made ready for the search. Linearizability is a matter of each key for itself (Herlihy and Wing's locality; the simplest case
 * of P-compositionality), which turns one hopeless search into many small ones.
 *
 * A session's read may show an old state, so it may take effect before it was asked; but not before what its client had been told of this key. It is
 * given a moment of its own to begin from, that of what it has to come after. Across keys nothing is said of sessions here: that is not a
 * matter of each key for itself.
 */

import type { Key, Operation } from "./history.ts"
import { isHarmless, isRead } from "./key-value-model.ts"

export interface KeyHistory {
  readonly key: Key
  /** Those that were answered, by the moment from which on they can take effect. All of them have to be placed. */
  readonly answered: readonly Placeable[]
  /** Those whose end is unknown, by the moment they were asked. Any of them may be placed, or not. Reads are left out: nobody saw what they saw. */
  readonly unknown: readonly Operation[]
  /** Certainly not done. */
  readonly refused: readonly Operation[]
}

export interface Placeable {
  readonly operation: Operation
  /** From here on it can take effect. */
  readonly from: number
  /** Positions in `answered` of what must take effect before, beyond what the times say. */
  readonly after: readonly number[]
  /** It changed nothing. */
  readonly isHarmless: boolean
}

/** Splits a history by key, in the order of the keys' first appearance. */
export function splitByKey(operations: readonly Operation[]): KeyHistory[] {
  const byKey = new Map<Key, Operation[]>()
  for (const operation of operations) {
    const list = byKey.get(operation.key)
    if (list === undefined) byKey.set(operation.key, [operation])
    else list.push(operation)
  }
  return [...byKey].map(([key, list]) => {
    const ended = (end: Operation["end"]): Operation[] => list.filter((operation) => operation.end === end).sort(byFrom)
    return {
      key,
      answered: makePlaceable(ended("answered")),
      unknown: ended("unknown").filter(({ call }) => !isRead(call)),
      refused: ended("refused"),
    }
  })
}

/** A draft of a `Placeable` that names operations instead of positions. */
interface Draft {
  readonly operation: Operation
  readonly from: number
  readonly after: readonly Draft[]
}

function makePlaceable(answered: readonly Operation[]): Placeable[] {
  const drafts: Draft[] = []
  const byClient = new Map<number, Draft[]>()
  for (const operation of answered) {
    const own = byClient.get(operation.client) ?? []
    byClient.set(operation.client, own)
    const draft = operation.promise === "linearizable" ? { operation, from: operation.from, after: [] } : draftSessionRead(operation, own)
    own.push(draft)
    drafts.push(draft)
  }
  // Stable: what another must come after was asked before, so it also stands before.
  drafts.sort(byFrom)
  const positions = new Map(drafts.map((draft, position) => [draft, position]))
  return drafts.map(({ operation, from, after }) => {
    return { operation, from, after: after.map((draft) => positions.get(draft)!), isHarmless: isHarmless(operation) }
  })
}

/** It comes after the latest of its client's operations that were over; what those came after themselves is implied. */
function draftSessionRead(operation: Operation, own: readonly Draft[]): Draft {
  const after: Draft[] = []
  let impliedBefore = -Infinity
  for (let position = own.length - 1; position >= 0; position--) {
    const earlier = own[position]!
    if (earlier.operation.until >= operation.from || earlier.operation.until < impliedBefore) continue
    after.push(earlier)
    impliedBefore = Math.max(impliedBefore, earlier.operation.from)
  }
  return { operation, from: after.reduce((latest, { from }) => Math.max(latest, from), -Infinity), after }
}

function byFrom(one: { readonly from: number }, other: { readonly from: number }): number {
  // No subtraction: both may be -Infinity.
  return one.from < other.from ? -1 : one.from > other.from ? 1 : 0
}
