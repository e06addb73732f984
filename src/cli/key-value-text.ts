/** Pairs of the store as JSON and as lines. */

import type { KeyValue, ResponseOp } from "../client/index.ts"
import { toJsonField, toLine } from "./bytes-text.ts"

export function keyValueToJson(pair: KeyValue): Record<string, unknown> {
  const { createRevision, modRevision, version, lease } = pair
  // Leases use all 64 bits, which JSON's numbers do not hold.
  const withLease = lease === 0n ? {} : { lease: String(lease) }
  return { ...toJsonField("key", pair.key), ...toJsonField("value", pair.value), createRevision, modRevision, version, ...withLease }
}

/** `key<TAB>value`: easy to read, and to cut. */
export function keyValueToLine(pair: KeyValue, keysOnly = false): string {
  return keysOnly ? toLine(pair.key) : `${toLine(pair.key)}\t${toLine(pair.value)}`
}

export function responseToJson(response: ResponseOp): unknown {
  switch (response.kind) {
    case "put":
      return { kind: "put" }
    case "range":
      return { kind: "range", pairs: response.kvs.map(keyValueToJson), count: response.count }
    case "deleteRange":
      return { kind: "delete", deleted: response.deleted }
    case "txn":
      return { kind: "txn", succeeded: response.succeeded, responses: response.responses.map(responseToJson) }
    default:
      return response satisfies never
  }
}

/** One line or several. */
export function responseToLines(response: ResponseOp): string {
  switch (response.kind) {
    case "put":
      return "put"
    case "range":
      return response.kvs.length === 0 ? "not found" : response.kvs.map((pair) => keyValueToLine(pair)).join("\n")
    case "deleteRange":
      return `deleted ${response.deleted}`
    case "txn":
      return response.responses.map(responseToLines).join("\n")
    default:
      return response satisfies never
  }
}
