/**
 * What a wrong argument gets from an embedded node: an `OarlockError` like everything else that can go wrong, with code `badArgument`, before
 * anything was done. Whatever returns a promise rejects it and never throws at once.
 */

import { Misfit, options, timeoutMs } from "../../arguments/index.ts"
import { OarlockError } from "../../requests/index.ts"

/** Options that every call takes. */
export const callOptions = options<{ readonly timeoutMs: number }>({ timeoutMs })

/** Begins a call; one whose arguments do not fit is refused, by rejection. */
export function entering<T>(caller: string, begin: () => Promise<T>): Promise<T> {
  try {
    return begin()
  } catch (error) {
    return Promise.reject(error instanceof Misfit ? badArgument(caller, error) : (error as Error))
  }
}

/** Does what `caller` does at once, or throws. */
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
