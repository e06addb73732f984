/** Pairs of the store as JSON and as lines. */

import type { ActionResult, StoreEntry } from "../../client/index.ts"
import { toJsonField, toLine } from "./bytes-text.ts"

export function keyValueToJson(pair: StoreEntry): Record<string, unknown> {
  const { createRevision, modRevision, version, lease } = pair
  // Leases use all 64 bits, which JSON's numbers do not hold.
  const withLease = lease === 0n ? {} : { lease: String(lease) }
  return { ...toJsonField("key", pair.key), ...toJsonField("value", pair.value), createRevision, modRevision, version, ...withLease }
}

/** `key<TAB>value`: easy to read, and to cut. */
export function keyValueToLine(pair: StoreEntry, keysOnly = false): string {
  return keysOnly ? toLine(pair.key) : `${toLine(pair.key)}\t${toLine(pair.value)}`
}

export function resultToJson(result: ActionResult): unknown {
  switch (result.kind) {
    case "put":
      return { kind: "put" }
    case "range":
      return { kind: "range", pairs: result.entries.map(keyValueToJson), count: result.count }
    case "delete":
      return { kind: "delete", deleted: result.deleted }
    case "transaction":
      return { kind: "transaction", succeeded: result.succeeded, results: result.results.map(resultToJson) }
    default:
      return result satisfies never
  }
}

/** One line or several. */
export function resultToLines(result: ActionResult): string {
  switch (result.kind) {
    case "put":
      return "put"
    case "range":
      return result.entries.length === 0 ? "not found" : result.entries.map((pair) => keyValueToLine(pair)).join("\n")
    case "delete":
      return `deleted ${result.deleted}`
    case "transaction":
      return result.results.map(resultToLines).join("\n")
    default:
      return result satisfies never
  }
}
