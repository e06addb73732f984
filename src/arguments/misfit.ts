/**
 * A value that is not what it should be, and its place: `options.timeoutMs`, `changes[0].member.name`, `config.network.dropRate`.
 *
 * Readers throw it, and no caller ever sees it: each entry turns it into its own kind of error (`docs/decisions/0018-what-a-wrong-argument-gets.md`).
 */

export class Misfit extends Error {
  override readonly name = "Misfit"
  /** A path into what was given; empty for the whole of it. */
  readonly path: string
  /** `found 3, expected a number from 0 to 1`. */
  readonly problem: string
  /** The right kind of thing, but too large, too small, or not one of those that there are. */
  readonly isRange: boolean

  constructor(path: string, problem: string, isRange = false) {
    super(path === "" ? problem : `${path}: ${problem}`)
    this.path = path
    this.problem = problem
    this.isRange = isRange
  }
}

/** Runs `read`, and has `caller` throw a `TypeError` or a `RangeError` where a value does not fit. */
export function entered<T>(caller: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    const message = `${caller}: ${error.message}`
    throw error.isRange ? new RangeError(message) : new TypeError(message)
  }
}

/** What does not fit, in a sentence; null if `read` finds nothing. */
export function explainMisfit(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (error instanceof Misfit) return error.message
    throw error
  }
}
