/** Waiting times between attempts to connect: exponential, capped, with jitter so that servers which lost each other at once do not meet in step. */

export interface BackoffOptions {
  readonly firstMs: number
  readonly capMs: number
  /** A number from 0 up to 1, different each time; tests bring their own. */
  readonly random?: () => number
}

export interface Backoff {
  /** How long to wait before the next attempt: half of the current step, and up to as much again by chance. */
  next(): number
  /** The next failure starts from the first step again. */
  reset(): void
}

export function backoff(options: BackoffOptions): Backoff {
  const { firstMs, capMs, random = Math.random } = options
  let stepMs = firstMs
  return {
    next: () => {
      const waitMs = stepMs / 2 + (stepMs / 2) * random()
      stepMs = Math.min(stepMs * 2, capMs)
      return waitMs
    },
    reset: () => {
      stepMs = firstMs
    },
  }
}
