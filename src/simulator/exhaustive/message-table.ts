/** Numbers messages: equal ones have the same number, and nothing is ever said twice in memory. */

import type { Message, NodeId, Term } from "../../core/index.ts"
import { FingerprintTable } from "./fingerprint.ts"
import { keyOfMessage, type Renaming } from "./keys.ts"

export class MessageTable {
  readonly messages: Message[] = []
  /** To whom, by number. */
  readonly receivers: NodeId[] = []
  /** The message means nothing to a server beyond this term: it has come too late for good. Infinity for what is always answered. */
  readonly expiries: Term[] = []
  readonly fingerprints: FingerprintTable
  readonly #numbers = new Map<string, number>()
  readonly #renamings: readonly Renaming[]
  readonly #answersStale: boolean

  constructor(renamings: readonly Renaming[], answersStale: boolean) {
    this.#answersStale = answersStale
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
    this.expiries.push(isAnswer(message) || !this.#answersStale ? message.term : Infinity)
    this.#numbers.set(key, number)
    for (const [i, names] of this.#renamings.entries()) this.fingerprints.set(number, i, `message ${keyOfMessage(message, names)}`)
    return number
  }
}

/** What the core's term gate drops without a word when its term is over. */
function isAnswer({ kind }: Message): boolean {
  return kind === "requestVoteReply" || kind === "appendEntriesReply" || kind === "preVoteReply" || kind === "timeoutNow"
}
