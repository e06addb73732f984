/** Numbers messages: equal ones have the same number, and nothing is ever said twice in memory. */

import type { Message, NodeId } from "../../core/index.ts"
import type { Bounds } from "./bounds.ts"
import { FingerprintTable } from "./fingerprint.ts"
import { keyOfMessage, type Renaming } from "./keys.ts"
import { lifetimeOf, type Lifetime } from "./lateness.ts"

export class MessageTable {
  readonly messages: Message[] = []
  /** To whom, by number. */
  readonly receivers: NodeId[] = []
  readonly lifetimes: Lifetime[] = []
  readonly fingerprints: FingerprintTable
  readonly #numbers = new Map<string, number>()
  readonly #renamings: readonly Renaming[]
  readonly #bounds: Bounds

  constructor(renamings: readonly Renaming[], bounds: Bounds) {
    this.#bounds = bounds
    this.#renamings = renamings
    this.fingerprints = new FingerprintTable(renamings.length)
  }

  intern(message: Message): number {
    const key = keyOfMessage(message, this.#renamings[0]!)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.messages.length
    this.messages.push(message)
    this.receivers.push(message.to)
    this.lifetimes.push(lifetimeOf(message, this.#bounds))
    this.#numbers.set(key, number)
    for (const [i, names] of this.#renamings.entries()) this.fingerprints.set(number, i, `message ${keyOfMessage(message, names)}`)
    return number
  }
}
