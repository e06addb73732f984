/**
 * A state machine that measures another: how long applying an entry takes, for the histogram in `/metrics`.
 *
 * Only every `sampleEvery`-th call is timed: reading the clock twice costs as much as a small put.
 */

import type { ApplyContext, SnapshotSink, StateMachine } from "../../replica/index.ts"

const sampleEvery = 32

export class MeasuredMachine<Query, Answer> implements StateMachine<Query, Answer> {
  readonly #inner: StateMachine<Query, Answer>
  readonly #onApply: (durationMs: number) => void
  #calls = 0

  constructor(inner: StateMachine<Query, Answer>, onApply: (durationMs: number) => void) {
    this.#inner = inner
    this.#onApply = onApply
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    if (this.#calls++ % sampleEvery !== 0) return this.#inner.apply(command, context)
    const startedMs = performance.now()
    const result = this.#inner.apply(command, context)
    this.#onApply(performance.now() - startedMs)
    return result
  }

  query(query: Query): Answer {
    return this.#inner.query(query)
  }

  answerItems(answer: Answer): number {
    return this.#inner.answerItems?.(answer) ?? 1
  }

  snapshot(): Iterator<Uint8Array> {
    return this.#inner.snapshot()
  }

  restore(): SnapshotSink {
    return this.#inner.restore()
  }

  clone(): StateMachine<Query, Answer> {
    return this.#inner.clone()
  }

  hash(): number {
    return this.#inner.hash?.() ?? 0
  }
}
