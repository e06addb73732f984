/**
 * A client that does what a script says, when it says so: one request to one server, and whatever comes of it is noted. Unlike the clients
 * that a seed drives it never tries again by itself, so that a story can show what one answer means.
 *
 * It still keeps to the rules (dissertation §6.3): a write in a session is sent again under the same number, and one without a session that
 * may have been done is never sent again.
 */

import type { NodeId } from "../../core/index.ts"
import type { Outcome, ReadResult } from "../../replica/index.ts"
import type { ClientEvent, ClientOperation } from "../checkers/index.ts"
import { scriptedClientsFrom, scriptedClientsMax } from "../state/client-numbers.ts"
import type { Workload } from "../workload/workload.ts"
import { operationId, readSessionId } from "./client.ts"

/**
 * What to ask for. The value that a write leaves behind is its operation's id, as everywhere in a world: the n-th operation of client c has
 * `operationId(c, n)`. `again` repeats the client's latest request: with the same sequence number unless it had been rejected.
 */
export type ScriptedOperation =
  | { readonly kind: "put" | "delete"; readonly register: number; readonly session?: boolean }
  | { readonly kind: "cas"; readonly register: number; readonly expected: number; readonly session?: boolean }
  /** A command at which every state machine throws. Only where the workload is one of the world's own. */
  | { readonly kind: "poison"; readonly session?: boolean }
  /** `minimumIndex` is what a stale read may not be older than; what the client has seen, if left out. */
  | {
      readonly kind: "read"
      readonly register: number
      readonly consistency: ClientOperation["consistency"]
      readonly minimumIndex?: number
    }
  | { readonly kind: "again" }

export interface ScriptedRequest {
  readonly operation: ClientOperation
  readonly node: NodeId
  /** World time in milliseconds, and the latest event before it. */
  readonly askedAt: number
  readonly askedStep: number
  /** Null while it waits. */
  readonly outcome: ScriptedOutcome | null
}

/** World time in milliseconds, and the number of the event that is happening, or has just happened. */
export interface ScriptedMoment {
  readonly at: number
  readonly step: number
}

export type ScriptedOutcome = ScriptedMoment &
  (
    | { readonly kind: "committed"; readonly index: number; /** False for a `cas` that did not hold. */ readonly changed: boolean }
    | { readonly kind: "answered"; readonly index: number; readonly value: number }
    | { readonly kind: "rejected"; readonly reason: string; readonly leader: NodeId | null }
    /** It may have been done, or may be done yet. */
    | { readonly kind: "unknown" }
  )

export interface ScriptedClient {
  readonly id: number
  /** 0 while it has none. */
  readonly sessionId: number
  readonly sequence: number
  readonly attempt: number
  readonly operations: number
  /** What it does not know the end of. */
  readonly current: ClientOperation | null
  readonly expected: number
  readonly paddingBytes: 0
  readonly seenIndex: number
  /** Everything it ever asked, the latest last. */
  readonly requests: readonly ScriptedRequest[]
}

export interface ScriptedMove {
  readonly client: ScriptedClient
  readonly events: readonly ClientEvent[]
  readonly sends: boolean
}

export function createScriptedClient(id: number): ScriptedClient {
  if (!Number.isInteger(id) || id < scriptedClientsFrom || id >= scriptedClientsFrom + scriptedClientsMax) {
    throw new RangeError(
      `client ${id} cannot be scripted: scripted clients are ${scriptedClientsFrom} to ${scriptedClientsFrom + scriptedClientsMax - 1}`,
    )
  }
  const nothing = { sessionId: 0, sequence: 0, attempt: 0, operations: 0, current: null, expected: 0, seenIndex: 0 } as const
  return { id, ...nothing, paddingBytes: 0, requests: [] }
}

/** Begins what the script says. Throws a `RangeError` if there is nothing to repeat, or if repeating it would break the rules. */
export function beginScripted(client: ScriptedClient, node: NodeId, asked: ScriptedOperation, moment: ScriptedMoment): ScriptedMove {
  if (asked.kind !== "again") return beginNew(client, node, asked, moment)
  const latest = client.requests.at(-1)
  if (latest === undefined) throw new RangeError(`client ${client.id} has nothing to repeat`)
  const { operation, outcome } = latest
  if (outcome?.kind === "rejected") return beginNew(client, node, sameAs(client, operation), moment)
  if (operation.kind !== "read" && !operation.inSession) {
    throw new RangeError(`client ${client.id} may not repeat a write that may have been done without a session`)
  }
  const known = settle(client, { kind: "unknown", ...moment })
  const events: ClientEvent[] = operation.kind === "read" ? [{ kind: "asked", operation, at: moment.at }] : []
  const requests = [...known.requests, { operation, node, askedAt: moment.at, askedStep: moment.step, outcome: null }]
  return { client: { ...known, attempt: client.attempt + 1, current: operation, requests }, events, sends: true }
}

