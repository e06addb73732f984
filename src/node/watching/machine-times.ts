/**
 * Measures how long the state machine blocks a node's event loop: a machine around the user's that reads the clock.
 *
 * Replicas have no clock, so the shell measures. Consecutive commands need one reading each: the end of one is the beginning of the next. A query
 * can take less time than a reading, so several consecutive ones are measured as one.
 */

import type { LogIndex, Milliseconds } from "../../core/index.ts"
import type { ApplyContext, MachineCall, MachinePoint, SnapshotSink, StateMachine } from "../../replica/index.ts"
import { isThenable } from "../errors/listener-errors.ts"

/** The longest call of a turn. */
export interface LongestCall {
  readonly call: MachineCall
  readonly forMs: Milliseconds
  /** The log index of the entry that was applied; null if there is none. */
  readonly index: LogIndex | null
  /** The length of the command or the chunk; null if there is none. */
  readonly bytes: number | null
}

/** How many consecutive queries share a reading of the clock. */
const queriesPerLook = 16

/** The time that one turn of the loop spent in the state machine. */
export class MachineTimes {
  totalMs = 0
  // The longest call: fields instead of an object, since each turn has one.
  #longestMs = -1
  #longestCall: MachineCall = "apply"
  #longestIndex: LogIndex | null = null
  #longestBytes: number | null = null
  readonly now: () => Milliseconds
  /** When the last command ended; NaN if something else came after it. */
  lastMs = Number.NaN

  constructor(now: () => Milliseconds = () => performance.now()) {
    this.now = now
  }

  /** Queries that are not counted yet, and when the first of them began. */
  #queries = 0
  #queriesFromMs = 0

  beginTurn(): void {
    this.totalMs = 0
    this.#longestMs = -1
    this.lastMs = Number.NaN
    this.#queries = 0
  }

  queryBegins(): void {
    if (this.#queries === 0) this.#queriesFromMs = Number.isNaN(this.lastMs) ? this.now() : this.lastMs
  }

  queryEnds(): void {
    this.#queries += 1
    if (this.#queries === queriesPerLook) this.#noteQueries(this.now())
  }

  /** The consecutive queries are over: another call follows, or the node's own work. */
  queriesEnd(): void {
    if (this.#queries > 0) this.#noteQueries(this.now())
  }

  #noteQueries(endedMs: Milliseconds): void {
    this.note("query", endedMs - this.#queriesFromMs, null, null)
    this.#queries = 0
    this.lastMs = endedMs
  }

  note(call: MachineCall, forMs: Milliseconds, index: LogIndex | null, bytes: number | null): void {
    this.totalMs += forMs
    if (forMs <= this.#longestMs) return
    this.#longestMs = forMs
    this.#longestCall = call
    this.#longestIndex = index
    this.#longestBytes = bytes
  }

  /** Null if there was no call. */
  get longest(): LongestCall | null {
    if (this.#longestMs < 0) return null
    return { call: this.#longestCall, forMs: this.#longestMs, index: this.#longestIndex, bytes: this.#longestBytes }
  }

  measure<Result>(call: MachineCall, bytes: number | null, work: () => Result): Result {
    this.queriesEnd()
    const startedMs = this.now()
    try {
      return work()
    } finally {
      this.lastMs = Number.NaN
      this.note(call, this.now() - startedMs, null, bytes)
    }
  }
}

export class TimedMachine<Query, Answer> implements StateMachine<Query, Answer> {
  readonly #inner: StateMachine<Query, Answer>
  readonly #times: MachineTimes
  readonly hash?: () => number
  readonly appliedIndex?: () => number
  readonly persist?: (point: MachinePoint) => void
  readonly records?: () => Iterable<readonly [number, Uint8Array]>
  readonly release?: () => void
  readonly answerItems?: (answer: Answer) => number

  constructor(inner: StateMachine<Query, Answer>, times: MachineTimes) {
    this.#inner = inner
    this.#times = times
    if (inner.hash !== undefined) this.hash = () => times.measure("hash", null, () => inner.hash!())
    if (inner.answerItems !== undefined) this.answerItems = (answer) => inner.answerItems!(answer)
    if (inner.appliedIndex !== undefined) this.appliedIndex = () => inner.appliedIndex!()
    if (inner.persist !== undefined) this.persist = (point) => times.measure("persist", null, () => inner.persist!(point))
    if (inner.records !== undefined) this.records = () => inner.records!()
    if (inner.release !== undefined) this.release = () => inner.release!()
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    const times = this.#times
    times.queriesEnd()
    const startedMs = Number.isNaN(times.lastMs) ? times.now() : times.lastMs
    // Both are lent for the length of the call.
    const { index } = context
    const { length } = command
    try {
      const result = this.#inner.apply(command, context)
      if (isThenable(result)) ignoreRejection(result)
      return result
    } finally {
      const endedMs = times.now()
      times.lastMs = endedMs
      times.note("apply", endedMs - startedMs, index, length)
    }
  }

  query(query: Query): Answer {
    const times = this.#times
    times.queryBegins()
    try {
      return this.#inner.query(query)
    } finally {
      times.queryEnds()
    }
  }

  snapshot(): Iterator<Uint8Array> {
    const times = this.#times
    const chunks = times.measure("snapshot", null, () => this.#inner.snapshot())
    if (typeof (chunks as Partial<Iterator<Uint8Array>> | null)?.next !== "function") return chunks
    return { next: () => times.measure("snapshot", null, () => chunks.next()) }
  }

  restore(): SnapshotSink {
    const times = this.#times
    const sink = times.measure("restore", null, () => this.#inner.restore())
    if (typeof sink?.write !== "function" || typeof sink.finish !== "function") return sink
    return {
      write: (chunk) => times.measure("restore", chunk.length, () => sink.write(chunk)),
      finish: () => times.measure("restore", null, () => sink.finish()),
    }
  }

  clone(): StateMachine<Query, Answer> {
    const copy = this.#times.measure("clone", null, () => this.#inner.clone())
    // The replica refuses a value that is not a state machine.
    return typeof (copy as Partial<StateMachine> | null)?.snapshot === "function" ? new TimedMachine(copy, this.#times) : copy
  }
}

/** The replica refuses an asynchronous `apply`; a rejection of its promise, unhandled, would end the process before that. */
function ignoreRejection(result: unknown): void {
  void Promise.resolve(result).then(undefined, () => {})
}
