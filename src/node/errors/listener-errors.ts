/**
 * Functions that a node calls and did not write: listeners, receivers, the log, `onSync`. What they throw harms nobody but themselves.
 *
 * A mistake in one of them is no reason to end the process, which would take a member of the cluster with it, and none to leave the effects of a
 * step half performed. So it is caught, counted (`status().listenerErrors`), and told once for each place: to the log, and where there is none, or
 * where it is the log that throws, as a warning of the process, which Node prints. A rejected promise of one that is asynchronous counts the same.
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

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  /** `where` threw `error`: what it is, for people, such as "your listener of \"observation\"". */
  report(where: string, error: unknown): void {
    this.#count += 1
    if (this.#told.has(where)) return
    this.#told.add(where)
    const message = `${where} threw ${describeThrown(error)}; this node goes on, and counts further ones without a word (status().listenerErrors)`
    const stack = stackOf(error)
    try {
      this.#log("error", message, { stack })
    } catch {
      // By the way that is left.
      warnProcess(message, stack.join("\n"))
    }
  }

  /** Calls `listener`, whatever becomes of it. */
  call(where: string, listener: (...given: never[]) => unknown, given: readonly unknown[], self?: unknown): void {
    try {
      const result: unknown = Reflect.apply(listener, self, given)
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.report(where, error))
    } catch (error) {
      this.report(where, error)
    }
  }

  /** `listener`, made harmless. */
  guard<Given extends unknown[]>(where: string, listener: (...given: Given) => unknown): (...given: Given) => void {
    return (...given) => this.call(where, listener, given)
  }

  /** As `emitter.emit`, but each listener by itself: one that throws keeps the others from nothing. */
  emit(emitter: { rawListeners(event: string): unknown[] }, event: string, given: readonly unknown[]): void {
    for (const listener of emitter.rawListeners(event)) {
      this.call(`your listener of "${event}"`, listener as (...given: never[]) => unknown, given, emitter)
    }
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
}
