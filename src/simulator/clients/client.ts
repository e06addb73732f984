/**
 * A simulated client: one operation at a time, on some server, until it is answered or its time is over. What an event means for it is decided by
 * the rules that real clients keep to (`src/requests/`). It chooses as the native client does; sometimes it shares its session with others.
 *
 * A client is immutable data, and each of its moves is a function from one to the next. All choices are hashes of seed, client and operation.
 */

import type { NodeId } from "../../core/index.ts"
import type { Outcome, ReadResult, ReplicaEvent } from "../../replica/index.ts"
import type { Effect, Policy, RequestVerdict } from "../../requests/index.ts"
import type { ClientEvent, ClientOperation } from "../checkers/index.ts"
import { below, between, chance, pick, purposes } from "../ground/randomness.ts"
import type { RequestRules } from "../state/build.ts"
import type { SimulatedClientOptions, WorldOptions } from "../state/options.ts"
import type { Workload } from "../workload/workload.ts"
import {
  type ClientSession,
  forgetSession,
  leaveSession,
  noSession,
  openedSession,
  ownerOf,
  takeNumber,
  usesSession,
} from "./client-session.ts"

export interface SimulatedClient {
  readonly id: number
  readonly usesSession: boolean
  /** The client whose session it uses: itself, or one that shares. */
  readonly sessionOwner: number
  /** What the log knows the current write by: these three stay with it through all attempts. 0 for what is in no session, or waits for one. */
  readonly sessionId: number
  readonly sequence: number
  readonly answeredBelow: number
  readonly node: NodeId
  /** The server that answered last: worth another try where others keep silent. */
  readonly answeredBy: NodeId
  /** Counts everything it ever sent: what names an attempt. */
  readonly attempt: number
  readonly operations: number
  /** What it waits for; null between operations. */
  readonly current: ClientOperation | null
  readonly expected: number
  readonly paddingBytes: number
  /** When it waits no longer for the current operation, in milliseconds of the world; null: it waits for ever. */
  readonly deadlineAt: number | null
  /** How far the current request has come; while it lacks a session, the request for one. */
  readonly effect: Effect
  readonly attempts: number
  readonly isUnderWay: boolean
  readonly mayHaveHappened: boolean
  /** The highest index that an answer came from: its reads never go back behind it. */
  readonly seenIndex: number
  readonly seenValues: ReadonlyMap<number, number>
  /** Acknowledged writes. */
  readonly written: number
  readonly reads: number
}

export type MutableClient = { -readonly [K in keyof SimulatedClient]: SimulatedClient[K] }

/** What a client does next. */
export interface Move {
  readonly client: SimulatedClient
  /** The session of its owner, as it is now. */
  readonly session: ClientSession
  readonly events: readonly ClientEvent[]
  /** `send`: the current request again or for the first time, to `client.node`. `think`: begin the next operation after a pause. */
  readonly next: "send" | "sendLater" | "think" | "nothing"
}

/** What a client sees of the world. */
export interface Surroundings {
  readonly options: WorldOptions
  readonly rules: RequestRules
  readonly workload: Workload
  /** The session of its owner. */
  readonly session: ClientSession
  /** Where to look for service; found out only if that is asked. */
  readonly servers: () => readonly NodeId[]
  readonly now: number
}

/** As the native client's. */
const policy: Policy = { canAskElsewhere: true, waitsForRoom: true, leaderOnly: false }

export function createClient(id: number, options: WorldOptions, nodes: readonly NodeId[]): SimulatedClient {
  const { seed } = options
  return {
    id,
    usesSession: usesSession(id, options),
    sessionOwner: ownerOf(id, options),
    sessionId: 0,
    sequence: 0,
    answeredBelow: 0,
    node: pick(nodes, seed, purposes.clientNode, id),
    answeredBy: pick(nodes, seed, purposes.clientNode, id),
    attempt: 0,
    operations: 0,
    current: null,
    expected: 0,
    paddingBytes: 0,
    deadlineAt: null,
    effect: "none",
    attempts: 0,
    isUnderWay: false,
    mayHaveHappened: false,
    seenIndex: 0,
    seenValues: new Map(),
    written: 0,
    reads: 0,
  }
}

