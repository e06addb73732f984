/**
 * The receivers of the requests under way, by request id, in a table without an object per request.
 *
 * A receiver is called with a tag that it has chosen, so that a server with a hundred thousand requests under way needs no closure, no promise and no
 * map entry for any of them. An id is made of a slot and the number of times that the slot was used, so no two requests have the same id.
 */

import type { LogIndex, NodeId, RejectReason } from "../../core/index.ts"
import type { MachineRejectReason, SessionRejectReason } from "../../replica/index.ts"

/** Takes answers: exactly one for each request, and never before the method that made the request has returned. */
export interface Receiver {
  /** Committed, and applied here. `result` is what the state machine returned and must not be changed. */
  onCommitted(tag: number, index: LogIndex, result: Uint8Array): void
  /** A read was answered, from the state after entry `index`. */
  onAnswered(tag: number, index: LogIndex, answer: unknown): void
  /** Certainly not done; safe to try again. `leader` is the server to ask, if known; `error` what the state machine threw on this server. */
  onRejected(
    tag: number,
    reason: RejectReason | SessionRejectReason | MachineRejectReason,
    message: string,
    leader: NodeId | null,
    error?: unknown,
  ): void
  /** May have been done, or may still be. */
  onUnknown(tag: number, message: string): void
  /** The state machine's `query` threw `error`. */
  onFailed(tag: number, message: string, error: unknown): void
}

/** The id of a request under way; 0 is none. */
export type RequestId = number

/** The most requests under way. Larger than the replica's own limits, so that callers meet those first. */
export const requestsMax = 1 << 20

export class PendingRequests {
  readonly #receivers: (Receiver | null)[] = []
  readonly #tags: number[] = []
  readonly #ids: RequestId[] = []
  readonly #free: number[] = []

  get count(): number {
    return this.#ids.length - this.#free.length
  }

  /** A new id, or null if there are too many. */
  add(receiver: Receiver, tag: number): RequestId | null {
    const slot = this.#free.pop() ?? this.#grow()
    if (slot === null) return null
    // The remainder modulo `requestsMax` is the slot; the quotient counts its uses.
    const id = this.#ids[slot]! + requestsMax
    this.#ids[slot] = id
    this.#receivers[slot] = receiver
    this.#tags[slot] = tag
    return id
  }

  /** The receiver of `id`; null if it was removed. */
  receiverOf(id: RequestId): Receiver | null {
    const slot = id % requestsMax
    return this.#ids[slot] === id ? this.#receivers[slot]! : null
  }

  tagOf(id: RequestId): number {
    return this.#tags[id % requestsMax]!
  }

  /** `id` has its answer. To be called once, and only while it has a receiver. */
  remove(id: RequestId): void {
    const slot = id % requestsMax
    this.#receivers[slot] = null
    this.#free.push(slot)
  }

  /** The ids that have a receiver. */
  ids(): RequestId[] {
    return this.#ids.filter((_, slot) => this.#receivers[slot] !== null)
  }

  #grow(): number | null {
    const slot = this.#ids.length
    if (slot === requestsMax) return null
    this.#ids.push(slot)
    this.#receivers.push(null)
    this.#tags.push(0)
    return slot
  }
}
