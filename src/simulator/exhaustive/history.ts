/**
 * What a situation has to remember beyond its servers and messages, because the properties speak of the past: who was elected in which term,
 * and what was ever committed (the history variables of the TLA+ specification, as far as they are needed).
 */

import type { Entry, NodeId, Term } from "../../core/index.ts"
import { FingerprintTable } from "./fingerprint.ts"
import { keyOfEntry, type Renaming } from "./keys.ts"

export interface CommittedEntry {
  readonly entry: Entry
  /** What the entry says, as text. */
  readonly text: string
  /** The term of the server that was the first to hold it as committed. */
  readonly inTerm: Term
}

export interface History {
  /** Position n: who was elected in term n; 0 for nobody. */
  readonly leaders: readonly NodeId[]
  /** Position n: what is committed at index n + 1. */
  readonly committed: readonly CommittedEntry[]
}

/** Numbers histories: equal ones have the same number. */
export class HistoryTable {
  readonly histories: History[] = []
  readonly fingerprints: FingerprintTable
  readonly #numbers = new Map<string, number>()
  readonly #renamings: readonly Renaming[]

  constructor(renamings: readonly Renaming[]) {
    this.#renamings = renamings
    this.fingerprints = new FingerprintTable(renamings.length)
  }

  intern(history: History): number {
    const key = keyOfHistory(history, this.#renamings[0]!)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.histories.length
    this.histories.push(history)
    this.#numbers.set(key, number)
    for (const [i, names] of this.#renamings.entries()) this.fingerprints.set(number, i, `history ${keyOfHistory(history, names)}`)
    return number
  }
}

function keyOfHistory({ leaders, committed }: History, names: Renaming): string {
  const elections = leaders.map((id) => names[id]).join(",")
  return `${elections} ${committed.map(({ entry, inTerm }) => `${keyOfEntry(entry, names)}@${inTerm}`).join(",")}`
}
