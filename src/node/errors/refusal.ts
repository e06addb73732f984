/**
 * Wrong arguments of a node's calls: an `OarlockError` with the code `badArgument`, before anything is done. A method that returns a promise rejects it
 * and never throws.
 */

import { Misfit, options, timeoutMs } from "../../arguments/index.ts"
import { OarlockError } from "../../requests/index.ts"

/** Reads the options that every call takes. */
export const callOptions = options<{ readonly timeoutMs: number }>({ timeoutMs })

/** Begins a call. If `begin` throws, for example because of an argument, the promise rejects. */
export function entering<T>(caller: string, begin: () => Promise<T>): Promise<T> {
  try {
    return begin()
  } catch (error) {
    return Promise.reject(error instanceof Misfit ? badArgument(caller, error) : (error as Error))
  }
}

/** The same for a method that returns no promise: it throws. */
export function enteringAtOnce<T>(caller: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof Misfit ? badArgument(caller, error) : error
  }
}

function badArgument(caller: string, misfit: Misfit): OarlockError {
  return new OarlockError("badArgument", `${caller}: ${misfit.message}`)
}
