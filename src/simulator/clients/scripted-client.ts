/**
 * A client that does what a script says, when it says so: one request to one server, and whatever comes of it is noted. Unlike the clients
 * that a seed drives it never tries again by itself, so that a story can show what one answer means.
 *
 * It still keeps to the rules (dissertation §6.3): a write in a session is sent again under the same number, and one without a session that
 * may have been done is never sent again.
 */

import type { NodeId } from "../../core/index.ts"
import type { Outcome, ReadResult } from "../../replica/index.ts"
import type { Effect, Policy } from "../../requests/index.ts"
import type { ClientEvent, ClientOperation } from "../checkers/index.ts"
import type { RequestRules } from "../state/build.ts"
import { scriptedClientsFrom, scriptedClientsMax } from "../state/client-numbers.ts"
import type { Workload } from "../workload/workload.ts"
import { type ClientSession, forgetSession, leaveSession, noSession, openedSession, renewToken, takeNumber } from "./client-session.ts"
import { operationId } from "./client.ts"

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

/** One request of a scripted client, and what came of it. */
export interface ScriptedRequest {
  /** What was asked. `again` repeats the operation of an earlier request. */
  readonly operation: ClientOperation
  /** The server that was asked. */
  readonly node: NodeId
  /** When it was asked, in milliseconds of world time. */
  readonly askedAt: number
  /** The number of the latest event before it. */
  readonly askedStep: number
  /** Null while it waits. */
  readonly outcome: ScriptedOutcome | null
}

/** A moment of a run. */
export interface ScriptedMoment {
  /** World time in milliseconds. */
  readonly at: number
  /** The number of the event that was happening then, or had just happened. */
  readonly step: number
}

/**
 * What became of a request, and when its client heard of it.
 *
 * - `committed`: done, as the entry at `index`.
 * - `answered`: of a read, the value that it saw in a state through `index`; 0 for none.
 * - `rejected`: certainly not done. `reason` is that of the replica's outcome; docs/errors.md says what each means. `leader` is the server to ask instead, if known.
 * - `unknown`: it may have been done, or may still be done.
 */
export type ScriptedOutcome = ScriptedMoment &
  (
    | { readonly kind: "committed"; readonly index: number; /** False for a `cas` that did not hold. */ readonly changed: boolean }
    | { readonly kind: "answered"; readonly index: number; readonly value: number }
    | { readonly kind: "rejected"; readonly reason: string; readonly leader: NodeId | null }
    | { readonly kind: "unknown" }
  )

export interface ScriptedClient {
  readonly id: number
  readonly session: ClientSession
  /** What the log knows its latest write by, however often that is sent. */
  readonly sessionId: number
  readonly sequence: number
  readonly answeredBelow: number
  /** How far its latest request has come. */
  readonly effect: Effect
  readonly attempts: number
  readonly isUnderWay: boolean
  readonly mayHaveHappened: boolean
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

type MutableScriptedClient = { -readonly [K in keyof ScriptedClient]: ScriptedClient[K] }

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
  const nothing = { session: noSession, sessionId: 0, sequence: 0, answeredBelow: 0, ...notBegun, effect: "none" } as const
  return { id, ...nothing, attempt: 0, operations: 0, current: null, expected: 0, seenIndex: 0, paddingBytes: 0, requests: [] }
}

const notBegun = { attempts: 0, isUnderWay: false, mayHaveHappened: false } as const

/** Whatever could be asked elsewhere or again is for the script to say. */
const policy: Policy = { canAskElsewhere: true, waitsForRoom: true, leaderOnly: false }

/** Begins what the script says. Throws a `RangeError` if there is nothing to repeat, or if repeating it would break the rules. */
export function beginScripted(
  client: ScriptedClient,
  node: NodeId,
  asked: ScriptedOperation,
  moment: ScriptedMoment,
  rules: RequestRules,
): ScriptedMove {
  if (asked.kind !== "again") return beginNew(client, node, asked, moment, rules)
  const latest = client.requests.at(-1)
  if (latest === undefined) throw new RangeError(`client ${client.id} has nothing to repeat`)
  const { operation, outcome } = latest
  if (outcome?.kind === "rejected") return beginNew(client, node, sameAs(client, operation), moment, rules)
  if (operation.kind !== "read" && !operation.inSession) {
    throw new RangeError(`client ${client.id} may not repeat a write that may have been done without a session`)
  }
  const known = settle(client, { kind: "unknown", ...moment })
  if (known.isUnderWay) rules.onLost(known, policy)
  const events: ClientEvent[] = operation.kind === "read" ? [{ kind: "asked", operation, at: moment.at }] : []
  const requests = [...known.requests, { operation, node, askedAt: moment.at, askedStep: moment.step, outcome: null }]
  const repeated: MutableScriptedClient = { ...known, attempt: client.attempt + 1, current: operation, requests }
  rules.begin(repeated)
  return { client: repeated, events, sends: true }
}

