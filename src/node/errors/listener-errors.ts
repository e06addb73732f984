/**
 * Calls the caller's functions, so that what they throw does no harm: listeners, receivers, the log function, `onSync`.
 *
 * An error in one of them must not end the process, which would take a member out of the cluster, and must not leave the effects of a step half
 * performed. So it is caught, counted (`status().listenerErrors`), and logged once for each place; without a log, or if the log function itself throws, as
 * a warning of the process, which Node prints. A rejected promise of an asynchronous function counts the same.
 */

import { describeThrown, stackOf } from "../../replica/index.ts"
import { type NodeLog, warnProcess } from "./log.ts"

export class ListenerErrors {
  readonly #log: NodeLog
  readonly #told = new Set<string>()
  #count = 0

  constructor(log: NodeLog) {
    this.#log = log
  }

  /** How many errors there were. */
  get count(): number {
    return this.#count
  }

  /** Notes that `where`, such as "your listener of \"observation\"", has thrown `error`. */
  report(where: string, error: unknown): void {
    this.#count += 1
    if (this.#told.has(where)) return
    this.#told.add(where)
    const message = `${where} threw ${describeThrown(error)}; this node goes on, and counts further ones without a word (status().listenerErrors)`
    const stack = stackOf(error)
    try {
      this.#log("error", message, { stack })
    } catch {
      // The log function itself has thrown.
      warnProcess(message, stack.join("\n"))
    }
  }

  /** Calls `listener`, and reports what it throws. */
  call(where: string, listener: (...given: never[]) => unknown, given: readonly unknown[], self?: unknown): void {
    try {
      const result: unknown = Reflect.apply(listener, self, given)
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.report(where, error))
    } catch (error) {
      this.report(where, error)
    }
  }

  /** A function that calls `listener` and never throws. */
  guard<Given extends unknown[]>(where: string, listener: (...given: Given) => unknown): (...given: Given) => void {
    return (...given) => this.call(where, listener, given)
  }

  /** As `emitter.emit`, but all listeners are called, also after one has thrown. */
  emit(emitter: { rawListeners(event: string): unknown[] }, event: string, given: readonly unknown[]): void {
    for (const listener of emitter.rawListeners(event)) {
      this.call(`your listener of "${event}"`, listener as (...given: never[]) => unknown, given, emitter)
    }
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
}
