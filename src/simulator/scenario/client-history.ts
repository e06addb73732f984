/** What the clients of a story were told, as a history that can be judged without a look at any server. */

import type { ScriptedOutcome, ScriptedRequest } from "../clients/scripted-client.ts"
import type { KeyCall, Operation, Result } from "../linearizability/index.ts"
import type { World } from "../world/world.ts"
import type { Ledger, LedgerEntry } from "./ledger.ts"
import type { ClientRequest } from "./scenario.ts"

/** One operation for everything that a client asked for, however often it asked. */
export function historyOf(world: World, ledger: Ledger): readonly Operation[] {
  const operations = new Map<number, Operation>()
  for (const entry of ledger.clientRequests) {
    // It changes nothing, on any server.
    if (entry.request?.kind === "poison") continue
    const tries = world.requestsOf(entry.clientNumber).filter(({ operation }) => operation.id === entry.operationId)
    if (tries.length > 0) operations.set(entry.operationId, operationOf(entry, tries))
  }
  return [...operations.values()]
}

function operationOf({ request, operationId, clientNumber, expectedId }: LedgerEntry, tries: readonly ScriptedRequest[]): Operation {
  const asked = request as KeyRequest
  const outcomes = tries.map(({ outcome }) => outcome)
  const known = outcomes.find((outcome) => outcome?.kind === "committed" || outcome?.kind === "answered") ?? null
  const isRefused = outcomes.every((outcome) => outcome?.kind === "rejected")
  return {
    id: operationId,
    client: clientNumber,
    key: asked.key,
    call: callOf(asked, operationId, expectedId),
    // It was asked right after one event, and answered in another.
    from: tries[0]!.askedStep + 0.5,
    until: known?.step ?? Infinity,
    end: known !== null ? "answered" : isRefused ? "refused" : "unknown",
    result: known === null ? null : resultOf(asked, known),
    promise: asked.kind === "read" && asked.consistency === "stale" ? "session" : "linearizable",
  }
}

/** What is about a key. */
type KeyRequest = Exclude<ClientRequest, { kind: "poison" }>

function callOf(asked: KeyRequest, operationId: number, expectedId: number): KeyCall {
  switch (asked.kind) {
    case "write":
      return { kind: "put", value: operationId }
    case "cas":
      return { kind: "cas", expected: expectedId === 0 ? null : expectedId, value: operationId }
    case "delete":
      return { kind: "delete" }
    case "read":
      return { kind: "get" }
    default:
      return asked satisfies never
  }
}

function resultOf(asked: KeyRequest, outcome: ScriptedOutcome): Result | null {
  if (outcome.kind === "answered") return { kind: "get", value: outcome.value === 0 ? null : outcome.value }
  return outcome.kind === "committed" && asked.kind === "cas" ? { kind: "cas", done: outcome.changed } : null
}
