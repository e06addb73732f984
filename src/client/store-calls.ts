/**
 * The client's calls of the key-value store: their arguments and answers, and how they become commands and queries of `wire/kv`.
 *
 * Everything here is the same with and without a session, so `Client` and `Session` both build on it.
 */

import type { Response } from "../wire/client/index.ts"
import { readIndexed } from "../wire/client/index.ts"
import {
  type Compare,
  decodeKvBody,
  deleteRangeRequest,
  encodeKvCommand,
  encodeKvQuery,
  type KeyRange,
  type KeyValue,
  type KvCommand,
  type KvQuery,
  prefixEnd,
  putRequest,
  rangeRequest,
  type RangeRequest,
  type RequestOp,
  type ResponseByKind,
  type ResponseOp,
  type TxnRequest,
} from "../wire/kv/index.ts"
import type { Answered } from "./call.ts"

/** Keys and values are bytes; a string stands for its UTF-8. */
export type Bytes = string | Uint8Array

/**
 * A key and its value, with the revisions of the store that they come from. The store's revision is 1 at first and grows by 1 with each write or
 * writing transaction.
 */
export interface StoreEntry {
  /** The key's bytes, which belong to the caller. */
  readonly key: Buffer
  /** The value's bytes, which belong to the caller; empty if only keys were asked for. */
  readonly value: Buffer
  /** The revision that the key came into being with. */
  readonly createRevision: number
  /** The revision of its latest change. */
  readonly modRevision: number
  /** How often it was put since it came into being. */
  readonly version: number
  /** 0n for none. */
  readonly lease: bigint
}

/** One key; all keys that begin with `prefix` (every key if it is empty); or all keys from `from` up to but excluding `to`, or to the end without `to`. */
export type Keys = Bytes | { readonly prefix: Bytes } | { readonly from: Bytes; readonly to?: Bytes }

/** What a put takes. */
export interface PutOptions {
  /** Whether to answer with the pair as it was before. False if left out. */
  readonly previous?: boolean
  /** The lease that the pair belongs to; 0n or left out for none. */
  readonly lease?: bigint
}

/** What a put did. */
export interface PutResult {
  /** The store's revision after the put. */
  readonly revision: number
  /** Null if it was not asked for, or there was none. */
  readonly previous: StoreEntry | null
}

/** What a delete takes. */
export interface DeleteOptions {
  /** Whether to answer with the deleted pairs. False if left out. */
  readonly previous?: boolean
}

/** What a delete did. */
export interface DeleteResult {
  /** The store's revision afterwards: unchanged if nothing was deleted. */
  readonly revision: number
  /** How many keys were deleted. */
  readonly deleted: number
  /** The deleted pairs, ascending by key; empty if they were not asked for. */
  readonly previous: readonly StoreEntry[]
}

/** What a range read takes. */
export interface RangeOptions {
  /** The most pairs to answer with; `count` is not affected. All if left out. */
  readonly limit?: number
  /** Read the store as it was at this revision; the present one if left out. Fails with `compacted` or `futureRevision`. */
  readonly revision?: number
  /** Answer without values. False if left out. */
  readonly keysOnly?: boolean
  /** Answer with `count` alone, without pairs. False if left out. */
  readonly countOnly?: boolean
  /** The order of the pairs, which decides also which of them a `limit` leaves out. By key, ascending, if left out. */
  readonly sort?: { readonly by: RangeRequest["sortTarget"]; readonly order: "ascend" | "descend" }
}

/** What a range read found. */
export interface RangeResult {
  /** The store's present revision, also for a read of the past. */
  readonly revision: number
  /** The pairs, in the order asked for. */
  readonly entries: readonly StoreEntry[]
  /** How many keys the range holds, also beyond `limit`. */
  readonly count: number
  /** Whether there are more pairs than `limit`. */
  readonly more: boolean
}

/** A comparison that must hold for every key of `keys`. A key that does not exist has version and revisions 0 and no value: a comparison of its value never
 * holds, not even `notEqual`. */
export type Condition =
  | { readonly keys: Keys; readonly value: Bytes; readonly is?: Comparison }
  | { readonly keys: Keys; readonly version: number; readonly is?: Comparison }
  | { readonly keys: Keys; readonly createRevision: number; readonly is?: Comparison }
  | { readonly keys: Keys; readonly modRevision: number; readonly is?: Comparison }
  | { readonly keys: Keys; readonly lease: bigint; readonly is?: Comparison }

/** How a condition compares; `equal` if left out. */
export type Comparison = Compare["result"]

/** One operation of a transaction; `transaction` is a transaction inside another one. */
export type Action =
  | ({ readonly kind: "put"; readonly key: Bytes; readonly value: Bytes } & PutOptions)
  | ({ readonly kind: "delete"; readonly keys: Keys } & DeleteOptions)
  | ({ readonly kind: "range"; readonly keys: Keys } & RangeOptions)
  | ({ readonly kind: "transaction" } & Transaction)

