/** Clients that write, read, swap and delete, half of them in sessions, and keep every question with its answer. */

import { setTimeout as sleep } from "node:timers/promises"
import { OarlockError, type Client, type StoreSession } from "../../src/client/index.ts"
import type { KeyCall, Operation, Result } from "../../src/simulator/linearizability/index.ts"
import type { Dice } from "./dice.ts"
import { makeValue, readValue, valueBytesMin } from "./values.ts"

/** How long a call may take, in milliseconds. */
export const timeoutMs = 10_000
/** A call that took longer than its deadline by this much hangs. */
export const slackMs = 5_000
/** A swap sends what it expects; of values longer than this none is expected. */
const expectedBytesMax = 4096
const shortBytesMax = 512

export interface WorkloadOptions {
  readonly keys: number
  readonly valueBytesMax: number
}

/** What all clients together have seen. */
export class Workload {
  readonly operations: Operation[] = []
  /** What no history shows: values that nobody wrote, calls without an end, errors that are none of a client's. */
  readonly violations: string[] = []
  longestMs = 0
  bytesWritten = 0
  isStopped = false
  readonly counts = { answered: 0, refused: 0, unknown: 0 }
  /** By key: how often a session wrote it, for sure and perhaps. The store's own `version` of such a key counts the same. */
  readonly counters = new Map<string, { done: number; unknown: number }>()
  readonly #options: WorkloadOptions
  /** The latest value that is known of each key. */
  readonly #latest = new Map<string, Uint8Array>()
  #ids = 0

  constructor(options: WorkloadOptions) {
    this.#options = options
  }

  /** One client after another question, until `isStopped`. */
  async run(number: number, client: Client, dice: Dice): Promise<void> {
    const isInSession = number % 2 === 0
    let session: StoreSession | null = null
    while (!this.isStopped) {
      if (isInSession && (session === null || !session.isOpen || dice.chance(0.005))) session = await this.#open(client)
      if (session !== null && dice.chance(0.1)) await this.#count(number, session)
      else await this.#ask(number, client, session, dice)
      await sleep(dice.between(0, 20))
    }
  }

  /** Reads every key once more, when all is quiet. */
  async readAll(number: number, client: Client): Promise<void> {
    for (let key = 0; key < this.#options.keys; key++) await this.#perform(number, keyOf(key), { kind: "get" }, client, null, 0)
  }

  /** Notes what was counted more or less often than the sessions say: a write that was done twice, or one that was lost. */
  async judgeCounters(client: Client): Promise<void> {
    for (const [key, { done, unknown }] of this.counters) {
      const version = (await client.get(key))?.version ?? 0
      if (version < done || version > done + unknown) {
        this.violations.push(
          `${key} was written ${version} times; its session has ${done} writes that were done, and ${unknown} that may be`,
        )
      }
    }
  }

  async #count(number: number, session: StoreSession): Promise<void> {
    const key = `counter-${number}`
    const counter = this.counters.get(key) ?? { done: 0, unknown: 0 }
    this.counters.set(key, counter)
    try {
      await session.put(key, String(counter.done))
      counter.done += 1
    } catch (error) {
      if (this.#requireOutcome(error) === "unknown") counter.unknown += 1
    }
  }

  async #open(client: Client): Promise<StoreSession | null> {
    try {
      return await client.openSession()
    } catch (error) {
      this.#requireOutcome(error)
      return null
    }
  }

