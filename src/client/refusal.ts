/**
 * What a wrong argument gets from a client: an `OarlockError` like everything else that can go wrong, with code `badArgument`, before anything
 * is sent. Whatever returns a promise rejects it and never throws at once.
 */

import { Misfit } from "../arguments/index.ts"
import type { OarlockErrorCode } from "../requests/index.ts"
import { failed } from "./errors.ts"

/** Begins a call; one whose arguments do not fit is refused, by rejection. */
export function entering<T>(caller: string, begin: () => Promise<T>): Promise<T> {
  try {
    return begin()
  } catch (error) {
    return Promise.reject(refusal(caller, "badArgument", error))
  }
}

/** The error for what was thrown while arguments were read and encoded: a codec refuses what its format cannot hold with a `RangeError`. */
export function refusal(caller: string, code: Extract<OarlockErrorCode, "badArgument" | "badOptions">, error: unknown): Error {
  if (!(error instanceof Misfit) && !(error instanceof RangeError)) return error as Error
  return failed(caller, code, "rejected", error.message)
}
