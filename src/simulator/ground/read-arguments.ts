/** What the functions of the simulator are given, read where they are entered: seeds, options, worlds, and the code that runs in them. */

import { entered, integer, Misfit, type Reader, show, withMethods } from "../../arguments/index.ts"
import type { Build } from "../state/build.ts"
import type { Workload } from "../workload/workload.ts"

/** A seed: an unsigned 32-bit number. */
export const seedOf = integer(0, 0xffff_ffff)

/** A number of events. */
export const countOf = integer(0)

export const buildOf: Reader<Build> = withMethods<Build>("a build, such as `production`", "open", "durable")

export const workloadOf: Reader<Workload> = withMethods<Workload>("a workload", "createMachine", "command", "query", "valueOf", "explain")

/** An object that only `kind` makes, such as a `World`. */
export function instanceOf<T extends object>(kind: { readonly prototype: T }, what: string): Reader<T> {
  return (value, path) => {
    if (isInstance(value, kind)) return value
    throw new Misfit(path, `found ${show(value)}, expected ${what}`)
  }
}

/** What `caller` was given as `name`. Throws a `TypeError` or a `RangeError`. */
export function argument<T>(caller: string, name: string, value: unknown, reader: Reader<T>): T {
  return entered(caller, () => reader(value, name))
}

/** The same, where it may be left out. */
export function optionalArgument<T>(caller: string, name: string, value: unknown, reader: Reader<T>): T | undefined {
  return value === undefined ? undefined : argument(caller, name, value, reader)
}

function isInstance<T extends object>(value: unknown, kind: { readonly prototype: T }): value is T {
  try {
    return typeof value === "object" && value !== null && Object.prototype.isPrototypeOf.call(kind.prototype, value)
  } catch {
    return false
  }
}