/** Another object with the same fields, to be changed. One by one: with spreads in its place, five clients took a twentieth of a world's time. */
export function copyOf(client: SimulatedClient): MutableClient {
  return {
    id: client.id,
    usesSession: client.usesSession,
    sessionOwner: client.sessionOwner,
    sessionId: client.sessionId,
    sequence: client.sequence,
    answeredBelow: client.answeredBelow,
    node: client.node,
    answeredBy: client.answeredBy,
    attempt: client.attempt,
    operations: client.operations,
    current: client.current,
    expected: client.expected,
    paddingBytes: client.paddingBytes,
    deadlineAt: client.deadlineAt,
    effect: client.effect,
    attempts: client.attempts,
    isUnderWay: client.isUnderWay,
    mayHaveHappened: client.mayHaveHappened,
    seenIndex: client.seenIndex,
    seenValues: client.seenValues,
    written: client.written,
    reads: client.reads,
  }
}

/** Operation ids are unique in the run: the client's id above, its counter below. */
export function operationId(client: number, operation: number): number {
  return client * 0x10_0000 + operation
}

/** Begins the next operation; a client that lacks its session opens one first, which is no operation of its own. */
export function beginOperation(client: SimulatedClient, { options: { seed, clients: options }, rules, session, now }: Surroundings): Move {
  const number = client.operations + 1
  const id = operationId(client.id, number)
  const isRead = chance(options.readShare, seed, purposes.clientChooses, client.id, number)
  const register = below(options.registers, seed, purposes.clientKey, client.id, number)
  const expected = client.seenValues.get(register) ?? 0
  const isCas = chance(0.3, seed, purposes.clientChooses, client.id, number, 1)
  const operation: ClientOperation = {
    client: client.id,
    id,
    kind: isRead ? "read" : isCas ? "cas" : "put",
    register,
    expected: !isRead && isCas ? expected : 0,
    inSession: !isRead && client.usesSession,
    consistency: isRead ? pick(["linearizable", "lease", "stale"], seed, purposes.clientChooses, client.id, number, 2) : "linearizable",
    minimumIndex: isRead ? client.seenIndex : 0,
  }
  const scale = below(16, seed, purposes.clientPayload, client.id, number, 1) === 0 ? 16 : 1
  const begun = copyOf(client)
  begun.operations = number
  begun.current = operation
  begun.expected = expected
  begun.paddingBytes = below(options.paddingBytesMax + 1, seed, purposes.clientPayload, client.id, number) * scale
  begun.deadlineAt = deadlineOf(client.id, number, seed, options, now)
  begun.effect = isRead ? "none" : operation.inSession ? "once" : "each"
  const taken = takeNumber(begun, operation.inSession ? session : noSession, rules)
  startAnew(begun)
  return { client: begun, session: operation.inSession ? taken : session, events: [{ kind: "asked", operation, at: now }], next: "send" }
}

/** The event that carries the current request to a replica, under the id that the replica's shell gave it. */
export function requestOf(
  client: Pick<SimulatedClient, "current" | "sessionId" | "sequence" | "answeredBelow" | "expected" | "paddingBytes">,
  id: number,
  workload: Workload,
): ReplicaEvent {
  const operation = client.current!
  if (operation.kind === "read") {
    const { consistency, minimumIndex } = operation
    return { kind: "read", reads: [{ id, query: workload.query(operation), consistency, minimumIndex, caller: operation.client }] }
  }
  if (operation.inSession && client.sessionId === 0) return { kind: "openSession", id }
  const command = workload.command(operation, client.expected, client.paddingBytes)
  const { sessionId, sequence, answeredBelow } = client
  const session = operation.inSession ? { sessionId, sequence, answeredBelow } : null
  return { kind: "propose", proposals: [{ id, command, session }] }
}

