/**
 * The definition of linearizability, tried out word for word: every order of the answered operations with every choice of unknown ones in between. For
 * histories of a handful of operations, to compare the real checker with. Shares nothing with it but the vocabulary and the meaning of `precedes`.
 */

import {
  precedes,
  type KeyCall,
  type Operation,
  type Result,
  type TransactionStep,
  type Value,
} from "../../src/simulator/linearizability/history.ts"

export function hasOrder(operations: readonly Operation[]): boolean {
  const keys = new Set(operations.map(({ key }) => key))
  return [...keys].every((key) =>
    canGoOn(
      operations.filter((one) => one.key === key && one.end !== "refused"),
      null,
    ),
  )
}

/** Whether what is left can be put in some order, from `value` on. */
function canGoOn(left: readonly Operation[], value: Value): boolean {
  if (left.every(({ end }) => end === "unknown")) return true
  return left.some((next) => {
    const others = left.filter((other) => other !== next)
    if (others.some((other) => other.end === "answered" && precedes(other, next))) return false
    const { after, answer } = perform(next.call, value)
    const fits = next.end === "unknown" || next.result === null || agrees(next.result, answer)
    return fits && canGoOn(others, after)
  })
}

function perform(call: KeyCall, value: Value): { readonly after: Value; readonly answer: Result } {
  switch (call.kind) {
    case "get":
      return { after: value, answer: { kind: "get", value } }
    case "put":
      return { after: call.value, answer: { kind: "put", previous: value } }
    case "delete":
      return { after: null, answer: { kind: "delete", existed: value !== null } }
    case "cas": {
      const done = value === call.expected
      return { after: done ? call.value : value, answer: { kind: "cas", done } }
    }
    case "transaction": {
      const succeeded = call.compare.every((compare) => (compare.operator === "is" ? compare.value === value : compare.value !== value))
      const steps: readonly TransactionStep[] = succeeded ? call.success : call.failure
      const states = steps.reduce<Value[]>(
        (all, step) => [...all, step.kind === "get" ? all.at(-1)! : step.kind === "put" ? step.value : null],
        [value],
      )
      const read = steps.flatMap((step, position) => (step.kind === "get" ? [states[position + 1]!] : []))
      return { after: states.at(-1)!, answer: { kind: "transaction", succeeded, read } }
    }
    default:
      return call satisfies never
  }
}

function agrees(told: Result, answer: Result): boolean {
  return Object.entries(told).every(
    ([name, part]) => part === undefined || JSON.stringify(part) === JSON.stringify(answer[name as keyof Result]),
  )
}
