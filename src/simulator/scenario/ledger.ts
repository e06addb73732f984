/**
 * What a story has asked for so far. A story speaks of keys, values and clients by name; the world knows registers, operation ids and client
 * numbers. A value stands in the store as the id of the write that made it, so who knows all writes can tell every value's name.
 */

import type { ScriptedOutcome } from "../clients/scripted-client.ts"
import { scriptedClientsFrom } from "../state/client-numbers.ts"
import type { World } from "../world/world.ts"
import type { ClientRequest, RequestKind } from "./scenario.ts"

/** One request of a client, as the story tells it. Its operation's id is what its value is known by. */
export interface LedgerEntry {
  readonly kind: RequestKind
  readonly client: string | null
  /** Of a client's request: what was asked, and under which id. */
  readonly request: ClientRequest | null
  readonly operationId: number
  /** Of a `cas`: the id of the value that it expects; 0 for none. */
  readonly expectedId: number
  /** Whom the world knows as the asker; 0 for an operator. */
  readonly clientNumber: number
  /** Which of the operators' requests it is; -1 for a client's. */
  readonly operatorRequest: number
}

export class Ledger {
  readonly #registers = new Map<string, number>()
  readonly #clients = new Map<string, number>()
  #nextClient = scriptedClientsFrom
  readonly #entries: LedgerEntry[] = []

  /** The number of a key. */
  registerOf(key: string): number {
    const known = this.#registers.get(key)
    if (known !== undefined) return known
    const register = this.#registers.size + 1
    this.#registers.set(key, register)
    return register
  }

  /** The key of a number; null if the story has no such key. */
  keyOf(register: number): string | null {
    for (const [key, number] of this.#registers) if (number === register) return key
    return null
  }

  /** The number of a client; one that the story does not name is new every time. */
  clientOf(name: string | null): number {
    const known = name === null ? undefined : this.#clients.get(name)
    if (known !== undefined) return known
    const client = this.#nextClient++
    if (name !== null) this.#clients.set(name, client)
    return client
  }

  add(entry: LedgerEntry): void {
    this.#entries.push(entry)
  }

  /** The latest request of that kind, of that client if one is named. */
  latest(kind: RequestKind, client: string | null): LedgerEntry | null {
    return this.#entries.findLast((entry) => entry.kind === kind && (client === null || entry.client === client)) ?? null
  }

  /** The client's latest request of any kind. */
  latestOf(client: string): LedgerEntry | null {
    return this.#entries.findLast((entry) => entry.client === client) ?? null
  }

  /** The id that stands for a value of a key: that of the latest write that left it there. One that nobody has, if nobody wrote it. */
  idOf(key: string, value: string): number {
    const writer = this.#entries.findLast(
      ({ request }) => request !== null && "value" in request && request.key === key && request.value === value,
    )
    return writer?.operationId ?? nobodysId
  }

  /** The value that an id stands for; null for 0, which is no value. */
  valueOf(id: number): string | null {
    const writer = this.byOperation(id)?.request
    if (writer === null || writer === undefined || !("value" in writer)) return id === 0 ? null : `(value ${id})`
    return writer.value
  }

  byOperation(id: number): LedgerEntry | null {
    return this.#entries.findLast((entry) => entry.request !== null && entry.operationId === id) ?? null
  }

  get clientRequests(): readonly LedgerEntry[] {
    return this.#entries.filter(({ request }) => request !== null)
  }
}

/** Operation ids are large; this is the id of none. */
const nobodysId = 1

/** What became of a request; null while it waits. */
export function outcomeOf(world: World, entry: LedgerEntry): ScriptedOutcome | null {
  if (entry.operatorRequest >= 0) return world.operatorRequests[entry.operatorRequest]?.outcome ?? null
  return world.requestsOf(entry.clientNumber).findLast(({ operation }) => operation.id === entry.operationId)?.outcome ?? null
}
