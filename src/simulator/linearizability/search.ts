/**
 * Looks for an order in which the operations of one key could have taken effect one after the other.
 *
 * The method is Wing and Gong's, with Lowe's memory of what was tried: place one operation after the other, each that may come next by the times,
 * and step back where nothing fits; a set of placed operations that left the same value behind need not be tried twice. Iterative, so that no
 * history is too long. Five observations make it fast:
 *
 * - An operation that fits and can change nothing is placed at once. If any order works, so does the one in which it is moved here.
 * - A value that somebody is still to see, and nobody can write again, must not be replaced (`ValueLedger`).
 * - What has to be over first, or be seen first, is tried first.
 * - One whose end is unknown is worth placing only right before one that needs its effect. Anywhere else it could be moved further back, or left out.
 * - Where the same set was tried with fewer of the unknown ones spent, trying with more of them spent is no better.
 */

import type { Operation, Value } from "./history.ts"
import type { KeyHistory } from "./key-history.ts"
import { impossible, initialValue, isUndecided, seenBy, valueAfter, valuesWritten } from "./key-value-model.ts"
import { PlacedSet } from "./placed-set.ts"
import { ValueLedger } from "./value-ledger.ts"

export interface SearchResult {
  /** `undecided`: too many steps. */
  readonly kind: "found" | "none" | "undecided"
  /** How many times an operation was placed. */
  readonly steps: number
}

/** One operation placed, and how far the search for the next one has come. */
interface Frame {
  /** What was placed to get here: a position among the answered, or behind them among the unknown; -1 at the start. */
  readonly placed: number
  readonly value: Value
  /** What may come next, in the order in which it is tried. */
  readonly candidates: readonly number[]
  cursor: number
}

export function search(history: KeyHistory, stepsMax: number): SearchResult {
  return new Search(history).run(stepsMax)
}

class Search {
  readonly #history: KeyHistory
  readonly #placed: PlacedSet
  readonly #ledger: ValueLedger
  /** Which of the unknown ones are spent. */
  readonly #spent: Uint32Array
  /** By set and value: which unknown ones were spent when it was tried. */
  readonly #tried = new Map<string, Uint32Array[]>()
  /** By candidate: the moment by which it has to be placed. */
  readonly #deadlines: readonly number[]
  /** The unknown ones that can write a value. */
  readonly #unknownWriters = new Map<Value, number[]>()
  /** Whether there are transactions of unknown end, which may do one thing or another. */
  readonly #hasTransactions: boolean

  constructor(history: KeyHistory) {
    const { answered, unknown } = history
    this.#history = history
    this.#placed = new PlacedSet(answered.length)
    this.#ledger = new ValueLedger(history)
    this.#spent = new Uint32Array((unknown.length + 31) >> 5)
    this.#deadlines = deadlinesOf(history)
    this.#hasTransactions = unknown.some(({ call }) => call.kind === "transaction")
    for (const [at, operation] of unknown.entries()) {
      for (const value of valuesWritten(operation)) {
        const writers = this.#unknownWriters.get(value)
        if (writers === undefined) this.#unknownWriters.set(value, [at])
        else writers.push(at)
      }
    }
  }

