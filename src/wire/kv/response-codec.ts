/**
 * Results of commands and answers to queries as bytes, little endian: a status byte, then a body.
 *
 * The status has the client protocol's numbers, so a server passes both on as they are. Bodies do not say what they answer: the caller
 * knows.
 *
 * ```
 * refused       u8 6 | u8 code | u16 length | message
 * get           u8 0 | value          u8 4 if there is none
 * put           u8 0 | u64 revision | u8 has prev | pair if so
 * deleteRange   u8 0 | u64 revision | u64 deleted | u32 n | n × pair
 * compact       u8 0 | u64 revision
 * range         u8 0 | u64 revision | u64 count | u8 more | u32 n | n × pair
 * txn           u8 0 | u64 revision | u8 succeeded | u16 n | n × (u8 operation: 3, 4, 6 or 7 | its body)
 * pair          u64 create revision | u64 mod revision | u64 version | i64 lease | u32 length | key | u32 length | value
 * ```
 */

import { ByteReader, ByteWriter, WireError, status } from "../client/index.ts"
import { readKeyValue, writeKeyValue } from "./fields.ts"
import { storeOperation } from "./operation.ts"
import { refusalReasons, type Refusal } from "./refusal.ts"
import { txnDepthMax } from "./request-codec.ts"
import type {
  CompactResponse,
  DeleteRangeResponse,
  GetResponse,
  KeyValue,
  KvAnswer,
  KvResult,
  PutResponse,
  RangeResponse,
  ResponseOp,
  TxnResponse,
} from "./response.ts"

/** What kind of request a response answers; one word per response type. */
export interface ResponseByKind {
  get: GetResponse
  put: PutResponse
  deleteRange: DeleteRangeResponse
  compact: CompactResponse
  range: RangeResponse
  txn: TxnResponse
}

const empty = new Uint8Array(0)

/** Status and body of a result or an answer. */
export function encodeKvResponse(response: KvResult | KvAnswer): Uint8Array {
  const out = new ByteWriter(64)
  writeResponse(out, response)
  return out.take()
}

function writeResponse(out: ByteWriter, response: KvResult | KvAnswer): void {
  switch (response.kind) {
    case "refused":
      out.u8(status.refused)
      out.u8(refusalReasons.indexOf(response.reason))
      out.text16(response.message)
      break
    case "get":
      out.u8(response.value === null ? status.notFound : status.ok)
      out.raw(response.value ?? empty)
      break
    case "compact":
      out.u8(status.ok)
      out.u64(response.revision)
      break
    case "put":
    case "deleteRange":
    case "range":
    case "txn":
      out.u8(status.ok)
      writeBody(out, response)
      break
    default:
      response satisfies never
  }
}

/** Reads status and body of the response to a request of this kind. Byte fields are views. Throws `WireError`. */
export function decodeKvResponse<Kind extends keyof ResponseByKind>(kind: Kind, bytes: Uint8Array): ResponseByKind[Kind] | Refusal {
  const reader = new ByteReader(bytes)
  const code = reader.u8("the status")
  switch (code) {
    case status.ok:
      return decodeKvBody(kind, reader.rest())
    case status.refused: {
      const refusal = readRefusal(reader)
      reader.finish("the refusal")
      return refusal
    }
    case status.notFound:
      if (kind !== "get") break
      reader.finish("the answer that a key does not exist")
      return { kind: "get", value: null } as ResponseByKind[Kind]
  }
  throw new WireError(`status ${code} does not answer ${kind}`)
}

/** Reads the body that came with status `ok`. Byte fields are views. Throws `WireError`. */
export function decodeKvBody<Kind extends keyof ResponseByKind>(kind: Kind, body: Uint8Array): ResponseByKind[Kind] {
  const reader = new ByteReader(body)
  const response = readBody(kind, reader, 1)
  reader.finish(`the answer to ${kind}`)
  // The switch in `readBody` gives each kind its own type; the compiler cannot follow that through the type parameter.
  return response as ResponseByKind[Kind]
}

