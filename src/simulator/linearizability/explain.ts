/**
 * Why a history has no order, in one sentence: the smallest contradiction that the operation which could not be placed is part of.
 *
 * The search says which operation that is, and that alone is certain. Here the usual reasons are looked for one after the other, each of them two or
 * three operations that contradict each other whatever else happened. Where none of them is found the values that were possible have to do.
 */

import { listOf, nameOf, outcomeOf, textOf } from "./describe.ts"
import { precedes, type Operation, type Value } from "./history.ts"
import type { KeyHistory } from "./key-history.ts"
import { initialValue, mayWrite, seenBy, valuesWritten } from "./key-value-model.ts"

export interface Contradiction {
  /** A sentence, without the key. */
  readonly reason: string
  /** The operations that contradict each other; the one that could not be placed comes first. */
  readonly operations: readonly Operation[]
}

/**
 * `operation` is the one with whose answer `history` went bad, `later` what was asked afterwards. `possible` finds the values that the key could have had
 * by then, null if they are too many to tell.
 */
export function explain(
  history: KeyHistory,
  operation: Operation,
  later: readonly Operation[],
  possible: () => readonly Value[] | null,
): Contradiction {
  const seen = seenBy(operation)
  const found =
    seen === undefined
      ? null
      : seen === null
        ? (findDoubleReplacement(history, operation, seen) ?? findReappearedAbsence(history, operation))
        : (findUnwritten(history, operation, later, seen) ??
          findDoubleReplacement(history, operation, seen) ??
          findReturn(history, operation, seen) ??
          findReplaced(history, operation, seen))
  if (found !== null) return found
  const values = possible()
  const others = values === null ? "which fits nowhere" : `but by then the key could only hold ${listOf(values)}`
  return { reason: `${nameOf(operation)} ${outcomeOf(operation)}, ${others}`, operations: [operation] }
}

/** A value that was never written, not written yet, or only by something that was refused. */
function findUnwritten(history: KeyHistory, reader: Operation, later: readonly Operation[], seen: Value): Contradiction | null {
  if (seen === initialValue || writersOf(history, seen).length > 0) return null
  const story = `${nameOf(reader)} ${outcomeOf(reader)}`
  const refused = history.refused.find((operation) => mayWrite(operation, seen))
  if (refused !== undefined) return because([reader, refused], `${story}, the value of ${nameOf(refused)}, which had been refused`)
  const writer = later.find((operation) => operation.end !== "refused" && mayWrite(operation, seen))
  if (writer !== undefined) return because([reader, writer], `${story} before ${nameOf(writer)} had begun to write it`)
  return because([reader], `${story}, which nobody ever wrote`)
}

/** Two operations that each replaced the one and only appearance of a value: an update is lost. */
function findDoubleReplacement(history: KeyHistory, replacer: Operation, seen: Value): Contradiction | null {
  const appearances = writersOf(history, seen).length + (seen === initialValue ? 1 : 0)
  if (!hasReplaced(replacer, seen) || appearances !== 1) return null
  const other = answeredOf(history).find((operation) => operation !== replacer && hasReplaced(operation, seen))
  if (other === undefined) return null
  return because([replacer, other], `${nameOf(replacer)} and ${nameOf(other)} both replaced ${textOf(seen)}: one of the updates is lost`)
}

/** A value that was written once, then seen to be gone, and is there again. */
function findReturn(history: KeyHistory, reader: Operation, seen: Value): Contradiction | null {
  const [writer, ...others] = writersOf(history, seen)
  if (writer === undefined || others.length > 0) return null
  const observers = answeredOf(history).filter((operation) => operation !== reader && seenBy(operation) !== undefined)
  const sightings = observers.filter((operation) => seenBy(operation) === seen)
  for (const between of observers) {
    const found = seenBy(between)
    if (found === seen || found === undefined || !precedes(between, reader)) continue
    const before = sightings.find((operation) => precedes(operation, between))
    if (before !== undefined) {
      const story = `after ${nameOf(before)} had seen it and ${nameOf(between)} had found ${textOf(found)} instead`
      return because([reader, between, before, writer], `${nameOf(reader)} ${outcomeOf(reader)} again, ${story}`)
    }
    if (precedes(writer, between)) {
      const story = `although ${nameOf(between)} had found ${textOf(found)} there since ${nameOf(writer)} was over`
      return because([reader, between, writer], `${nameOf(reader)} ${outcomeOf(reader)}, ${story}`)
    }
    const [next, ...more] = writersOf(history, found)
    if (next !== undefined && more.length === 0 && precedes(writer, next)) {
      const story = `although ${nameOf(between)} had found ${textOf(found)}, which was written later`
      return because([reader, between, next, writer], `${nameOf(reader)} ${outcomeOf(reader)}, ${story}`)
    }
  }
  return null
}

/** A value that was written once and had certainly been replaced before the reader asked: a stale read. */
function findReplaced(history: KeyHistory, reader: Operation, seen: Value): Contradiction | null {
  const [writer, ...others] = writersOf(history, seen)
  if (writer === undefined || others.length > 0) return null
  const later = answeredOf(history).find((operation) => {
    return (
      operation !== reader &&
      certainlyLeaves(operation) &&
      !mayWrite(operation, seen) &&
      precedes(writer, operation) &&
      precedes(operation, reader)
    )
  })
  if (later === undefined) return null
  const story = `although ${nameOf(later)} had replaced the value of ${nameOf(writer)} before`
  return because([reader, later, writer], `${nameOf(reader)} ${outcomeOf(reader)}, ${story}`)
}

/** Nothing was there, after something had been and without anybody who could have deleted it. */
function findReappearedAbsence(history: KeyHistory, reader: Operation): Contradiction | null {
  if (writersOf(history, null).some((operation) => operation.from <= reader.until)) return null
  const earlier = answeredOf(history).find((operation) => {
    const seen = seenBy(operation)
    const provesPresence = certainlyLeaves(operation) || (seen !== undefined && seen !== null)
    return operation !== reader && provesPresence && precedes(operation, reader)
  })
  if (earlier === undefined) return null
  return because(
    [reader, earlier],
    `${nameOf(reader)} ${outcomeOf(reader)}, although ${nameOf(earlier)} ${outcomeOf(earlier)} before and nobody deleted the key`,
  )
}

function because(operations: readonly Operation[], reason: string): Contradiction {
  return { operations, reason }
}

function answeredOf(history: KeyHistory): Operation[] {
  return history.answered.map(({ operation }) => operation)
}

/** Everything that may have left `value` behind. */
function writersOf(history: KeyHistory, value: Value): readonly Operation[] {
  let index = indexes.get(history)
  if (index === undefined) {
    index = new Map()
    for (const operation of [...answeredOf(history), ...history.unknown]) {
      for (const written of valuesWritten(operation)) index.set(written, [...(index.get(written) ?? []), operation])
    }
    indexes.set(history, index)
  }
  return index.get(value) ?? []
}

/** Made once for each history that has to be explained. */
const indexes = new WeakMap<KeyHistory, Map<Value, Operation[]>>()

/** Whether the key certainly holds what this operation put there right after it, or nothing if it deleted. */
function certainlyLeaves({ call, result }: Operation): boolean {
  return call.kind === "put" || call.kind === "delete" || (call.kind === "cas" && result?.kind === "cas" && result.done)
}

/** Whether it certainly put something else in the place of `value`. */
function hasReplaced(operation: Operation, value: Value): boolean {
  return seenBy(operation) === value && certainlyLeaves(operation) && !mayWrite(operation, value)
}
