/**
 * Wrong arguments of a client's calls: an `OarlockError` with the code `badArgument`, before anything is sent. A method that returns a promise rejects it
 * and never throws.
 */

import { Misfit } from "../arguments/index.ts"
import type { OarlockErrorCode } from "../requests/index.ts"
import { failed } from "./errors.ts"

/** Begins a call. If `begin` throws, for example because of an argument, the promise rejects. */
export function entering<T>(caller: string, begin: () => Promise<T>): Promise<T> {
  try {
    return begin()
  } catch (error) {
    return Promise.reject(refusal(caller, "badArgument", error))
  }
}

/** Turns what reading or encoding arguments has thrown into an `OarlockError`: a codec throws a `RangeError` for a value that its format cannot hold. */
export function refusal(caller: string, code: Extract<OarlockErrorCode, "badArgument" | "badOptions">, error: unknown): Error {
  if (!(error instanceof Misfit) && !(error instanceof RangeError)) return error as Error
  return failed(caller, code, "rejected", error.message)
}
