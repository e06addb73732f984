/**
 * What all native connections of a server hold together: requests under way, their bytes, and answers that nobody has taken.
 *
 * Bounds per connection are not enough: two hundred connections make gigabytes. So there is one bound for all, and the rule of the dynamic threshold
 * (Choudhury and Hahne, 1998) shares it out: a connection may hold as much as is still free. One alone gets half, n greedy ones an (n+1)th part
 * each, and as much as each of them holds stays free for the next connection that asks for little. There is nothing to configure and nobody to count.
 */

import { AnswerPieces } from "./answer-pieces.ts"
import type { NativeOptions } from "./options.ts"

/** A connection that waits until there is room for the request that it has begun. */
export interface Waiter {
  /** Tries again. False: there is still no room. */
  retry(): boolean
}

/** So many that wait may be told "not yet" in one round; one large request at the front does not stop small ones behind it. */
const refusalsPerRoundMax = 16

export class SharedLoad {
  inflightRequests = 0
  inflightBytes = 0
  unsentBytes = 0
  readonly pieces = new AnswerPieces()
  readonly #options: NativeOptions
  /** The connection that has waited longest comes first. */
  readonly #waiting = new Set<Waiter>()

  constructor(options: NativeOptions) {
    this.#options = options
  }

  /** Whether a connection with so much under way has its part. One with nothing under way never has. */
  isFullFor(requests: number, bytes: number): boolean {
    const { allInflightRequestsMax, allInflightBytesMax } = this.#options
    if (requests === 0) return false
    return requests >= allInflightRequestsMax - this.inflightRequests || bytes >= allInflightBytesMax - this.inflightBytes
  }

  /** Whether a connection with `ownBytes` of requests under way may begin another of `bytes`. Alone it may always. */
  hasRoomFor(ownBytes: number, bytes: number): boolean {
    const free = this.#options.allInflightBytesMax - this.inflightBytes - bytes
    return ownBytes + bytes <= free || this.inflightBytes === 0
  }

  /** Whether a connection with `ownBytes` of answers that it has not taken may have another of `bytes`. */
  hasRoomForAnswer(ownBytes: number, bytes: number): boolean {
    const free = this.#options.allUnsentBytesMax - this.unsentBytes - bytes
    return ownBytes + bytes <= free || this.unsentBytes === 0
  }

  /** Whether a connection with so much of its answers untaken has its part of what all may leave untaken. */
  isUnsentFullFor(ownBytes: number): boolean {
    return ownBytes > 0 && ownBytes >= this.#options.allUnsentBytesMax - this.unsentBytes
  }

  /** From here on connections that take nothing are not waited for as long. */
  get isPressed(): boolean {
    return this.unsentBytes >= this.#options.allUnsentBytesMax / 2
  }

  wait(waiter: Waiter): void {
    this.#waiting.add(waiter)
  }

  stopWaiting(waiter: Waiter): void {
    this.#waiting.delete(waiter)
  }

  /** Something was let go: those that wait may try again. */
  onReleased(): void {
    if (this.#waiting.size === 0) return
    let refusals = 0
    for (const waiter of this.#waiting) {
      if (waiter.retry()) this.#waiting.delete(waiter)
      else if (++refusals === refusalsPerRoundMax) return
    }
  }
}