  run(stepsMax: number): SearchResult {
    let steps = 0
    if (this.#ledger.isHopeless) return { kind: "none", steps }
    const stack: Frame[] = [this.#arrive(-1, initialValue)]
    while (this.#placed.count < this.#history.answered.length) {
      const frame = stack.at(-1)
      if (frame === undefined) return { kind: "none", steps }
      if (frame.cursor === frame.candidates.length) {
        stack.pop()
        if (frame.placed >= 0) this.#take(frame.placed)
        continue
      }
      if (steps >= stepsMax) return { kind: "undecided", steps }
      steps += 1
      const next = frame.candidates[frame.cursor++]!
      const value = valueAfter(this.#operationOf(next), frame.value) as Value
      this.#place(next)
      const isAstray = value !== frame.value && this.#ledger.isMissed(frame.value)
      if (isAstray || (!this.#isHarmless(next) && !this.#isNews(value))) this.#take(next)
      else stack.push(this.#arrive(next, value))
    }
    return { kind: "found", steps }
  }

  #arrive(placed: number, value: Value): Frame {
    const { answered } = this.#history
    let until = Infinity
    for (let at = this.#placed.first(); at >= 0 && answered[at]!.from <= until; at = this.#placed.after(at)) {
      until = Math.min(until, answered[at]!.operation.until)
    }
    return { placed, value, candidates: this.#candidatesAt(value, until), cursor: 0 }
  }

  /** What fits next; only the first that can change nothing, if there is such a one. `until`: what was asked later has to wait for something. */
  #candidatesAt(value: Value, until: number): number[] {
    const { answered } = this.#history
    const candidates: number[] = []
    const waiting: number[] = []
    for (let at = this.#placed.first(); at >= 0 && answered[at]!.from <= until; at = this.#placed.after(at)) {
      const { operation, isHarmless } = answered[at]!
      if (!this.#isFree(at)) continue
      if (valueAfter(operation, value) === impossible) waiting.push(at)
      else if (isHarmless) return [at]
      else candidates.push(at)
    }
    for (const unknown of this.#helpersOf(waiting, candidates, value, until)) candidates.push(unknown)
    return candidates.sort((one, other) => this.#deadlines[one]! - this.#deadlines[other]!)
  }

  /**
   * The unknown ones that begin what something that waits needs: one that writes the value, or a chain of them, each of which has to find what the one
   * before it writes. What needs no certain value gets to try them all.
   */
  #helpersOf(waiting: readonly number[], fitting: readonly number[], value: Value, until: number): Iterable<number> {
    const { answered, unknown } = this.#history
    if (unknown.length === 0) return []
    const needed = waiting.map((at) => seenBy(answered[at]!.operation))
    const isVague = needed.includes(undefined) || fitting.some((at) => isUndecided(answered[at]!.operation))
    const helpers = new Set<number>()
    const consider = (at: number): void => {
      const operation = unknown[at]!
      if (operation.from > until || this.#isSpent(at)) return
      const then = valueAfter(operation, value)
      if (then === impossible) return
      if (then !== value) helpers.add(answered.length + at)
      else if (operation.call.kind === "cas" && !needed.includes(operation.call.expected)) needed.push(operation.call.expected)
    }
    if (isVague || (this.#hasTransactions && waiting.length > 0)) for (let at = 0; at < unknown.length; at++) consider(at)
    else for (let next = 0; next < needed.length; next++) this.#unknownWriters.get(needed[next]!)?.forEach(consider)
    return helpers
  }

  /** Whether everything that it must come after is placed. */
  #isFree(at: number): boolean {
    const { after } = this.#history.answered[at]!
    return after.every((earlier) => this.#placed.has(earlier))
  }

  #isHarmless(candidate: number): boolean {
    return this.#history.answered[candidate]?.isHarmless === true
  }

  #operationOf(candidate: number): Operation {
    const { answered, unknown } = this.#history
    return candidate < answered.length ? answered[candidate]!.operation : unknown[candidate - answered.length]!
  }

  #place(candidate: number): void {
    const unknown = candidate - this.#history.answered.length
    if (unknown < 0) this.#placed.add(candidate)
    else this.#spent[unknown >> 5]! |= 1 << (unknown & 31)
    this.#ledger.place(candidate)
  }

  #take(candidate: number): void {
    const unknown = candidate - this.#history.answered.length
    if (unknown < 0) this.#placed.remove(candidate)
    else this.#spent[unknown >> 5]! &= ~(1 << (unknown & 31))
    this.#ledger.take(candidate)
  }

  #isSpent(unknown: number): boolean {
    return (this.#spent[unknown >> 5]! & (1 << (unknown & 31))) !== 0
  }

  /** Whether the present set has not been tried with this value, or only with more of the unknown ones spent; and remembers it. */
  #isNews(value: Value): boolean {
    const key = this.#placed.key(this.#ledger.nameOf(value))
    const known = this.#tried.get(key)
    if (known === undefined) {
      this.#tried.set(key, [this.#spent.slice()])
      return true
    }
    if (known.some((spent) => spent.every((word, at) => (word & ~this.#spent[at]!) === 0))) return false
    known.push(this.#spent.slice())
    return true
  }
}

/** An operation has to be placed before it is over, and before anything is over that must see what it alone writes. */
function deadlinesOf({ answered, unknown }: KeyHistory): number[] {
  const seenUntil = new Map<Value, number>()
  for (const { operation } of answered) {
    const seen = seenBy(operation)
    if (seen !== undefined) seenUntil.set(seen, Math.min(seenUntil.get(seen) ?? Infinity, operation.until))
  }
  return [...answered.map(({ operation }) => operation), ...unknown].map((operation) => {
    const values = valuesWritten(operation)
    return values.reduce<number>((least, value) => Math.min(least, seenUntil.get(value) ?? Infinity), operation.until)
  })
}
