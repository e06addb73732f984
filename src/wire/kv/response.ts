/**
 * What the key-value store answers, as data: etcd v3's KV responses one to one. `revision` is the header's: the store's present revision
 * after the request, also for reads of the past. The rest of etcd's header (cluster, member, term) is not the store's to know.
 */

import type { Refusal } from "./refusal.ts"

/** A pair as it was at one moment. Bytes may be views into the store's memory: read them, never write. */
export interface KeyValue {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** The revision that the key came into being with, after its last deletion. */
  readonly createRevision: number
  /** The revision of this change. */
  readonly modRevision: number
  /** How many times it was put since it came into being: 1, 2, … */
  readonly version: number
  /** 0n for none. */
  readonly lease: bigint
}

export interface RangeResponse {
  readonly kind: "range"
  readonly revision: number
  readonly kvs: readonly KeyValue[]
  /** Whether the limit left something out. */
  readonly more: boolean
  /** How many keys the range holds at the revision asked for, whatever limit and filters left out. */
  readonly count: number
}

export interface PutResponse {
  readonly kind: "put"
  readonly revision: number
  /** Null if it was not asked for, or there was none. */
  readonly prevKv: KeyValue | null
}

export interface DeleteRangeResponse {
  readonly kind: "deleteRange"
  readonly revision: number
  readonly deleted: number
  /** Empty if they were not asked for. */
  readonly prevKvs: readonly KeyValue[]
}

export interface TxnResponse {
  readonly kind: "txn"
  /** Of a transaction inside another: 0, as in etcd. */
  readonly revision: number
  /** Whether the comparisons held. */
  readonly succeeded: boolean
  /** Of the branch that was taken, in order. */
  readonly responses: readonly ResponseOp[]
}

export type ResponseOp = RangeResponse | PutResponse | DeleteRangeResponse | TxnResponse

export interface CompactResponse {
  readonly kind: "compact"
  readonly revision: number
}

/** The answer to `get`: null if the key does not exist. */
export interface GetResponse {
  readonly kind: "get"
  readonly value: Uint8Array | null
}

/** What a command comes to. */
export type KvResult = PutResponse | DeleteRangeResponse | TxnResponse | CompactResponse | Refusal

/** What a query comes to. */
export type KvAnswer = GetResponse | RangeResponse | TxnResponse | Refusal
