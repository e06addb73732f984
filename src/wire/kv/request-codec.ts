/**
 * Commands and queries of the store as bytes, little endian, from their operation's number on. The same bytes are the client's request and
 * the log's command.
 *
 * ```
 * put             u8 1 | u16 klen | key | value (to the end)
 * get             u8 2 | u16 klen | key
 * deleteRange     u8 3 | bytes key | bytes rangeEnd | u8 flags (1 prevKv)
 * txn, readTxn    u8 4, u8 8 | u16 n | n × compare | u16 n | n × operation (success) | u16 n | n × operation (failure)
 * compact         u8 5 | i64 revision | u8 flags (1 physical)
 * putWithOptions  u8 6 | bytes key | bytes value | i64 lease | u8 flags (1 prevKv, 2 ignoreValue, 4 ignoreLease)
 * range           u8 7 | bytes key | bytes rangeEnd | i64 limit | i64 revision | u8 order | u8 target | u8 flags (1 keysOnly, 2 countOnly)
 *                      | i64 minMod | i64 maxMod | i64 minCreate | i64 maxCreate
 * compare         bytes key | bytes rangeEnd | u8 target | u8 result | i64 operand, or bytes operand where the target is a value
 * ```
 *
 * `bytes` is `u32 length | bytes`. Inside a transaction the operations are 3, 4, 6 and 7, with their numbers. Decoders give views, and throw
 * `WireError` for whatever is not exactly this, surplus bytes included.
 */

import { wordsInOrder } from "../bytes/codes.ts"
import { ByteReader, ByteWriter, WireError } from "../client/index.ts"
import {
  readBytes32,
  readFlags,
  readI64,
  readLease,
  readWord,
  writeBytes32,
  writeFlags,
  writeI64,
  writeLease,
  writeWord,
} from "./fields.ts"
import { storeOperation } from "./operation.ts"
import type {
  Compare,
  CompareResult,
  DeleteRangeRequest,
  KvCommand,
  KvQuery,
  PutRequest,
  RangeRequest,
  RequestOp,
  SortOrder,
  SortTarget,
  TxnRequest,
} from "./request.ts"

/** How deep transactions may nest, the outermost counted. etcd's limit on operations allows no more either. */
export const txnDepthMax = 128

/** How many comparisons, or operations in one branch, a transaction's bytes can hold. Servers allow far fewer: 128 unless told otherwise. */
export const txnListMax = 0xffff

const shortKeyBytesMax = 0xffff

export const sortOrders: readonly SortOrder[] = wordsInOrder<SortOrder>({ none: 0, ascend: 1, descend: 2 })
export const sortTargets: readonly SortTarget[] = wordsInOrder<SortTarget>({ key: 0, version: 1, create: 2, mod: 3, value: 4 })
export const compareResults: readonly CompareResult[] = wordsInOrder<CompareResult>({ equal: 0, greater: 1, less: 2, notEqual: 3 })
export const compareTargets: readonly Compare["target"][] = wordsInOrder<Compare["target"]>({
  version: 0,
  create: 1,
  mod: 2,
  value: 3,
  lease: 4,
})

/** The command's bytes. Throws a RangeError on a transaction that is too deep or too wide to be written down. */
export function encodeKvCommand(command: KvCommand): Uint8Array {
  if (command.kind === "put" && isPlainPut(command)) return encodePut(command.key, command.value)
  const out = new ByteWriter(256)
  if (command.kind === "compact") {
    out.u8(storeOperation.compact)
    writeI64(out, command.revision)
    writeFlags(out, command.physical)
  } else {
    writeOperation(out, command, 1)
  }
  return out.take()
}

/** The bytes of a put of a value and nothing else. `key` has at most 65,535 bytes. */
export function encodePut(key: Uint8Array, value: Uint8Array): Uint8Array {
  return encodeShort(storeOperation.put, key, value)
}

/** The query's bytes. Throws a RangeError on a key of `get` beyond 65,535 bytes, and as `encodeKvCommand`. */
export function encodeKvQuery(query: KvQuery): Uint8Array {
  if (query.kind === "get") return encodeShort(storeOperation.get, query.key, new Uint8Array(0))
  const out = new ByteWriter(256)
  writeOperation(out, query, 1)
  const bytes = out.take()
  if (query.kind === "txn") bytes[0] = storeOperation.readTxn
  return bytes
}

