/**
 * What is wrong with a trace, and its place: `config.network.dropRate`, `actions[3].op`.
 *
 * A trace may have been cut off, edited by hand, or written by another version. Its readers (`src/arguments/`) name every key that they know and
 * refuse all others: a typo that is passed over in silence would replay another run and judge that one.
 */

import { Misfit } from "../../arguments/index.ts"

/** A trace that cannot be read, or that asks for something which cannot be done. The message begins with the place. */
export class TraceError extends Error {
  /** A path into the file; empty for the file as a whole. */
  readonly path: string
  /** What is wrong, in a sentence, without the place. */
  readonly problem: string

  constructor(path: string, problem: string) {
    super(path === "" ? problem : `${path}: ${problem}`)
    this.name = "TraceError"
    this.path = path
    this.problem = problem
  }
}

/** Runs `read`; a value that does not fit becomes a `TraceError`. */
export function readingTrace<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof Misfit ? new TraceError(error.path, error.problem) : error
  }
}
