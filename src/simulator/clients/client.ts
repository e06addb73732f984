/**
 * A simulated client: one operation at a time, on some server, until it is answered. It keeps to the rules that real clients keep to
 * (dissertation §6.3): within a session it repeats under the same sequence number until it knows; without one it repeats only what was
 * certainly not done, and gives up on what may have been.
 *
 * A client is immutable data, and each of its moves is a function from one to the next. All choices are hashes of seed, client and operation.
 */

import type { NodeId } from "../../core/index.ts"
import type { Outcome, ReadResult, ReplicaEvent } from "../../replica/index.ts"
import type { ClientEvent, ClientOperation } from "../checkers/index.ts"
import { below, between, chance, pick, purposes } from "../ground/randomness.ts"
import type { ClientOptions, WorldOptions } from "../state/options.ts"
import type { Workload } from "../workload/workload.ts"

export interface Client {
  readonly id: number
  readonly usesSession: boolean
  /** 0 while it has none. */
  readonly sessionId: number
  /** The sequence number of its latest write in that session. */
  readonly sequence: number
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
  /** Some attempt of the current operation may have been taken. */
  readonly mayBeDone: boolean
  /** The highest index that an answer came from: its reads never go back behind it. */
  readonly seenIndex: number
  readonly seenValues: ReadonlyMap<number, number>
  /** Acknowledged writes. */
  readonly written: number
  readonly reads: number
}

/** What a client does next. */
export interface Move {
  readonly client: Client
  readonly events: readonly ClientEvent[]
  /** `send`: the current request again or for the first time, to `client.node`. `think`: begin the next operation after a pause. */
  readonly next: "send" | "sendLater" | "think" | "nothing"
}

export function createClient(id: number, { seed, clients }: WorldOptions, nodes: readonly NodeId[]): Client {
  return {
    id,
    usesSession: chance(clients.sessionShare, seed, purposes.clientChooses, id),
    sessionId: 0,
    sequence: 0,
    node: pick(nodes, seed, purposes.clientNode, id),
    answeredBy: pick(nodes, seed, purposes.clientNode, id),
    attempt: 0,
    operations: 0,
    current: null,
    expected: 0,
    paddingBytes: 0,
    mayBeDone: false,
    seenIndex: 0,
    seenValues: new Map(),
    written: 0,
    reads: 0,
  }
}

