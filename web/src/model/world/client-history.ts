/** What the clients of a run asked and were answered, and whether any order of events explains it: a judgement from the outside, without the state of any server. */

import { judgeHistory, type KeyCall, type Operation, type Result, type ScriptedRequest } from "oarlock/simulator"

/** How long a search for an order may take, in placed operations: a part of a second. */
const stepsMax = 20_000

/** Whether some order of events explains all answers. `undecided`: there were too many at once to try all orders. */
export type Judgement =
  | { readonly kind: "explained" }
  | { readonly kind: "undecided" }
  /** The ids of operations whose answers contradict each other, the one that fits nowhere first. */
  | { readonly kind: "contradictory"; readonly ids: readonly number[] }

export function judge(requests: readonly ScriptedRequest[]): Judgement {
  const tries = new Map<number, ScriptedRequest[]>()
  for (const request of requests) tries.set(request.operation.id, [...(tries.get(request.operation.id) ?? []), request])
  const verdict = judgeHistory([...tries.values()].map(operationOf), stepsMax)
  if (verdict.kind === "violated") return { kind: "contradictory", ids: verdict.operations.map(({ id }) => id) }
  return { kind: verdict.kind === "linearizable" ? "explained" : "undecided" }
}

/** One operation, however often it was asked. */
function operationOf(tries: readonly ScriptedRequest[]): Operation {
  const [{ operation, askedStep }] = tries as [ScriptedRequest]
  const known = tries.map(({ outcome }) => outcome).find((outcome) => outcome?.kind === "committed" || outcome?.kind === "answered") ?? null
  return {
    id: operation.id,
    client: operation.client,
    key: operation.register,
    call: callOf(operation),
    // It was asked right after one event, and answered in another.
    from: askedStep + 0.5,
    until: known?.step ?? Infinity,
    end: known !== null ? "answered" : tries.every(({ outcome }) => outcome?.kind === "rejected") ? "refused" : "unknown",
    result: known === null ? null : resultOf(operation, known),
    promise: operation.kind === "read" && operation.consistency === "stale" ? "session" : "linearizable",
  }
}

function callOf({ kind, id, expected }: ScriptedRequest["operation"]): KeyCall {
  if (kind === "read") return { kind: "get" }
  if (kind === "delete") return { kind: "delete" }
  return kind === "put" ? { kind, value: id } : { kind, expected: valueOrNull(expected), value: id }
}

function resultOf({ kind }: ScriptedRequest["operation"], outcome: NonNullable<ScriptedRequest["outcome"]>): Result | null {
  if (outcome.kind === "answered") return { kind: "get", value: valueOrNull(outcome.value) }
  return outcome.kind === "committed" && kind === "cas" ? { kind: "cas", done: outcome.changed } : null
}

function valueOrNull(value: number): number | null {
  return value === 0 ? null : value
}