/** An answer to its latest attempt arrived. */
export function onScriptedAnswer(
  client: ScriptedClient,
  answer: Exclude<Outcome | ReadResult, { kind: "failed" }>,
  opening: boolean,
  moment: ScriptedMoment,
  workload: Workload,
): ScriptedMove {
  const operation = client.current
  if (operation === null) return { client, events: [], sends: false }
  switch (answer.kind) {
    case "committed": {
      if (opening) {
        const opened = { ...client, sessionId: readSessionId(answer.result), sequence: 1, attempt: client.attempt + 1 }
        return { client: opened, events: [], sends: true }
      }
      const { index, result } = answer
      const command = workload.command(operation, client.expected, client.paddingBytes)
      const changed = workload.explain(command, result).effect !== null
      const done = settle(client, { kind: "committed", index, changed, ...moment })
      // Only the first answer to an operation is news.
      const isNews = client.requests.every((request) => request.operation.id !== operation.id || request.outcome?.kind !== "committed")
      const events: ClientEvent[] = isNews ? [{ kind: "written", operation, index, result, changed, at: moment.at }] : []
      return { client: { ...done, seenIndex: Math.max(done.seenIndex, index) }, events, sends: false }
    }
    case "answered": {
      const { index } = answer
      const value = workload.valueOf(answer.answer)
      const done = settle(client, { kind: "answered", index, value, ...moment })
      const seenIndex = Math.max(done.seenIndex, index)
      return { client: { ...done, seenIndex }, events: [{ kind: "read", operation, index, value, at: moment.at }], sends: false }
    }
    case "rejected": {
      const { reason, leader } = answer
      const isOver = reason === "sessionExpired" || reason === "sequenceForgotten"
      const done = settle(client, { kind: "rejected", reason, leader, ...moment })
      const session = isOver ? { sessionId: 0, sequence: 0 } : null
      const tries = client.requests.filter(({ operation: { id } }) => id === operation.id).map(({ outcome }) => outcome?.kind)
      // That it was done was known before: nothing new.
      if (tries.includes("committed")) return { client: { ...done, ...session }, events: [], sends: false }
      const kind = tries.includes("unknown") ? "abandoned" : "refused"
      return { client: { ...done, ...session }, events: [{ kind, operation, at: moment.at }], sends: false }
    }
    case "unknown":
      return onScriptedSilence(client, moment)
    default:
      return answer satisfies never
  }
}

/** Its connection broke, or the server does not know what became of the request. */
export function onScriptedSilence(client: ScriptedClient, moment: ScriptedMoment): ScriptedMove {
  const operation = client.current
  if (operation === null) return { client, events: [], sends: false }
  const known = settle(client, { kind: "unknown", ...moment })
  // In a session it can still learn what became of it.
  if (operation.inSession) return { client: { ...known, current: operation }, events: [], sends: false }
  return { client: known, events: [{ kind: "abandoned", operation, at: moment.at }], sends: false }
}

function beginNew(
  client: ScriptedClient,
  node: NodeId,
  asked: Exclude<ScriptedOperation, { kind: "again" }>,
  moment: ScriptedMoment,
): ScriptedMove {
  const number = client.operations + 1
  const inSession = asked.kind !== "read" && asked.session === true
  const isRead = asked.kind === "read"
  const operation: ClientOperation = {
    client: client.id,
    id: operationId(client.id, number),
    kind: asked.kind === "poison" ? "put" : asked.kind,
    ...(asked.kind === "poison" ? { isPoison: true } : {}),
    register: asked.kind === "poison" ? 0 : asked.register,
    expected: asked.kind === "cas" ? asked.expected : 0,
    inSession,
    consistency: isRead ? asked.consistency : "linearizable",
    minimumIndex: isRead ? (asked.minimumIndex ?? client.seenIndex) : 0,
  }
  const events: ClientEvent[] = [{ kind: "asked", operation, at: moment.at }]
  // Whatever it was at, it will not learn the end of that.
  if (client.current !== null) events.unshift({ kind: "abandoned", operation: client.current, at: moment.at })
  const known = settle(client, { kind: "unknown", ...moment })
  const begun: ScriptedClient = {
    ...known,
    attempt: client.attempt + 1,
    operations: number,
    sequence: inSession && client.sessionId !== 0 ? client.sequence + 1 : client.sequence,
    current: operation,
    expected: asked.kind === "cas" ? asked.expected : 0,
    requests: [...known.requests, { operation, node, askedAt: moment.at, askedStep: moment.step, outcome: null }],
  }
  return { client: begun, events, sends: true }
}

function sameAs(client: ScriptedClient, operation: ClientOperation): Exclude<ScriptedOperation, { kind: "again" }> {
  const { kind, isPoison, register, inSession: session, consistency, minimumIndex } = operation
  if (isPoison === true) return { kind: "poison", session }
  if (kind === "read") return { kind, register, consistency, minimumIndex }
  return kind === "cas" ? { kind, register, expected: client.expected, session } : { kind, register, session }
}

/** With the latest request over, if it is not yet. */
function settle(client: ScriptedClient, outcome: ScriptedOutcome): ScriptedClient {
  const latest = client.requests.at(-1)
  if (latest === undefined || latest.outcome !== null) return { ...client, current: null }
  return { ...client, current: null, requests: client.requests.with(client.requests.length - 1, { ...latest, outcome }) }
}
