/**
 * A history: what clients asked of a key-value store, when, and what they were told. The vocabulary of this folder; it knows no servers and no log.
 *
 * Times are positions on any one scale that orders the moments of all clients (event numbers, or milliseconds of one clock). An operation takes
 * effect at one moment between `from` and `until`; two that touch in time are concurrent.
 */

/** What a key holds; null if it does not exist. */
export type Value = string | number | null

/** The name of a key. `1` and `"1"` are two keys. */
export type Key = string | number

/** What can be asked of one key at once. */
export type KeyCall =
  | { readonly kind: "get" }
  | { readonly kind: "put"; readonly value: Value }
  | { readonly kind: "delete" }
  /** Puts `value` if the key holds `expected`. */
  | { readonly kind: "cas"; readonly expected: Value; readonly value: Value }
  | KeyTransaction

/** All of `compare` decides which of the two lists is done, and all of that list is done at one moment. One key only. */
export interface KeyTransaction {
  /** Tells a transaction from the other calls. */
  readonly kind: "transaction"
  /** The transaction succeeds if all of these hold; always, if there are none. */
  readonly compare: readonly KeyCompare[]
  /** What is done if it succeeds, in this order. */
  readonly success: readonly TransactionStep[]
  /** What is done if it does not, in this order. */
  readonly failure: readonly TransactionStep[]
}

/** One comparison of a transaction. */
export interface KeyCompare {
  /** `is`: the key holds `value`. `isNot`: it holds anything else. */
  readonly operator: "is" | "isNot"
  /** The value to compare with; null for a key that does not exist. */
  readonly value: Value
}

/** One step of a transaction, on the transaction's key. */
export type TransactionStep = { readonly kind: "get" } | { readonly kind: "put"; readonly value: Value } | { readonly kind: "delete" }

/** What an answer said. A part that is left out was not told, and may be anything. */
export type Result =
  | { readonly kind: "get"; readonly value: Value }
  | { readonly kind: "put"; readonly previous?: Value }
  | { readonly kind: "delete"; readonly existed?: boolean }
  | { readonly kind: "cas"; readonly done: boolean }
  /** `read`: what the gets of the list that was done saw, in their order. */
  | { readonly kind: "transaction"; readonly succeeded: boolean; readonly read?: readonly Value[] }

/** One operation of a client: what was asked, when, and what the client was told. */
export interface Operation {
  /** Unique in the history; what reports call it. */
  readonly id: number
  /** The number of the client that asked. Clients matter only to reads whose `promise` is `session`. */
  readonly client: number
  /** The key that it is about. Keys are judged apart from each other. */
  readonly key: Key
  /** What was asked of the key. */
  readonly call: KeyCall
  /** When it was asked. */
  readonly from: number
  /** When the answer came; Infinity if none ever did. */
  readonly until: number
  /** `unknown`: it may have taken effect, or may do so at any time after `from`. `refused`: certainly not done. */
  readonly end: "answered" | "unknown" | "refused"
  /** What the answer said; null if there was none, or if it said nothing. */
  readonly result: Result | null
  /**
   * What was promised: to take effect between `from` and `until`; or, of a get, only to show a state that is not older than what the same client
   * had seen before it asked (dissertation §6.4), on whichever server. Reads by ReadIndex and by lease promise the first.
   */
  readonly promise: "linearizable" | "session"
}

/** Whether `one` took effect before `other` did, as clients can tell: it was over before the other was asked. */
export function precedes(one: Operation, other: Operation): boolean {
  return one.until < other.from && (other.promise === "linearizable" || one.client === other.client)
}