function readRefusal(reader: ByteReader): Refusal {
  const code = reader.u8("the refusal's code")
  const reason = refusalReasons[code]
  const message = reader.text("the refusal's message")
  if (reason === undefined) throw new WireError(`refusal ${code} ("${message}") is not known here`)
  return { kind: "refused", reason, message }
}

function writeBody(out: ByteWriter, response: ResponseOp): void {
  out.u64(response.revision)
  switch (response.kind) {
    case "put":
      out.u8(response.prevKv === null ? 0 : 1)
      if (response.prevKv !== null) writeKeyValue(out, response.prevKv)
      break
    case "deleteRange":
      out.u64(response.deleted)
      writeKeyValues(out, response.prevKvs)
      break
    case "range":
      out.u64(response.count)
      out.u8(response.more ? 1 : 0)
      writeKeyValues(out, response.kvs)
      break
    case "txn":
      out.u8(response.succeeded ? 1 : 0)
      out.u16(response.responses.length)
      for (const inner of response.responses) {
        out.u8(operationNumbers[inner.kind])
        writeBody(out, inner)
      }
      break
    default:
      response satisfies never
  }
}

const operationNumbers = {
  put: storeOperation.putWithOptions,
  deleteRange: storeOperation.deleteRange,
  range: storeOperation.range,
  txn: storeOperation.txn,
} as const

function readBody(kind: keyof ResponseByKind, reader: ByteReader, depth: number): ResponseByKind[keyof ResponseByKind] {
  switch (kind) {
    case "get":
      return { kind, value: reader.rest() }
    case "compact":
      return { kind, revision: reader.u64("the revision") }
    default:
      return readInnerBody(kind, reader, depth)
  }
}

function readInnerBody(kind: ResponseOp["kind"], reader: ByteReader, depth: number): ResponseOp {
  const revision = reader.u64("the revision")
  switch (kind) {
    case "put":
      return { kind, revision, prevKv: reader.flag("the flag of the previous pair") ? readKeyValue(reader) : null }
    case "deleteRange":
      return { kind, revision, deleted: reader.u64("the number of deleted keys"), prevKvs: readKeyValues(reader) }
    case "range": {
      const count = reader.u64("the number of keys")
      const more = reader.flag("the flag of more")
      return { kind, revision, kvs: readKeyValues(reader), more, count }
    }
    case "txn":
      return { kind, revision, succeeded: reader.flag("the flag of success"), responses: readResponses(reader, depth) }
  }
}

function readResponses(reader: ByteReader, depth: number): ResponseOp[] {
  if (depth > txnDepthMax) throw new WireError(`answers to a transaction inside ${txnDepthMax} others`)
  const count = reader.u16("the number of responses")
  const responses: ResponseOp[] = []
  for (let i = 0; i < count; i++) responses.push(readInnerBody(kindOf(reader.u8("a response's operation")), reader, depth + 1))
  return responses
}

function kindOf(operation: number): ResponseOp["kind"] {
  switch (operation) {
    case storeOperation.putWithOptions:
      return "put"
    case storeOperation.deleteRange:
      return "deleteRange"
    case storeOperation.range:
      return "range"
    case storeOperation.txn:
      return "txn"
    default:
      throw new WireError(`operation ${operation} has no place among a transaction's responses`)
  }
}

function writeKeyValues(out: ByteWriter, kvs: readonly KeyValue[]): void {
  out.u32(kvs.length)
  for (const kv of kvs) writeKeyValue(out, kv)
}

function readKeyValues(reader: ByteReader): KeyValue[] {
  const count = reader.u32("the number of pairs")
  const kvs: KeyValue[] = []
  for (let i = 0; i < count; i++) kvs.push(readKeyValue(reader))
  return kvs
}
