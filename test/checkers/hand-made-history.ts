/** Histories written by hand: operations of key "x", one client a line if not told otherwise, their ids in the order in which they are made. */

import type { KeyCall, Operation, Result, Value } from "../../src/simulator/linearizability/index.ts"

export type Given = Partial<Pick<Operation, "id" | "client" | "key" | "promise">>

let nextId = 1

/** Ids begin at 1 again: call it at the start of every history. */
export function history<T>(make: () => T): T {
  nextId = 1
  return make()
}

function operation(
  call: KeyCall,
  result: Result | null,
  from: number,
  until: number,
  given: Given,
  end: Operation["end"] = "answered",
): Operation {
  const id = nextId++
  return { id, client: id, key: "x", promise: "linearizable", call, result, from, until, end, ...given }
}

export const put = (value: Value, from: number, until: number, given: Given = {}): Operation =>
  operation({ kind: "put", value }, { kind: "put" }, from, until, given)

export const get = (value: Value, from: number, until: number, given: Given = {}): Operation =>
  operation({ kind: "get" }, { kind: "get", value }, from, until, given)

export const cas = (expected: Value, value: Value, done: boolean, from: number, until: number, given: Given = {}): Operation =>
  operation({ kind: "cas", expected, value }, { kind: "cas", done }, from, until, given)

export const remove = (existed: boolean | undefined, from: number, until: number, given: Given = {}): Operation =>
  operation({ kind: "delete" }, existed === undefined ? { kind: "delete" } : { kind: "delete", existed }, from, until, given)

export const transaction = (
  call: Omit<KeyCall & { kind: "transaction" }, "kind">,
  result: { readonly succeeded: boolean; readonly read?: readonly Value[] },
  from: number,
  until: number,
  given: Given = {},
): Operation => operation({ kind: "transaction", ...call }, { kind: "transaction", ...result }, from, until, given)

/** Nobody knows whether it was done, or when. */
export function unknown(call: KeyCall, from: number, given: Given = {}): Operation {
  return operation(call, null, from, Infinity, given, "unknown")
}

/** Certainly not done. */
export function refused(call: KeyCall, from: number, until: number, given: Given = {}): Operation {
  return operation(call, null, from, until, given, "refused")
}
