/**
 * What is wrong with a request on the face of it, whatever the store holds. The checks, their order and their texts are etcd's (compared with
 * etcd 3.4): clients match them.
 */

import { isBytes, show } from "../../arguments/index.ts"
import { WireError } from "../../wire/client/index.ts"
import {
  decodeKvCommand,
  decodeKvQuery,
  isKvCommand,
  type KvCommand,
  type KvQuery,
  type RangeRequest,
  type Refusal,
  type RefusalReason,
  refuse,
  type RequestOp,
  storeOperation,
  type TxnRequest,
} from "../../wire/kv/index.ts"
import { repeatsKey } from "./duplicates.ts"
import { defaultKvLimits, type KvLimits } from "./limits.ts"

/**
 * For servers, before they propose or ask: why these bytes, a command or a query, would be refused or go beyond `limits`; null if they are
 * fine so far. Costs next to nothing for a plain put or get.
 */
export function checkKvRequest(bytes: Uint8Array, limits: KvLimits = defaultKvLimits): Refusal | null {
  if (!isBytes(bytes)) throw new TypeError(`checkKvRequest: bytes: found ${show(bytes)}, expected a Uint8Array`)
  if (bytes.length > limits.requestBytesMax) return refuse("requestTooLarge")
  if (bytes[0] === storeOperation.put || bytes[0] === storeOperation.get) return checkShort(bytes)
  try {
    const request = isKvCommand(bytes) ? decodeKvCommand(bytes) : decodeKvQuery(bytes)
    return checkRequest(request, limits)
  } catch (error) {
    if (error instanceof WireError) return refuse("malformed", error.message)
    throw error
  }
}

/** The same for a request that is decoded already. */
export function checkRequest(request: KvCommand | KvQuery, limits: KvLimits): Refusal | null {
  const reason =
    request.kind === "compact" ? null : request.kind === "get" ? checkKey(request.key) : checkOperation(request, limits.txnOperationsMax)
  if (reason !== null) return refuse(reason)
  if (request.kind !== "txn") return null
  return repeatsKey(request.success) || repeatsKey(request.failure) ? refuse("duplicateKey") : null
}

function checkShort(bytes: Uint8Array): Refusal | null {
  const keyLength = bytes.length < 3 ? -1 : bytes[1]! | (bytes[2]! << 8)
  if (keyLength === 0) return refuse("emptyKey")
  const end = 3 + keyLength
  if (keyLength > 0 && (bytes[0] === storeOperation.put ? end <= bytes.length : end === bytes.length)) return null
  return refuse("malformed", "the key's length does not fit the request's")
}

function checkOperation(op: RequestOp, operationsMax: number): RefusalReason | null {
  switch (op.kind) {
    case "txn":
      return checkTxn(op, operationsMax)
    case "put":
      if (op.key.length === 0) return "emptyKey"
      if (op.ignoreValue && op.value.length > 0) return "valueProvided"
      return op.ignoreLease && op.lease !== 0n ? "leaseProvided" : null
    case "range":
    case "deleteRange":
      return checkKey(op.key)
  }
}

function checkTxn(txn: TxnRequest, operationsMax: number): RefusalReason | null {
  const operations = Math.max(txn.compare.length, txn.success.length, txn.failure.length)
  if (operations > operationsMax) return "tooManyOperations"
  for (const compare of txn.compare) if (compare.key.length === 0) return "emptyKey"
  for (const branch of [txn.success, txn.failure]) {
    for (const op of branch) {
      const reason = checkOperation(op, operationsMax - operations)
      if (reason !== null) return reason
    }
  }
  return null
}

function checkKey(key: Uint8Array): RefusalReason | null {
  return key.length === 0 ? "emptyKey" : null
}

/** Why a read at this revision cannot be answered: it is compacted, or has not happened. */
export function checkRevision(request: RangeRequest, revision: number, compactRevision: number): RefusalReason | null {
  if (request.revision > revision) return "futureRevision"
  return request.revision < compactRevision ? "compacted" : null
}