/** Reads a command. Its byte fields are views. Throws `WireError`. */
export function decodeKvCommand(bytes: Uint8Array): KvCommand {
  const reader = new ByteReader(bytes)
  const operation = reader.u8("the operation")
  const command = readCommand(reader, operation)
  reader.finish(command.kind)
  return command
}

/** Reads a query. Its byte fields are views. Throws `WireError`. */
export function decodeKvQuery(bytes: Uint8Array): KvQuery {
  const reader = new ByteReader(bytes)
  const operation = reader.u8("the operation")
  const query = readQuery(reader, operation)
  reader.finish(query.kind)
  return query
}

function isPlainPut(put: PutRequest): boolean {
  return put.lease === 0n && !put.prevKv && !put.ignoreValue && !put.ignoreLease && put.key.length <= shortKeyBytesMax
}

function encodeShort(operation: number, key: Uint8Array, value: Uint8Array): Uint8Array {
  if (key.length > shortKeyBytesMax) throw new RangeError(`a key of ${key.length} bytes does not fit a 16-bit length`)
  const bytes = new Uint8Array(3 + key.length + value.length)
  bytes[0] = operation
  bytes[1] = key.length
  bytes[2] = key.length >>> 8
  bytes.set(key, 3)
  bytes.set(value, 3 + key.length)
  return bytes
}

function readCommand(reader: ByteReader, operation: number): KvCommand {
  switch (operation) {
    case storeOperation.put: {
      const key = reader.bytes16("the key")
      return { kind: "put", key, value: reader.rest(), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false }
    }
    case storeOperation.compact: {
      const revision = readI64(reader, "the revision")
      return { kind: "compact", revision, physical: readFlags(reader, 1, "compact's flags") !== 0 }
    }
    case storeOperation.putWithOptions:
      return readPut(reader)
    case storeOperation.deleteRange:
      return readDeleteRange(reader)
    case storeOperation.txn:
      return readTxn(reader, 1)
    default:
      throw new WireError(`operation ${operation} is no command of the key-value store`)
  }
}

function readQuery(reader: ByteReader, operation: number): KvQuery {
  switch (operation) {
    case storeOperation.get:
      return { kind: "get", key: reader.bytes16("the key") }
    case storeOperation.range:
      return readRange(reader)
    case storeOperation.readTxn:
      return readTxn(reader, 1)
    default:
      throw new WireError(`operation ${operation} is no query of the key-value store`)
  }
}

function writeOperation(out: ByteWriter, op: RequestOp, depth: number): void {
  switch (op.kind) {
    case "put":
      out.u8(storeOperation.putWithOptions)
      writeBytes32(out, op.key)
      writeBytes32(out, op.value)
      writeLease(out, op.lease)
      writeFlags(out, op.prevKv, op.ignoreValue, op.ignoreLease)
      break
    case "deleteRange":
      out.u8(storeOperation.deleteRange)
      writeBytes32(out, op.key)
      writeBytes32(out, op.rangeEnd)
      writeFlags(out, op.prevKv)
      break
    case "range":
      writeRange(out, op)
      break
    case "txn":
      writeTxn(out, op, depth)
      break
    default:
      op satisfies never
  }
}

function writeRange(out: ByteWriter, range: RangeRequest): void {
  out.u8(storeOperation.range)
  writeBytes32(out, range.key)
  writeBytes32(out, range.rangeEnd)
  writeI64(out, range.limit)
  writeI64(out, range.revision)
  writeWord(out, sortOrders, range.sortOrder)
  writeWord(out, sortTargets, range.sortTarget)
  writeFlags(out, range.keysOnly, range.countOnly)
  writeI64(out, range.minModRevision)
  writeI64(out, range.maxModRevision)
  writeI64(out, range.minCreateRevision)
  writeI64(out, range.maxCreateRevision)
}

function writeTxn(out: ByteWriter, txn: TxnRequest, depth: number): void {
  if (depth > txnDepthMax) throw new RangeError(`a transaction inside ${txnDepthMax} others`)
  out.u8(storeOperation.txn)
  writeCount(out, txn.compare.length)
  for (const compare of txn.compare) writeCompare(out, compare)
  for (const branch of [txn.success, txn.failure]) {
    writeCount(out, branch.length)
    for (const op of branch) writeOperation(out, op, depth + 1)
  }
}

