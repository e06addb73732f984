/** What clients have asked for, in words. */

import { scriptedClientsFrom, type ScriptedRequest, type World } from "oarlock/simulator"
import type { Names } from "./names.ts"

/** Every request so far, in the order of the clients, each of which asks once. */
export function requestsOf(world: World): readonly ScriptedRequest[] {
  const found: ScriptedRequest[] = []
  for (let client = scriptedClientsFrom; ; client++) {
    const requests = world.requestsOf(client)
    if (requests.length === 0) return found
    found.push(...requests)
  }
}

/** `put x=1`, `get x`. */
export function nameOfRequest({ operation }: ScriptedRequest, names: Names): string {
  const { kind, register, id, expected, consistency } = operation
  const name = names.key(register)
  switch (kind) {
    case "put":
      return `put ${name}=${names.value(id)}`
    case "cas":
      return `put ${name}=${names.value(id)} if it is ${names.value(expected)}`
    case "delete":
      return `delete ${name}`
    case "read":
      return `${consistency === "stale" ? "stale get" : "get"} ${name}`
    default:
      return kind satisfies never
  }
}

/** `put x=1 → S3: ask S2`: short enough for a picture. */
export function wordsFor(request: ScriptedRequest, names: Names): string {
  const { node, outcome } = request
  const asked = `${nameOfRequest(request, names)} → S${node}`
  if (outcome === null) return `${asked} …`
  switch (outcome.kind) {
    case "committed":
      return `${asked}: ${outcome.changed ? "done" : "not changed"}`
    case "answered":
      return `${asked}: ${names.value(outcome.value)}`
    case "rejected":
      return `${asked}: ${outcome.leader === null ? "refused" : `ask S${outcome.leader}`}`
    case "unknown":
      return `${asked}: unknown`
    default:
      return outcome satisfies never
  }
}
