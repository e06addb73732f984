/**
 * Who waits for which answer: receivers by request id, in a table without an object per request.
 *
 * A receiver is told with a tag of its own choosing, so that a server with a hundred thousand requests under way needs no closure, no
 * promise and no map entry for any of them. An id is a slot and how often the slot was used, so no id ever means two requests.
 */

import type { LogIndex, NodeId, RejectReason } from "../../core/index.ts"
import type { MachineRejectReason, SessionRejectReason } from "../../replica/index.ts"

/** Takes answers: exactly one for each request, never before the call that made it has returned. */
export interface Receiver {
  /** In the log for good and applied here. `result` is the state machine's and must not be changed. */
  onCommitted(tag: number, index: LogIndex, result: Uint8Array): void
  /** A read was answered. `index` is what this node had applied. */
  onAnswered(tag: number, index: LogIndex, answer: unknown): void
  /** Certainly not done; safe to try again. `leader` is who to ask, if known; `error` what the state machine threw, if it did so here. */
  onRejected(
    tag: number,
    reason: RejectReason | SessionRejectReason | MachineRejectReason,
    message: string,
    leader: NodeId | null,
    error?: unknown,
  ): void
  /** May or may not have happened, or still may. */
  onUnknown(tag: number, message: string): void
  /** The state machine threw at a read. */
  onFailed(tag: number, message: string, error: unknown): void
}

/** Names a request that is under way. */
export type RequestId = number

/** The most requests under way. Beyond the replica's own limits, so that those are the ones that callers meet. */
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
    // The slot's part stays, the number of its uses goes up.
    const id = this.#ids[slot]! + requestsMax
    this.#ids[slot] = id
    this.#receivers[slot] = receiver
    this.#tags[slot] = tag
    return id
  }

  /** Who waits for `id`; null if nobody does any more. */
  receiverOf(id: RequestId): Receiver | null {
    const slot = id % requestsMax
    return this.#ids[slot] === id ? this.#receivers[slot]! : null
  }

  tagOf(id: RequestId): number {
    return this.#tags[id % requestsMax]!
  }

  /** `id` has its answer. To be called once, and only while somebody waits for it. */
  remove(id: RequestId): void {
    const slot = id % requestsMax
    this.#receivers[slot] = null
    this.#free.push(slot)
  }

  /** The ids that somebody waits for. */
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