/** If all of `conditions` hold then `success`, otherwise `failure`: in order, all as one revision. */
export interface Transaction {
  /** All must hold for `success`. None if left out: then `success` is carried out. */
  readonly conditions?: readonly Condition[]
  /** Carried out if all conditions hold; nothing if left out. */
  readonly success?: readonly Action[]
  /** Carried out if one condition does not hold; nothing if left out. */
  readonly failure?: readonly Action[]
}

/** What one operation of a transaction did or found; `kind` is that of its `Action`. */
export type ActionResult =
  | ({ readonly kind: "put" } & PutResult)
  | ({ readonly kind: "delete" } & DeleteResult)
  | ({ readonly kind: "range" } & RangeResult)
  | ({ readonly kind: "transaction" } & TransactionResult)

/** What a transaction did. */
export interface TransactionResult {
  /** The store's revision afterwards: all writes of the transaction have this one. */
  readonly revision: number
  /** Whether the conditions held. */
  readonly succeeded: boolean
  /** One for each action of `success`, or of `failure`, in order. */
  readonly results: readonly ActionResult[]
}

/** What a compare-and-swap did. */
export interface SwapResult {
  /** Whether the key was as expected, and has the new value. */
  readonly swapped: boolean
  /** The store's revision afterwards: unchanged if nothing was swapped. */
  readonly revision: number
  /** The present pair if nothing was swapped; null if the key does not exist, or if it was swapped. */
  readonly current: StoreEntry | null
}

/** A command or a query as bytes, and how to read its answer. */
export interface StoreCall<Answer> {
  /** The call in words, for messages: `put "greeting"`. */
  readonly operation: string
  readonly bytes: Uint8Array
  readonly read: (response: Extract<Response, { kind: "ok" | "notFound" }>) => Answered<Answer>
}

export function putCall(key: Bytes, value: Bytes, options: PutOptions = {}): StoreCall<PutResult> {
  return command(`put ${show(key)}`, putOf(key, value, options), "put", putResult)
}

export function deleteCall(keys: Keys, options: DeleteOptions = {}): StoreCall<DeleteResult> {
  return command(`delete ${showKeys(keys)}`, deleteOf(keys, options), "deleteRange", deleteResult)
}

export function compactCall(revision: number, physical: boolean): StoreCall<{ revision: number }> {
  const answer = (body: ResponseByKind["compact"]): { revision: number } => ({ revision: body.revision })
  return command(`compact to revision ${revision}`, { kind: "compact", revision, physical }, "compact", answer)
}

export function transactionCall(transaction: Transaction): StoreCall<TransactionResult> {
  return command("transaction", transactionOf(transaction), "txn", transactionResult)
}

/** `expected` null: the key must not exist. A number: it must be as it was at that modRevision. */
export function swapCall(key: Bytes, expected: Bytes | number | null, value: Bytes): StoreCall<SwapResult> {
  const condition: Condition =
    expected === null
      ? { keys: key, version: 0 }
      : typeof expected === "number"
        ? { keys: key, modRevision: expected }
        : { keys: key, value: expected }
  const swap = transactionOf({ conditions: [condition], success: [{ kind: "put", key, value }], failure: [{ kind: "range", keys: key }] })
  return command(`compare and swap ${show(key)}`, swap, "txn", (body) => {
    const [first] = body.responses
    const current = first?.kind === "range" ? first.kvs[0] : undefined
    return { swapped: body.succeeded, revision: body.revision, current: current === undefined ? null : own(current) }
  })
}

export function rangeCall(keys: Keys, options: RangeOptions = {}): StoreCall<RangeResult> {
  return query(`read ${showKeys(keys)}`, rangeOf(keys, options), "range", rangeResult)
}

export function getCall(key: Bytes, revision: number | undefined): StoreCall<StoreEntry | null> {
  return query(`get ${show(key)}`, rangeOf(key, revision === undefined ? {} : { revision }), "range", ({ kvs: [kv] }) =>
    kv === undefined ? null : own(kv),
  )
}

/** A transaction that writes nothing, as a read. */
export function readTransactionCall(transaction: Transaction): StoreCall<TransactionResult> {
  return query("read transaction", transactionOf(transaction), "txn", transactionResult)
}

function command<Kind extends keyof ResponseByKind, Answer>(
  operation: string,
  request: KvCommand,
  kind: Kind,
  answer: (body: ResponseByKind[Kind]) => Answer,
): StoreCall<Answer> {
  return { operation, bytes: encodeKvCommand(request), read: reader(kind, answer) }
}

function query<Kind extends keyof ResponseByKind, Answer>(
  operation: string,
  request: KvQuery,
  kind: Kind,
  answer: (body: ResponseByKind[Kind]) => Answer,
): StoreCall<Answer> {
  return { operation, bytes: encodeKvQuery(request), read: reader(kind, answer) }
}

