/** The key-value store as a state machine to replicate: commands and results are bytes of `wire/kv`, queries and answers its types. */

import type { ApplyContext, SnapshotSink, StateMachine } from "../replica/index.ts"
import type { KvAnswer, KvQuery } from "../wire/kv/index.ts"

/** Revisions and sizes, for status pages and for deciding when to compact. */
export interface KvStatistics {
  readonly revision: number
  readonly compactRevision: number
  readonly keys: number
  /** Bytes of the keys and values that exist now. */
  readonly liveBytes: number
  /** Bytes of the keys and values that only reads of the past can see. */
  readonly historyBytes: number
}

export class KeyValueMachine implements StateMachine<KvQuery, KvAnswer> {
  apply(_command: Uint8Array, _context: ApplyContext): Uint8Array {
    throw new Error("not yet")
  }

  query(_query: KvQuery): KvAnswer {
    throw new Error("not yet")
  }

  snapshot(): Iterator<Uint8Array> {
    throw new Error("not yet")
  }

  restore(): SnapshotSink {
    throw new Error("not yet")
  }

  clone(): KeyValueMachine {
    throw new Error("not yet")
  }

  hash(): number {
    throw new Error("not yet")
  }
}
