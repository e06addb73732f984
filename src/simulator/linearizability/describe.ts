/** Operations and values in words, for people who look at a verdict. */

import type { KeyCall, Operation, Value } from "./history.ts"

/** `read 9 of client 3`. */
export function nameOf({ id, client, call, promise }: Operation): string {
  const kind = call.kind === "get" ? (promise === "session" ? "session read" : "read") : call.kind
  return `${kind} ${id} of client ${client}`
}

/** What it was told, as a verb: `gave 5`, `was done`. */
export function outcomeOf({ call, result }: Operation): string {
  if (result === null) return "was answered"
  switch (result.kind) {
    case "get":
      return result.value === null ? "found nothing" : `gave ${textOf(result.value)}`
    case "put":
      return result.previous === undefined ? "was done" : `replaced ${textOf(result.previous)}`
    case "delete":
      return result.existed === undefined ? "was done" : result.existed ? "deleted something" : "found nothing to delete"
    case "cas":
      return `${result.done ? "was done" : "was not done"}, ${result.done ? "expecting" : "though expecting"} ${expectationOf(call)}`
    case "transaction":
      return `${result.succeeded ? "took its success list" : "took its failure list"}${readsOf(result.read)}`
    default:
      return result satisfies never
  }
}

export function textOf(value: Value): string {
  return value === null ? "nothing" : typeof value === "string" ? JSON.stringify(value) : String(value)
}

export function listOf(values: readonly Value[]): string {
  const texts = values.map(textOf)
  return texts.length <= 1 ? (texts[0] ?? "nothing") : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`
}

function expectationOf(call: KeyCall): string {
  return call.kind === "cas" ? textOf(call.expected) : "something"
}

function readsOf(read: readonly Value[] | undefined): string {
  return read === undefined || read.length === 0 ? "" : ` and read ${read.map(textOf).join(", ")}`
}
