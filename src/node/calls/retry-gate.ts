/**
 * Where refused calls wait for their next attempt: until a leader is known, or for `retryWaitMs`, whichever comes first.
 *
 * The timer is needed because not every temporary refusal ends with news of a leader: an overloaded leader stays the leader.
 */

import type { NodeId } from "../../core/index.ts"
import { OarlockError } from "../../requests/index.ts"

/** The longest wait of one call before it tries again, in milliseconds. */
export const retryWaitMs = 50

export class RetryGate {
  #waiting = new Set<() => void>()

  /** Calls `again` once, later. Returns a function that cancels it. */
  wait(again: () => void): () => void {
    const go = (): void => {
      clearTimeout(timer)
      this.#waiting.delete(go)
      again()
    }
    const timer = setTimeout(go, retryWaitMs)
    this.#waiting.add(go)
    return () => {
      clearTimeout(timer)
      this.#waiting.delete(go)
    }
  }

  /** The leader or the state of the node has changed: all waiting calls try again. */
  open(): void {
    // A call that has to wait again waits for the next opening.
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const go of waiting) go()
  }

  /** Resolves with the first value that is not null. Rejects with what `look` throws, and with `timeout`. */
  until(look: () => NodeId | null, timeoutMs: number): Promise<NodeId> {
    const endsAt = performance.now() + timeoutMs
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        try {
          const value = look()
          if (value !== null) resolve(value)
          else if (performance.now() < endsAt) this.wait(attempt)
          else
            throw new OarlockError("timeout", `no leader was known within ${timeoutMs} ms: is a majority of the members up, and connected?`)
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      attempt()
    })
  }
}
