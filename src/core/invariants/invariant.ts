/**
 * Assertions that stay on in production: a broken one is our bug, and going on would risk the data that the cluster holds.
 *
 * One fact per call. The replica catches the error at its border, stops for good, and dumps its recent events.
 */

/** A rule of Raft or of this program was found broken. Never caused by input from outside. */
export class InvariantError extends Error {
  /** The facts at which the invariant was found broken. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(`${message} ${JSON.stringify(details)}`)
    this.name = "InvariantError"
    this.details = details
  }
}

/** Throws an `InvariantError` that says `message`, unless `condition` holds. */
export function invariant(condition: boolean, message: string, details: Readonly<Record<string, unknown>> = {}): asserts condition {
  if (!condition) throw new InvariantError(message, details)
}
