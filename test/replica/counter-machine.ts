// The state machine of these tests: named counters. `add` shows every command that is applied twice or not at all.

import type { ApplyContext, SnapshotSink, StateMachine } from "../../src/replica/index.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const text = (value: string): Uint8Array => encoder.encode(value)
export const asText = (bytes: Uint8Array): string => decoder.decode(bytes)

/** Commands: `add <name> <number>`, answered by the new value, and `time`, answered by the cluster's clock, and `throw`. Queries: a name, or `!` to throw. */
export class CounterMachine implements StateMachine<string, number> {
  counters = new Map<string, number>()
  applied = 0
  readonly appliedIndex?: () => number
  readonly #refusesRestore: boolean

  constructor(appliedIndex = 0, refusesRestore = false) {
    if (appliedIndex > 0) this.appliedIndex = () => appliedIndex
    this.#refusesRestore = refusesRestore
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    this.applied += 1
    const [verb, name = "", amount = "0"] = asText(command).split(" ")
    if (verb === "throw") throw new Error("no such verb")
    if (verb === "time") return text(String(context.timeMs))
    if (verb !== "add") return text("what?")
    const value = (this.counters.get(name) ?? 0) + Number(amount)
    this.counters.set(name, value)
    return text(String(value))
  }

  query(name: string): number {
    if (name === "!") throw new Error("there is no counter of that name")
    return this.counters.get(name) ?? 0
  }

  /** One counter a chunk, so that a snapshot has many of them. */
  *snapshot(): Generator<Uint8Array> {
    for (const [name, value] of [...this.counters].sort(([a], [b]) => (a < b ? -1 : 1))) yield text(`${name} ${value} ${"x".repeat(200)}`)
  }

  restore(): SnapshotSink {
    if (this.#refusesRestore) throw new Error("not mine")
    const counters = new Map<string, number>()
    return {
      write(chunk) {
        const [name, value, rest] = asText(chunk).split(" ")
        if (name === undefined || rest === undefined) throw new Error("not a counter")
        counters.set(name, Number(value))
      },
      finish: () => {
        this.counters = counters
      },
    }
  }

  clone(): CounterMachine {
    const copy = new CounterMachine()
    copy.counters = new Map(this.counters)
    copy.applied = this.applied
    return copy
  }

  hash(): number {
    let hash = 7
    for (const [name, value] of [...this.counters].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const byte of text(`${name}=${value};`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
    }
    return hash
  }
}