/** An answer to the latest attempt arrived. */
export function onAnswer(client: SimulatedClient, answer: Outcome | ReadResult, wasOpening: boolean, surroundings: Surroundings): Move {
  const { options, rules, servers, workload, session, now } = surroundings
  const operation = client.current
  if (operation === null) return stay(client, session)
  switch (answer.kind) {
    case "answered": {
      const value = workload.valueOf(answer.answer)
      const known = new Map(client.seenValues).set(operation.register, value)
      const done = copyOf(client)
      rules.onResult(done)
      done.current = null
      done.reads += 1
      done.seenIndex = Math.max(client.seenIndex, answer.index)
      done.seenValues = known
      return { client: done, session, events: [{ kind: "read", operation, index: answer.index, value, at: now }], next: "think" }
    }
    case "committed": {
      const done = copyOf(client)
      rules.onResult(done)
      if (wasOpening) {
        const joined = takeNumber(done, openedSession(session, answer.result), rules)
        startAnew(done)
        return { client: done, session: joined, events: [], next: "send" }
      }
      done.answeredBy = client.node
      done.current = null
      done.written += 1
      done.seenIndex = Math.max(client.seenIndex, answer.index)
      const { index, result } = answer
      const changed = workload.explain(workload.command(operation, client.expected, client.paddingBytes), result).effect !== null
      const left = leaveSession(done, session, rules)
      return { client: done, session: left, events: [{ kind: "written", operation, index, result, changed, at: now }], next: "think" }
    }
    case "rejected": {
      const next = copyOf(client)
      const verdict = rules.onRefused(next, answer.reason, policy, answer.leader !== null)
      // A leader that nobody hears may be full for ever, and say that it leads.
      const leader = answer.reason === "overloaded" ? null : answer.leader
      next.node = leader ?? anyNode(client, options, servers)
      return obey(next, operation, verdict, wasOpening, rules.endsSession(answer.reason), surroundings)
    }
    case "unknown":
      return onSilence(client, wasOpening, surroundings)
    case "failed":
      return stay(client, session)
    default:
      return answer satisfies never
  }
}

/** No answer came in time, the connection broke, or the server does not know. What is asked again is asked elsewhere: a leader that nobody hears never knows. */
export function onSilence(client: SimulatedClient, wasOpening: boolean, surroundings: Surroundings): Move {
  const { options, rules, servers, session } = surroundings
  const operation = client.current
  if (operation === null) return stay(client, session)
  const next = copyOf(client)
  next.node = anyNode(client, options, servers)
  const verdict = isLate(client, surroundings) ? rules.onDeadline(next) : rules.onLost(next, policy)
  return obey(next, operation, verdict, wasOpening, false, surroundings)
}

/** How long the client pauses before its next operation, in milliseconds. */
export function thinkMs(client: SimulatedClient, seed: number, options: SimulatedClientOptions): number {
  return between(0, options.thinkMsMax, seed, purposes.clientThinks, client.id, client.operations)
}

/** Somewhere else among `servers`, or where it was last served. */
function anyNode(client: SimulatedClient, { seed }: WorldOptions, findServers: () => readonly NodeId[]): NodeId {
  const servers = findServers()
  const stays = servers.includes(client.answeredBy) && chance(0.5, seed, purposes.clientRetries, client.id, client.attempt, 2)
  return stays ? client.answeredBy : pick(servers, seed, purposes.clientRetries, client.id, client.attempt)
}

/** Does what the rules say, unless there is no time for another attempt. */
function obey(
  client: MutableClient,
  operation: ClientOperation,
  verdict: RequestVerdict,
  wasOpening: boolean,
  isSessionGone: boolean,
  surroundings: Surroundings,
): Move {
  const { rules, session, now } = surroundings
  const last = verdict.kind === "sendAgain" && isLate(client, surroundings) ? rules.onDeadline(client) : verdict
  if (last.kind === "sendAgain") return { client, session, events: [], next: "sendLater" }
  // Whatever became of the request for a session: the write itself was never sent.
  const isCertain = wasOpening || last.outcome === "rejected"
  client.current = null
  const left = isSessionGone ? forgetSession(client, session) : leaveSession(client, session, rules)
  return { client, session: left, events: [{ kind: isCertain ? "refused" : "abandoned", operation, at: now }], next: "think" }
}

/** A request of which no attempt was made yet. */
function startAnew(client: MutableClient): void {
  client.attempts = 0
  client.isUnderWay = false
  client.mayHaveHappened = false
}

function isLate({ deadlineAt }: SimulatedClient, { now }: Surroundings): boolean {
  return deadlineAt !== null && now >= deadlineAt
}

/** One operation in eight has a deadline, soon enough to meet some trouble. */
function deadlineOf(client: number, operation: number, seed: number, { timeoutMs }: SimulatedClientOptions, now: number): number | null {
  if (!chance(1 / 8, seed, purposes.clientChooses, client, operation, 3)) return null
  return now + timeoutMs * between(0.5, 4, seed, purposes.clientChooses, client, operation, 4)
}

function stay(client: SimulatedClient, session: ClientSession): Move {
  return { client, session, events: [], next: "nothing" }
}