function reader<Kind extends keyof ResponseByKind, Answer>(
  kind: Kind,
  answer: (body: ResponseByKind[Kind]) => Answer,
): StoreCall<Answer>["read"] {
  return (response) => {
    if (response.kind === "notFound") throw new Error("the server says that a key does not exist, which answers something else")
    const { index, result } = readIndexed(response.body)
    return { index, answer: answer(decodeKvBody(kind, result)) }
  }
}

// ---- requests: from the client's types to those of the wire ----

function putOf(key: Bytes, value: Bytes, { previous = false, lease = 0n }: PutOptions): ReturnType<typeof putRequest> {
  return putRequest(bytesOf(key), bytesOf(value), { prevKv: previous, lease })
}

function deleteOf(keys: Keys, { previous = false }: DeleteOptions): ReturnType<typeof deleteRangeRequest> {
  const { key, rangeEnd } = keyRange(keys)
  return deleteRangeRequest(key, rangeEnd, { prevKv: previous })
}

function rangeOf(keys: Keys, { limit = 0, revision = 0, keysOnly = false, countOnly = false, sort }: RangeOptions): RangeRequest {
  const { key, rangeEnd } = keyRange(keys)
  const sorting = sort === undefined ? {} : { sortTarget: sort.by, sortOrder: sort.order }
  return rangeRequest(key, rangeEnd, { limit, revision, keysOnly, countOnly, ...sorting })
}

function transactionOf({ conditions = [], success = [], failure = [] }: Transaction): TxnRequest {
  return { kind: "txn", compare: conditions.map(compareOf), success: success.map(operationOf), failure: failure.map(operationOf) }
}

function compareOf(condition: Condition): Compare {
  const common = { ...keyRange(condition.keys), result: condition.is ?? "equal" }
  if ("value" in condition) return { ...common, target: "value", operand: bytesOf(condition.value) }
  if ("version" in condition) return { ...common, target: "version", operand: condition.version }
  if ("createRevision" in condition) return { ...common, target: "create", operand: condition.createRevision }
  if ("modRevision" in condition) return { ...common, target: "mod", operand: condition.modRevision }
  return { ...common, target: "lease", operand: condition.lease }
}

function operationOf(action: Action): RequestOp {
  switch (action.kind) {
    case "put":
      return putOf(action.key, action.value, action)
    case "delete":
      return deleteOf(action.keys, action)
    case "range":
      return rangeOf(action.keys, action)
    case "transaction":
      return transactionOf(action)
  }
}

function keyRange(keys: Keys): KeyRange {
  if (typeof keys === "string" || keys instanceof Uint8Array) return { key: bytesOf(keys), rangeEnd: nothing }
  if ("prefix" in keys) {
    const prefix = bytesOf(keys.prefix)
    return prefix.length === 0 ? { key: lowest, rangeEnd: lowest } : { key: prefix, rangeEnd: prefixEnd(prefix) }
  }
  const from = bytesOf(keys.from)
  return { key: from.length === 0 ? lowest : from, rangeEnd: keys.to === undefined ? lowest : bytesOf(keys.to) }
}

const nothing = new Uint8Array(0)
/** As a key: the lowest key. As the end of a range: no end. */
const lowest = Uint8Array.of(0)

function bytesOf(bytes: Bytes): Uint8Array {
  return typeof bytes === "string" ? Buffer.from(bytes) : bytes
}

// ---- answers: from the wire's types to those of the client ----

function putResult({ revision, prevKv }: ResponseByKind["put"]): PutResult {
  return { revision, previous: prevKv === null ? null : own(prevKv) }
}

function deleteResult({ revision, deleted, prevKvs }: ResponseByKind["deleteRange"]): DeleteResult {
  return { revision, deleted, previous: prevKvs.map(own) }
}

function rangeResult({ revision, kvs, count, more }: ResponseByKind["range"]): RangeResult {
  return { revision, entries: kvs.map(own), count, more }
}

function transactionResult({ revision, succeeded, responses }: ResponseByKind["txn"]): TransactionResult {
  return { revision, succeeded, results: responses.map(actionResult) }
}

function actionResult(response: ResponseOp): ActionResult {
  switch (response.kind) {
    case "put":
      return { kind: "put", ...putResult(response) }
    case "deleteRange":
      return { kind: "delete", ...deleteResult(response) }
    case "range":
      return { kind: "range", ...rangeResult(response) }
    case "txn":
      return { kind: "transaction", ...transactionResult(response) }
  }
}

/** A pair with copied bytes: those of the wire are views into the socket's buffer. */
function own(kv: KeyValue): StoreEntry {
  return { ...kv, key: Buffer.from(kv.key), value: Buffer.from(kv.value) }
}

// ---- for error messages ----

function show(key: Bytes): string {
  const text = typeof key === "string" ? key : Buffer.from(key.buffer, key.byteOffset, key.length).toString()
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)
}

function showKeys(keys: Keys): string {
  if (typeof keys === "string" || keys instanceof Uint8Array) return show(keys)
  if ("prefix" in keys) return `prefix ${show(keys.prefix)}`
  return `from ${show(keys.from)}${keys.to === undefined ? "" : ` to ${show(keys.to)}`}`
}
