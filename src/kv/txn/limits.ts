/**
 * How much one request may ask for.
 *
 * A server checks its configured limits before it proposes a command. What is in the log is applied by every server alike, whatever its
 * configuration says, so only the fixed `ceilings` hold there: a server whose limits were raised yesterday must not apply yesterday's log
 * differently today.
 */

export interface KvLimits {
  /** Comparisons, or operations in one branch, of a transaction; a nested one has what those around it left over (etcd's `--max-txn-ops`). */
  readonly txnOperationsMax: number
  /** Bytes of a command or query (etcd's `--max-request-bytes`). */
  readonly requestBytesMax: number
}

/** etcd's defaults. */
export const defaultKvLimits: KvLimits = { txnOperationsMax: 128, requestBytesMax: 1.5 * 1024 * 1024 }

/** Part of the state machine's definition: what no configuration can lift. */
export const ceilings: KvLimits = { txnOperationsMax: 16_384, requestBytesMax: 64 * 1024 * 1024 }
