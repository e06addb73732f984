/**
 * The key-value store as servers run it in production, where the leader has the past compacted: here it happens by itself, at the same indexes
 * everywhere. So histories stay short, and what compaction frees and moves is part of every run.
 */

import { KeyValueMachine } from "../../kv/index.ts"
import type { ApplyContext, SnapshotSink, StateMachine } from "../../replica/index.ts"
import { encodeKvCommand } from "../../wire/kv/index.ts"

/** Entries from one compaction to the next. */
const compactEvery = 64
/** Revisions of the past that it leaves. */
const keptRevisions = 32

export class SelfCompactingStore implements StateMachine {
  private readonly inner: KeyValueMachine

  constructor(inner = new KeyValueMachine()) {
    this.inner = inner
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    const result = this.inner.apply(command, context)
    const revision = this.inner.revision - keptRevisions
    if (context.index % compactEvery !== 0 || revision <= 0) return result
    const kept = result.slice()
    this.inner.apply(encodeKvCommand({ kind: "compact", revision, physical: false }), context)
    return kept
  }

  query(query: unknown): unknown {
    return this.inner.query(query as Parameters<KeyValueMachine["query"]>[0])
  }

  snapshot(): Iterator<Uint8Array> {
    return this.inner.snapshot()
  }

  restore(): SnapshotSink {
    return this.inner.restore()
  }

  clone(): SelfCompactingStore {
    return new SelfCompactingStore(this.inner.clone())
  }

  hash(): number {
    return this.inner.hash()
  }
}
