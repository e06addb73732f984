/** Compares log entries with what a story says of them: their terms, and what they hold. A command is recognized by its bytes. */

import type { Entry } from "../../core/index.ts"
import { commandOf, EnvelopeType, typeOf } from "../../replica/index.ts"
import { keyValueWorkload } from "../workload/key-value-workload.ts"
import { poisonedWorkload } from "../workload/poisoned-workload.ts"
import type { World } from "../world/world.ts"
import type { Ledger, LedgerEntry } from "./ledger.ts"
import type { ExpectedEntry } from "./scenario.ts"

export function isEntry(world: World, ledger: Ledger, expected: ExpectedEntry, entry: Entry | undefined): boolean {
  if (entry?.term !== expected.term) return false
  const { content } = expected
  if (content === null) return true
  if (content.kind === "noop" || content.kind === "configuration") return entry.kind === content.kind
  const request = requestIn(world, ledger, entry)?.request ?? null
  if (request === null || request.kind === "poison" || content.kind === "poison") return request?.kind === content.kind
  if (request.key !== content.key) return false
  if (content.kind === "delete") return request.kind === "delete"
  return "value" in request && request.value === content.value
}

/** In the words of the language: `2:x=5`. */
export function describeEntry(world: World, ledger: Ledger, entry: Entry | undefined): string {
  if (entry === undefined) return "(nothing)"
  const { term, kind } = entry
  if (kind !== "command") return `${term}:${kind}`
  const request = requestIn(world, ledger, entry)?.request ?? null
  if (request === null) return typeOf(entry.data) === EnvelopeType.openSession ? `${term}:(opens a session)` : `${term}:(another command)`
  if (request.kind === "poison") return `${term}:poison`
  return "value" in request ? `${term}:${request.key}=${request.value}` : `${term}:delete ${request.key}`
}

function requestIn(world: World, ledger: Ledger, entry: Entry): LedgerEntry | null {
  if (entry.kind !== "command") return null
  const type = typeOf(entry.data)
  if (type !== EnvelopeType.command && type !== EnvelopeType.sessionCommand) return null
  const command = commandOf(entry.data)
  return ledger.clientRequests.find((candidate) => isSame(command, commandMadeBy(world, candidate))) ?? null
}

/** That of every story. */
const workload = poisonedWorkload(keyValueWorkload, 0, 0)

/** The command that a client's request becomes; null for a read. */
function commandMadeBy(world: World, { request, clientNumber, operationId, expectedId }: LedgerEntry): Uint8Array | null {
  const operation = world.requestsOf(clientNumber).find(({ operation: { id } }) => id === operationId)?.operation
  if (request === null || operation === undefined || request.kind === "read") return null
  return workload.command(operation, expectedId, 0)
}

function isSame(one: Uint8Array, other: Uint8Array | null): boolean {
  return other !== null && one.length === other.length && one.every((byte, at) => byte === other[at])
}
