/**
 * What one key of a store does, one operation at a time: the sequential specification that a history is compared with.
 *
 * Deterministic: the value before and the call decide the value after and the answer. An operation whose answer is not known is compared with nothing.
 */

import type { KeyCall, Operation, Result, KeyTransaction, TransactionStep, Value } from "./history.ts"

/** A key that nobody has touched does not exist. */
export const initialValue: Value = null

/** No step from this value gives the answer that was given. */
export const impossible: unique symbol = Symbol("impossible")

/** The value that the key has after `operation` if it had `value` before; `impossible` if the answer would have been another one. */
export function valueAfter({ call, result }: Operation, value: Value): Value | typeof impossible {
  switch (call.kind) {
    case "get":
      return result?.kind === "get" && result.value !== value ? impossible : value
    case "put":
      return result?.kind === "put" && result.previous !== undefined && result.previous !== value ? impossible : call.value
    case "delete":
      return result?.kind === "delete" && result.existed !== undefined && result.existed !== (value !== null) ? impossible : null
    case "cas": {
      const done = value === call.expected
      if (result?.kind === "cas" && result.done !== done) return impossible
      return done ? call.value : value
    }
    case "transaction":
      return afterTransaction(call, result, value)
    default:
      return call satisfies never
  }
}

function afterTransaction({ compare, success, failure }: KeyTransaction, result: Result | null, value: Value): Value | typeof impossible {
  const succeeded = compare.every(({ operator, value: operand }) => (operator === "is") === (operand === value))
  const told = result?.kind === "transaction" ? result : null
  if (told !== null && told.succeeded !== succeeded) return impossible
  let after = value
  let reads = 0
  for (const step of succeeded ? success : failure) {
    if (step.kind === "put") after = step.value
    else if (step.kind === "delete") after = null
    else if (told?.read !== undefined && told.read[reads++] !== after) return impossible
  }
  return after
}

/** Whether what the operation does depends on what it finds, without its answer telling which it was. */
export function isUndecided({ call, result }: Operation): boolean {
  return (call.kind === "cas" || call.kind === "transaction") && result === null
}

/** Whether it changes nothing, whatever it finds. */
export function isRead(call: KeyCall): boolean {
  if (call.kind === "transaction") return isReadOnly(call.success) && isReadOnly(call.failure)
  return call.kind === "get"
}

/** Whether it certainly changed nothing, by its answer. */
export function isHarmless({ call, result }: Operation): boolean {
  if (isRead(call)) return true
  if (result?.kind === "cas") return !result.done
  if (result?.kind === "delete") return result.existed === false
  return result?.kind === "transaction" && call.kind === "transaction" && isReadOnly(result.succeeded ? call.success : call.failure)
}

function isReadOnly(steps: readonly TransactionStep[]): boolean {
  return steps.every((step) => step.kind === "get")
}

/** Whether it can have left `value` behind. */
export function mayWrite(operation: Operation, value: Value): boolean {
  return valuesWritten(operation).includes(value)
}

/** What the operation certainly found; undefined if its answer does not tell. */
export function seenBy({ call, result }: Operation): Value | undefined {
  if (result?.kind === "get") return result.value
  if (result?.kind === "put") return result.previous
  if (result?.kind === "delete") return result.existed === false ? null : undefined
  if (result?.kind === "cas" && call.kind === "cas") return result.done ? call.expected : undefined
  if (result?.kind !== "transaction" || call.kind !== "transaction") return undefined
  const steps = result.succeeded ? call.success : call.failure
  if (steps[0]?.kind === "get" && result.read !== undefined) return result.read[0]
  return result.succeeded ? call.compare.find(({ operator }) => operator === "is")?.value : undefined
}

/** Every value that may decide what it does or answers. */
export function valuesOfInterest({ call, result }: Operation): Value[] {
  const seen = result?.kind === "get" ? [result.value] : result?.kind === "put" && result.previous !== undefined ? [result.previous] : []
  if (call.kind === "cas") return [call.expected]
  if (call.kind === "transaction")
    return [...call.compare.map(({ value }) => value), ...(result?.kind === "transaction" ? (result.read ?? []) : [])]
  return seen
}

/** Every value that it can have left behind. */
export function valuesWritten({ call, result }: Operation): Value[] {
  switch (call.kind) {
    case "get":
      return []
    case "put":
      return [call.value]
    case "delete":
      return [null]
    case "cas":
      return result?.kind === "cas" && !result.done ? [] : [call.value]
    case "transaction":
      return [...call.success, ...call.failure].flatMap((step) =>
        step.kind === "put" ? [step.value] : step.kind === "delete" ? [null] : [],
      )
    default:
      return call satisfies never
  }
}
