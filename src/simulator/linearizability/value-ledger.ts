/**
 * Who still has to see a value, and who can still bring it back: what tells a search early that it has gone astray.
 *
 * A value may be replaced only when nobody is left who must see it, or somebody is left who can write it again. And where nobody is left to whom a value
 * makes a difference, it is as good as any other such value.
 */

import type { Operation, Value } from "./history.ts"
import type { KeyHistory } from "./key-history.ts"
import { initialValue, seenBy, valuesOfInterest, valuesWritten } from "./key-value-model.ts"

interface Concern {
  /** What it must see; -1 if its answer does not say. */
  readonly seen: number
  readonly interests: readonly number[]
  readonly writes: readonly number[]
}

/** The one name of all values that make no difference any more. */
const indifferent = -1

export class ValueLedger {
  readonly #ids = new Map<Value, number>()
  /** By value: how many that are left must see it, care about it, can write it. */
  readonly #observers: number[] = []
  readonly #interests: number[] = []
  readonly #writers: number[] = []
  /** Of the answered operations, then of the unknown ones. */
  readonly #concerns: readonly Concern[]

  constructor({ answered, unknown }: KeyHistory) {
    const operations = [...answered.map(({ operation }) => operation), ...unknown]
    // Whether the key exists may make a difference to anybody.
    this.#interests[this.#idOf(initialValue)] = Infinity
    this.#concerns = operations.map((operation, position) => this.#concernOf(operation, position < answered.length))
    for (let candidate = 0; candidate < operations.length; candidate++) this.#count(candidate, 1)
  }

  place(candidate: number): void {
    this.#count(candidate, -1)
  }

  take(candidate: number): void {
    this.#count(candidate, 1)
  }

  /** Whether somebody is left who must see `value`, and nobody who can write it. */
  isMissed(value: Value): boolean {
    const id = this.#ids.get(value)
    return id !== undefined && this.#observers[id]! > 0 && this.#writers[id] === 0
  }

  /** Whether somebody must see what never was and never will be there. */
  get isHopeless(): boolean {
    return [...this.#ids.keys()].some((value) => value !== initialValue && this.isMissed(value))
  }

  /** A number for the value: the same for the same value, and for all that make no difference. */
  nameOf(value: Value): number {
    const id = this.#ids.get(value)
    return id === undefined || this.#interests[id] === 0 ? indifferent : id
  }

  #concernOf(operation: Operation, isAnswered: boolean): Concern {
    const seen = isAnswered ? seenBy(operation) : undefined
    return {
      seen: seen === undefined ? -1 : this.#idOf(seen),
      interests: valuesOfInterest(operation).map((value) => this.#idOf(value)),
      writes: valuesWritten(operation).map((value) => this.#idOf(value)),
    }
  }

  #count(candidate: number, by: 1 | -1): void {
    const { seen, interests, writes } = this.#concerns[candidate]!
    if (seen >= 0) this.#observers[seen]! += by
    for (const id of interests) this.#interests[id]! += by
    for (const id of writes) this.#writers[id]! += by
  }

  #idOf(value: Value): number {
    const known = this.#ids.get(value)
    if (known !== undefined) return known
    const id = this.#ids.size
    this.#ids.set(value, id)
    this.#observers[id] = 0
    this.#interests[id] ??= 0
    this.#writers[id] = 0
    return id
  }
}