  async #ask(number: number, client: Client, session: StoreSession | null, dice: Dice): Promise<void> {
    const key = keyOf(dice.between(0, this.#options.keys - 1))
    const bytes = dice.chance(0.1) ? dice.between(valueBytesMin, this.#options.valueBytesMax) : dice.between(valueBytesMin, shortBytesMax)
    const value = this.#ids + 1
    const expected = this.#latest.get(key)
    const isShort = expected !== undefined && expected.length <= expectedBytesMax
    const die = dice.fraction()
    if (die < 0.4) await this.#perform(number, key, { kind: "get" }, client, session, 0)
    else if (die < 0.7 || (die >= 0.75 && !isShort)) await this.#perform(number, key, { kind: "put", value }, client, session, bytes)
    else if (die < 0.75) await this.#perform(number, key, { kind: "delete" }, client, session, 0)
    else if (die < 0.88) await this.#perform(number, key, { kind: "cas", expected: readValue(expected!), value }, client, session, bytes)
    else {
      const compare = [{ operator: "is" as const, value: readValue(expected!) }]
      const call: KeyCall = { kind: "transaction", compare, success: [{ kind: "put", value }], failure: [{ kind: "get" }] }
      await this.#perform(number, key, call, client, session, bytes)
    }
  }

  async #perform(client: number, key: string, call: KeyCall, asked: Client, session: StoreSession | null, bytes: number): Promise<void> {
    const id = (this.#ids += 1)
    const from = performance.now()
    const asking = { id, client, key, call, from, promise: "linearizable" as const }
    try {
      const result = await this.#send(key, call, asked, session, id, bytes)
      this.operations.push({ ...asking, until: this.#took(from, call, key), end: "answered", result })
      this.counts.answered += 1
    } catch (error) {
      const outcome = this.#requireOutcome(error)
      const isRead = call.kind === "get"
      const end = outcome === "unknown" && !isRead ? "unknown" : "refused"
      const until = this.#took(from, call, key)
      this.operations.push({ ...asking, until: end === "unknown" ? Infinity : until, end, result: null })
      this.counts[end] += 1
    }
  }

  #took(from: number, call: KeyCall, key: string): number {
    const now = performance.now()
    const tookMs = now - from
    this.longestMs = Math.max(this.longestMs, tookMs)
    if (tookMs > timeoutMs + slackMs)
      this.violations.push(`a ${call.kind} of ${key} ended after ${tookMs.toFixed(0)} ms; its deadline was ${timeoutMs} ms`)
    return now
  }

  async #send(key: string, call: KeyCall, client: Client, session: StoreSession | null, id: number, bytes: number): Promise<Result> {
    const writer = session ?? client
    switch (call.kind) {
      case "get": {
        const pair = await client.get(key)
        return { kind: "get", value: this.#seen(key, pair === null ? null : pair.value) }
      }
      case "put": {
        const value = this.#make(key, id, bytes)
        await writer.put(key, value)
        return { kind: "put" }
      }
      case "delete": {
        const { deleted } = await writer.delete(key)
        return { kind: "delete", existed: deleted > 0 }
      }
      case "cas": {
        const { swapped, current } = await writer.compareAndSwap(key, this.#latestOf(key, call.expected), this.#make(key, id, bytes))
        if (!swapped) this.#seen(key, current === null ? null : current.value)
        return { kind: "cas", done: swapped }
      }
      case "transaction": {
        const { succeeded, results } = await writer.transaction({
          conditions: [{ keys: key, value: this.#latestOf(key, call.compare[0]!.value) }],
          success: [{ kind: "put", key, value: this.#make(key, id, bytes) }],
          failure: [{ kind: "range", keys: key }],
        })
        const [first] = results
        if (succeeded || first?.kind !== "range") return { kind: "transaction", succeeded, read: [] }
        return { kind: "transaction", succeeded, read: [this.#seen(key, first.entries[0]?.value ?? null)] }
      }
      default:
        return call satisfies never
    }
  }

  #make(key: string, id: number, bytes: number): Buffer {
    const value = makeValue(id, bytes)
    this.bytesWritten += value.length
    this.#latest.set(key, value)
    return value
  }

  #latestOf(key: string, id: unknown): Uint8Array {
    const value = this.#latest.get(key)
    if (value === undefined || readValue(value) !== id) throw new Error(`what operation ${String(id)} wrote to ${key} is not known`)
    return value
  }

  /** The operation that wrote the value that was read; -1, and a violation, if no operation did. */
  #seen(key: string, value: Uint8Array | null): number | null {
    if (value === null) return null
    try {
      const id = readValue(value)
      this.#latest.set(key, value)
      return id
    } catch (error) {
      this.violations.push(`${key}: ${(error as Error).message}`)
      return -1
    }
  }

  #requireOutcome(error: unknown): "rejected" | "unknown" {
    if (error instanceof OarlockError) return error.outcome
    this.violations.push(
      `a client threw what is none of its errors: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    return "unknown"
  }
}

const keyOf = (number: number): string => `key-${number}`