function writeCount(out: ByteWriter, count: number): void {
  if (count > txnListMax)
    throw new RangeError(`${count} comparisons or operations in a transaction; ${txnListMax} is the most its bytes can hold`)
  out.u16(count)
}

function writeCompare(out: ByteWriter, compare: Compare): void {
  writeBytes32(out, compare.key)
  writeBytes32(out, compare.rangeEnd)
  writeWord(out, compareTargets, compare.target)
  writeWord(out, compareResults, compare.result)
  switch (compare.target) {
    case "value":
      writeBytes32(out, compare.operand)
      break
    case "lease":
      writeLease(out, compare.operand)
      break
    case "version":
    case "create":
    case "mod":
      writeI64(out, compare.operand)
      break
    default:
      compare satisfies never
  }
}

function readOperation(reader: ByteReader, depth: number): RequestOp {
  const operation = reader.u8("an operation of the transaction")
  switch (operation) {
    case storeOperation.putWithOptions:
      return readPut(reader)
    case storeOperation.deleteRange:
      return readDeleteRange(reader)
    case storeOperation.range:
      return readRange(reader)
    case storeOperation.txn:
      return readTxn(reader, depth)
    default:
      throw new WireError(`operation ${operation} does not belong in a transaction`)
  }
}

function readPut(reader: ByteReader): PutRequest {
  const key = readBytes32(reader, "the key")
  const value = readBytes32(reader, "the value")
  const lease = readLease(reader, "the lease")
  const flags = readFlags(reader, 3, "put's flags")
  return { kind: "put", key, value, lease, prevKv: (flags & 1) !== 0, ignoreValue: (flags & 2) !== 0, ignoreLease: (flags & 4) !== 0 }
}

function readDeleteRange(reader: ByteReader): DeleteRangeRequest {
  const key = readBytes32(reader, "the key")
  const rangeEnd = readBytes32(reader, "the range's end")
  return { kind: "deleteRange", key, rangeEnd, prevKv: readFlags(reader, 1, "deleteRange's flags") !== 0 }
}

function readRange(reader: ByteReader): RangeRequest {
  const key = readBytes32(reader, "the key")
  const rangeEnd = readBytes32(reader, "the range's end")
  const limit = readI64(reader, "the limit")
  const revision = readI64(reader, "the revision")
  const sortOrder = readWord(reader, sortOrders, "the sort order")
  const sortTarget = readWord(reader, sortTargets, "the sort target")
  const flags = readFlags(reader, 2, "range's flags")
  return {
    kind: "range",
    key,
    rangeEnd,
    limit,
    revision,
    sortOrder,
    sortTarget,
    keysOnly: (flags & 1) !== 0,
    countOnly: (flags & 2) !== 0,
    minModRevision: readI64(reader, "the lowest mod revision"),
    maxModRevision: readI64(reader, "the highest mod revision"),
    minCreateRevision: readI64(reader, "the lowest create revision"),
    maxCreateRevision: readI64(reader, "the highest create revision"),
  }
}

function readTxn(reader: ByteReader, depth: number): TxnRequest {
  if (depth > txnDepthMax) throw new WireError(`a transaction inside ${txnDepthMax} others`)
  return {
    kind: "txn",
    compare: readList(reader, "comparisons", () => readCompare(reader)),
    success: readList(reader, "operations on success", () => readOperation(reader, depth + 1)),
    failure: readList(reader, "operations on failure", () => readOperation(reader, depth + 1)),
  }
}

function readList<Item>(reader: ByteReader, what: string, read: () => Item): Item[] {
  const count = reader.u16(`the number of ${what}`)
  const items: Item[] = []
  for (let i = 0; i < count; i++) items.push(read())
  return items
}

function readCompare(reader: ByteReader): Compare {
  const key = readBytes32(reader, "a compared key")
  const rangeEnd = readBytes32(reader, "a compared range's end")
  const target = readWord(reader, compareTargets, "a comparison's target")
  const result = readWord(reader, compareResults, "a comparison's result")
  switch (target) {
    case "value":
      return { key, rangeEnd, result, target, operand: readBytes32(reader, "a compared value") }
    case "lease":
      return { key, rangeEnd, result, target, operand: readLease(reader, "a compared lease") }
    case "version":
    case "create":
    case "mod":
      return { key, rangeEnd, result, target, operand: readI64(reader, "a compared number") }
  }
}