/** An answer to its latest attempt arrived. */
export function onScriptedAnswer(
  client: ScriptedClient,
  answer: Exclude<Outcome | ReadResult, { kind: "failed" }>,
  opening: boolean,
  moment: ScriptedMoment,
  workload: Workload,
  rules: RequestRules,
): ScriptedMove {
  const operation = client.current
  if (operation === null) return { client, events: [], sends: false }
  switch (answer.kind) {
    case "committed": {
      if (opening) {
        const opened: MutableScriptedClient = { ...client, ...notBegun, attempt: client.attempt + 1 }
        opened.session = takeNumber(opened, openedSession(client.session, answer.result), rules)
        renewToken(opened, opened.session, rules)
        rules.begin(opened)
        return { client: opened, events: [], sends: true }
      }
      const { index, result } = answer
      const command = workload.command(operation, client.expected, client.paddingBytes)
      const changed = workload.explain(command, result).effect !== null
      const done = settle(client, { kind: "committed", index, changed, ...moment })
      rules.onResult(done)
      done.session = leaveSession(done, done.session, rules)
      // Only the first answer to an operation is news.
      const isNews = client.requests.every((request) => request.operation.id !== operation.id || request.outcome?.kind !== "committed")
      const events: ClientEvent[] = isNews ? [{ kind: "written", operation, index, result, changed, at: moment.at }] : []
      return { client: { ...done, seenIndex: Math.max(done.seenIndex, index) }, events, sends: false }
    }
    case "answered": {
      const { index } = answer
      const value = workload.valueOf(answer.answer)
      const done = settle(client, { kind: "answered", index, value, ...moment })
      rules.onResult(done)
      const seenIndex = Math.max(done.seenIndex, index)
      return { client: { ...done, seenIndex }, events: [{ kind: "read", operation, index, value, at: moment.at }], sends: false }
    }
    case "rejected": {
      const { reason, leader } = answer
      const done = settle(client, { kind: "rejected", reason, leader, ...moment })
      // What could be sent again is over as well: a script that says so begins something new.
      const verdict = rules.onRefused(done, reason, policy, leader !== null)
      const { outcome } = verdict.kind === "fail" ? verdict : rules.onDeadline(done)
      done.session = rules.endsSession(reason) ? forgetSession(done, done.session) : leaveSession(done, done.session, rules)
      // That it was done was known before: nothing new.
      if (client.requests.some((request) => request.operation.id === operation.id && request.outcome?.kind === "committed"))
        return { client: done, events: [], sends: false }
      // Whatever became of the request for a session: the write itself was never sent.
      const kind = opening || outcome === "rejected" ? "refused" : "abandoned"
      return { client: done, events: [{ kind, operation, at: moment.at }], sends: false }
    }
    case "unknown":
      return onScriptedSilence(client, moment, rules)
    default:
      return answer satisfies never
  }
}

/** Its connection broke, or the server does not know what became of the request. */
export function onScriptedSilence(client: ScriptedClient, moment: ScriptedMoment, rules: RequestRules): ScriptedMove {
  const operation = client.current
  if (operation === null) return { client, events: [], sends: false }
  const known = settle(client, { kind: "unknown", ...moment })
  const verdict = rules.onLost(known, policy)
  // In a session it can still learn what became of it.
  if (verdict.kind === "sendAgain" && operation.inSession) return { client: { ...known, current: operation }, events: [], sends: false }
  return { client: known, events: [{ kind: "abandoned", operation, at: moment.at }], sends: false }
}

function beginNew(
  client: ScriptedClient,
  node: NodeId,
  asked: Exclude<ScriptedOperation, { kind: "again" }>,
  moment: ScriptedMoment,
  rules: RequestRules,
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
  const begun: MutableScriptedClient = {
    ...known,
    ...notBegun,
    effect: isRead ? "none" : inSession ? "once" : "each",
    session: leaveSession(known, known.session, rules),
    attempt: client.attempt + 1,
    operations: number,
    current: operation,
    expected: asked.kind === "cas" ? asked.expected : 0,
    requests: [...known.requests, { operation, node, askedAt: moment.at, askedStep: moment.step, outcome: null }],
  }
  if (inSession) {
    begun.session = takeNumber(begun, begun.session, rules)
    renewToken(begun, begun.session, rules)
  }
  rules.begin(begun)
  return { client: begun, events, sends: true }
}

function sameAs(client: ScriptedClient, operation: ClientOperation): Exclude<ScriptedOperation, { kind: "again" }> {
  const { kind, isPoison, register, inSession: session, consistency, minimumIndex } = operation
  if (isPoison === true) return { kind: "poison", session }
  if (kind === "read") return { kind, register, consistency, minimumIndex }
  return kind === "cas" ? { kind, register, expected: client.expected, session } : { kind, register, session }
}

/** With the latest request over, if it is not yet. */
function settle(client: ScriptedClient, outcome: ScriptedOutcome): MutableScriptedClient {
  const latest = client.requests.at(-1)
  if (latest === undefined || latest.outcome !== null) return { ...client, current: null }
  return { ...client, current: null, requests: client.requests.with(client.requests.length - 1, { ...latest, outcome }) }
}