/** Another object with the same fields, to be changed. One by one: with spreads in its place, five clients took a twentieth of a world's time. */
export function copyOf(client: Client): { -readonly [K in keyof Client]: Client[K] } {
  return {
    id: client.id,
    usesSession: client.usesSession,
    sessionId: client.sessionId,
    sequence: client.sequence,
    node: client.node,
    answeredBy: client.answeredBy,
    attempt: client.attempt,
    operations: client.operations,
    current: client.current,
    expected: client.expected,
    paddingBytes: client.paddingBytes,
    mayBeDone: client.mayBeDone,
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
export function beginOperation(client: Client, seed: number, options: ClientOptions, now: number): Move {
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
  if (operation.inSession && client.sessionId !== 0) begun.sequence += 1
  begun.expected = expected
  begun.paddingBytes = below(options.paddingBytesMax + 1, seed, purposes.clientPayload, client.id, number) * scale
  begun.mayBeDone = false
  return { client: begun, events: [{ kind: "asked", operation, at: now }], next: "send" }
}

/** The event that carries the current request to a replica, under the id that the replica's shell gave it. */
export function requestOf(
  client: Pick<Client, "current" | "sessionId" | "sequence" | "expected" | "paddingBytes">,
  id: number,
  workload: Workload,
): ReplicaEvent {
  const operation = client.current!
  if (operation.kind === "read") {
    const { consistency, minimumIndex } = operation
    return { kind: "read", reads: [{ id, query: workload.query(operation), consistency, minimumIndex }] }
  }
  if (operation.inSession && client.sessionId === 0) return { kind: "openSession", id }
  const command = workload.command(operation, client.expected, client.paddingBytes)
  const session = operation.inSession ? { sessionId: client.sessionId, sequence: client.sequence, answeredBelow: client.sequence } : null
  return { kind: "propose", proposals: [{ id, command, session }] }
}

/** An answer to the latest attempt arrived. */
export function onAnswer(
  client: Client,
  answer: Outcome | ReadResult,
  wasOpening: boolean,
  options: WorldOptions,
  servers: readonly NodeId[],
  now: number,
  workload: Workload,
): Move {
  const operation = client.current
  if (operation === null) return stay(client)
  switch (answer.kind) {
    case "answered": {
      const value = workload.valueOf(answer.answer)
      const known = new Map(client.seenValues).set(operation.register, value)
      const done = copyOf(client)
      done.current = null
      done.reads += 1
      done.seenIndex = Math.max(client.seenIndex, answer.index)
      done.seenValues = known
      return { client: done, events: [{ kind: "read", operation, index: answer.index, value, at: now }], next: "think" }
    }
    case "committed": {
      if (wasOpening) return { client: { ...client, sessionId: readSessionId(answer.result), sequence: 1 }, events: [], next: "send" }
      const done = copyOf(client)
      done.answeredBy = client.node
      done.current = null
      done.written += 1
      done.seenIndex = Math.max(client.seenIndex, answer.index)
      const { index, result } = answer
      const changed = workload.explain(workload.command(operation, client.expected, client.paddingBytes), result).effect !== null
      return { client: done, events: [{ kind: "written", operation, index, result, changed, at: now }], next: "think" }
    }
    case "rejected": {
      if (answer.reason === "applyFailed") {
        // An answer from the log, and the same to each of its tries.
        const events: ClientEvent[] = [{ kind: "refused", operation, at: now }]
        return { client: { ...client, current: null }, events, next: "think" }
      }
      if (answer.reason === "sessionExpired" || answer.reason === "sequenceForgotten") return giveUpSession(client, operation, now)
      // The same command is as large everywhere, and always will be.
      if (answer.reason === "tooLarge") {
        return { client: { ...client, current: null }, events: [{ kind: "refused", operation, at: now }], next: "think" }
      }
      // A rejection means "certainly not done", so trying again is safe with and without a session.
      // A leader that nobody hears may be full for ever, and say that it leads.
      const leader = answer.reason === "overloaded" ? null : answer.leader
      return { client: { ...client, node: leader ?? anyNode(client, options, servers) }, events: [], next: "sendLater" }
    }
    case "unknown":
      // As production's client does it: what is asked again is asked elsewhere. A leader that nobody hears never knows.
      return onDoubt({ ...client, node: anyNode(client, options, servers) }, wasOpening, now)
    case "failed":
      return stay(client)
    default:
      return answer satisfies never
  }
}

/** No answer came in time, or the connection broke. */
export function onSilence(client: Client, wasOpening: boolean, options: WorldOptions, servers: readonly NodeId[], now: number): Move {
  return onDoubt({ ...client, node: anyNode(client, options, servers) }, wasOpening, now)
}

/** How long the client pauses before its next operation, in milliseconds. */
export function thinkMs(client: Client, seed: number, options: ClientOptions): number {
  return between(0, options.thinkMsMax, seed, purposes.clientThinks, client.id, client.operations)
}

/** Somewhere else among `servers`, or where it was last served. */
function anyNode(client: Client, { seed }: WorldOptions, servers: readonly NodeId[]): NodeId {
  const stays = servers.includes(client.answeredBy) && chance(0.5, seed, purposes.clientRetries, client.id, client.attempt, 2)
  return stays ? client.answeredBy : pick(servers, seed, purposes.clientRetries, client.id, client.attempt)
}

function onDoubt(client: Client, wasOpening: boolean, now: number): Move {
  const operation = client.current
  if (operation === null) return stay(client)
  const safeToRepeat = operation.kind === "read" || operation.inSession
  if (safeToRepeat) return { client: { ...client, mayBeDone: client.mayBeDone || !wasOpening }, events: [], next: "sendLater" }
  return { client: { ...client, current: null }, events: [{ kind: "abandoned", operation, at: now }], next: "think" }
}

/** The session is gone: whether earlier attempts took effect stays unknown, and the next write opens a new one. */
function giveUpSession(client: Client, operation: ClientOperation, now: number): Move {
  const kind = client.mayBeDone ? "abandoned" : "refused"
  return { client: { ...client, current: null, sessionId: 0, sequence: 0 }, events: [{ kind, operation, at: now }], next: "think" }
}

function stay(client: Client): Move {
  return { client, events: [], next: "nothing" }
}

/** The id in the result of opening a session. */
export function readSessionId(result: Uint8Array): number {
  const view = new DataView(result.buffer, result.byteOffset, result.byteLength)
  return Number(view.getBigUint64(0, false))
}
