/**
 * What can be asked of the key-value store, as data: etcd v3's KV requests one to one (RangeRequest, PutRequest, DeleteRangeRequest,
 * TxnRequest, CompactionRequest), so that its API is a translation and nothing else.
 *
 * Numbers that etcd has as int64 are numbers here, safe integers: revisions, versions and limits never come near 2^53, and a program that translates
 * brings a larger one down to `Number.MAX_SAFE_INTEGER`, which compares the same. Leases use all 64 bits, so they are bigints.
 */

/** Names the keys of a range request and of everything else that takes a range. */
export interface KeyRange {
  /** The one key, or where the range begins. Never empty; a single 0 byte is the lowest key there is. */
  readonly key: Uint8Array
  /** Empty: the one key alone. A single 0 byte: everything from `key` on. Otherwise where the range ends, exclusive; at or below `key` there is nothing in it. */
  readonly rangeEnd: Uint8Array
}

export type SortOrder = "none" | "ascend" | "descend"
export type SortTarget = "key" | "version" | "create" | "mod" | "value"

export interface RangeRequest extends KeyRange {
  readonly kind: "range"
  /** At most so many pairs; 0 or less for all. `count` in the answer does not mind it. */
  readonly limit: number
  /** The store as it was at this revision; 0 or less for the present. */
  readonly revision: number
  /** `none` with a target other than `key` means `ascend`. */
  readonly sortOrder: SortOrder
  readonly sortTarget: SortTarget
  readonly keysOnly: boolean
  readonly countOnly: boolean
  /** Leave out pairs outside of these, both ends included; 0 for no bound. Before the limit, but not seen by `count`. */
  readonly minModRevision: number
  readonly maxModRevision: number
  readonly minCreateRevision: number
  readonly maxCreateRevision: number
}

export interface PutRequest {
  readonly kind: "put"
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** The lease that the pair lives with; 0n for none. */
  readonly lease: bigint
  /** Answer with the pair as it was before. */
  readonly prevKv: boolean
  /** Keep the value that is there; refused with `keyNotFound` if there is none, and with `valueProvided` if `value` is not empty. */
  readonly ignoreValue: boolean
  /** Keep the lease that is there, likewise. */
  readonly ignoreLease: boolean
}

export interface DeleteRangeRequest extends KeyRange {
  readonly kind: "deleteRange"
  /** Answer with the pairs that were deleted. */
  readonly prevKv: boolean
}

/** If all of `compare` holds then `success`, else `failure`; both in order, as one revision. */
export interface TxnRequest {
  readonly kind: "txn"
  readonly compare: readonly Compare[]
  readonly success: readonly RequestOp[]
  readonly failure: readonly RequestOp[]
}

export type RequestOp = RangeRequest | PutRequest | DeleteRangeRequest | TxnRequest

export type CompareResult = "equal" | "greater" | "less" | "notEqual"

/**
 * Must hold for every key of the range. A key that does not exist has version, revisions and lease 0, and no value: comparing that is false,
 * whatever the comparison.
 */
export type Compare = KeyRange & { readonly result: CompareResult } & (
    | { readonly target: "version" | "create" | "mod"; readonly operand: number }
    | { readonly target: "value"; readonly operand: Uint8Array }
    | { readonly target: "lease"; readonly operand: bigint }
  )

/** Forget what is older than the store at `revision`; reading *at* it still works. */
export interface CompactRequest {
  readonly kind: "compact"
  readonly revision: number
  /** Free the memory before the answer, in one go, and not little by little with later commands. */
  readonly physical: boolean
}

/** A question about one present value, the fast path: no revision, no options, no metadata. */
export interface GetRequest {
  readonly kind: "get"
  readonly key: Uint8Array
}

/** What changes the store and so goes through the log. */
export type KvCommand = PutRequest | DeleteRangeRequest | TxnRequest | CompactRequest

/** What only reads. A `txn` here must hold no writes. */
export type KvQuery = GetRequest | RangeRequest | TxnRequest

/** A put of a value and nothing else. */
export function putRequest(
  key: Uint8Array,
  value: Uint8Array,
  options: Partial<Omit<PutRequest, "kind" | "key" | "value">> = {},
): PutRequest {
  return { kind: "put", key, value, lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false, ...options }
}

/** A range read at the present revision, all of it, by key; of the one key if `rangeEnd` is left out. */
export function rangeRequest(
  key: Uint8Array,
  rangeEnd?: Uint8Array,
  options: Partial<Omit<RangeRequest, "kind" | "key" | "rangeEnd">> = {},
): RangeRequest {
  return {
    kind: "range",
    key,
    rangeEnd: rangeEnd ?? new Uint8Array(0),
    limit: 0,
    revision: 0,
    sortOrder: "none",
    sortTarget: "key",
    keysOnly: false,
    countOnly: false,
    minModRevision: 0,
    maxModRevision: 0,
    minCreateRevision: 0,
    maxCreateRevision: 0,
    ...options,
  }
}

/** A deletion; of the one key if `rangeEnd` is left out. */
export function deleteRangeRequest(
  key: Uint8Array,
  rangeEnd?: Uint8Array,
  options: Partial<Pick<DeleteRangeRequest, "prevKv">> = {},
): DeleteRangeRequest {
  return { kind: "deleteRange", key, rangeEnd: rangeEnd ?? new Uint8Array(0), prevKv: false, ...options }
}

/** Where the range of all keys that begin with `prefix` ends: the `rangeEnd` to go with `prefix` as key (etcd's rule: a single 0 byte if nothing is above). */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  let length = prefix.length
  while (length > 0 && prefix[length - 1] === 0xff) length--
  if (length === 0) return Uint8Array.of(0)
  // Not `slice`: that of Node's Buffer shares the bytes, and the caller's prefix would change with the end.
  const end = Uint8Array.from(prefix.subarray(0, length))
  end[length - 1]! += 1
  return end
}

/** Whether a transaction can write, in any of its branches. One that cannot needs no place in the log: ask it as a query. */
export function canWrite(txn: TxnRequest): boolean {
  const writes = (op: RequestOp): boolean => op.kind === "put" || op.kind === "deleteRange" || (op.kind === "txn" && canWrite(op))
  return txn.success.some(writes) || txn.failure.some(writes)
}
