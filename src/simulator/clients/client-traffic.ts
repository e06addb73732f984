/** What goes back and forth between clients and servers: requests, answers, and the silence in between. */

import type { NodeId } from "../../core/index.ts"
import type { Outcome, ReadResult, ReplicaEvent } from "../../replica/index.ts"
import { newestCommitted } from "../faults/damage.ts"
import { between, purposes } from "../ground/randomness.ts"
import { give } from "../servers/processes.ts"
import { rulesOf } from "../state/build.ts"
import { isServing, type Waiting } from "../state/simulated-node.ts"
import { clientLatencyMs, fail, nodeOf, own, schedule, type WorldState } from "../state/world-state.ts"
import { noSession, renewToken } from "./client-session.ts"
import {
  beginOperation,
  copyOf,
  onAnswer,
  onSilence,
  requestOf,
  thinkMs,
  type SimulatedClient,
  type Move,
  type Surroundings,
} from "./client.ts"

/** A client begins its next operation, unless it is still at one. */
export function think(world: WorldState, id: number): void {
  const client = clientOf(world, id)
  const { operationsMax } = world.options.clients
  if (!world.quiet && client.current === null && client.operations < operationsMax)
    carryOut(world, beginOperation(client, surroundingsOf(world, client)))
}

/** A client sends again what it sent before. */
export function sendAgain(world: WorldState, id: number, attempt: number): void {
  const client = clientOf(world, id)
  if (client.current !== null && client.attempt === attempt) send(world, client)
}

/** A client's request reaches a server. */
export function reachServer(world: WorldState, clientId: number, attempt: number, id: NodeId): void {
  const client = clientOf(world, clientId)
  // The client has gone on: its connection is closed, and what it had sent is not read any more.
  if (client.attempt !== attempt || client.current === null) return
  if (!isServing(nodeOf(world, id))) {
    schedule(world, clientLatencyMs(world, clientId, attempt, "answer"), { kind: "silence", client: clientId, attempt })
    return
  }
  ask(world, id, { client: clientId, attempt, opening: isOpening(client) }, (requestId) => requestOf(client, requestId, world.workload))
}

/** Gives a server a request under an id that it has not seen in this life, and remembers who waits for the answer. */
export function ask(world: WorldState, id: NodeId, waiting: Waiting, eventOf: (requestId: number) => ReplicaEvent): void {
  if (!isServing(nodeOf(world, id))) return
  const node = own(world, id)
  const requestId = node.nextRequestId++
  node.waiting.set(requestId, waiting)
  give(world, id, eventOf(requestId))
}

/** An answer reaches a client; one to an attempt that it has given up is not listened to. */
export function reachClient(world: WorldState, id: number, attempt: number, opening: boolean, answer: Outcome | ReadResult): void {
  const client = clientOf(world, id)
  if (client.attempt !== attempt) return
  if (answer.kind === "failed") fail(world, "reads", `a read failed: ${answer.message}`)
  if (answer.kind === "rejected" && answer.reason === "sequenceForgotten") {
    fail(world, "answers", `client ${id} still waits for write ${client.sequence} of its session, and the log was told that it does not`)
  }
  let move: Move
  try {
    move = onAnswer(client, answer, opening, surroundingsOf(world, client))
  } catch (error) {
    fail(world, "answers", `client ${id} cannot read the answer to its attempt ${attempt}: ${String(error)}`)
    return
  }
  carryOut(world, move)
}

/** A client has waited long enough, or lost its connection. */
export function fallSilent(world: WorldState, clientId: number, attempt: number): void {
  const client = clientOf(world, clientId)
  if (client.attempt !== attempt || client.current === null) return
  const asked = [...nodeOf(world, client.node).waiting].find(([, { client: id, attempt: number }]) => id === clientId && number === attempt)
  const opening = isOpening(client)
  // A shell whose caller is gone says so; the replica answers "unknown" and nobody listens.
  if (asked !== undefined) give(world, client.node, { kind: "cancel", ids: [asked[0]] })
  carryOut(world, onSilence(client, opening, surroundingsOf(world, client)))
}

function surroundingsOf(world: WorldState, client: SimulatedClient): Surroundings {
  const { options, build, workload, sessions, now } = world
  const session = sessions.get(client.sessionOwner) ?? noSession
  return { options, rules: rulesOf(build), workload, session, servers: () => serversOf(world), now }
}

function carryOut(world: WorldState, { client, session, events, next }: Move): void {
  const { seed, clients: options } = world.options
  put(world, client)
  if (session !== (world.sessions.get(client.sessionOwner) ?? noSession))
    world.sessions = new Map(world.sessions).set(client.sessionOwner, session)
  for (const event of events) {
    world.clientEvents.push(event)
    if (event.kind === "read") world.coverage.reads += 1
    if (event.kind !== "written") continue
    world.coverage.writes += 1
    if (!world.healed) world.coverage.writesUnderFaults += 1
  }
  switch (next) {
    case "send":
      send(world, client)
      return
    case "sendLater": {
      // The attempt is over: a late answer to it no longer counts.
      const attempt = client.attempt + 1
      put(world, { ...client, attempt })
      schedule(world, between(1, 60, seed, purposes.clientRetries, client.id, attempt, 1), { kind: "send", client: client.id, attempt })
      return
    }
    case "think":
      schedule(world, thinkMs(client, seed, options) * patience(world), { kind: "think", client: client.id })
      break
    case "nothing":
      break
    default:
      next satisfies never
  }
}

/**
 * How much longer than usual clients pause. Once a healed world has done its share of work, liveness is about progress, not throughput: a
 * cluster whose limits are tiny must be able to catch up.
 */
function patience({ healed, coverage, options }: WorldState): number {
  return healed && coverage.writes >= options.writesMin ? 5 : 1
}

function send(world: WorldState, client: SimulatedClient): void {
  const { id, node } = client
  const sending = copyOf(client)
  const attempt = client.attempt + 1
  sending.attempt = attempt
  const rules = rulesOf(world.build)
  renewToken(sending, world.sessions.get(client.sessionOwner) ?? noSession, rules)
  rules.begin(sending)
  put(world, sending)
  schedule(world, clientLatencyMs(world, id, attempt, "request"), { kind: "request", client: id, attempt, node })
  schedule(world, world.options.clients.timeoutMs, { kind: "silence", client: id, attempt })
}

/** Where clients look for service: anywhere, as long as faults go on; then, like anyone with an operator, only where there is some. */
function serversOf(world: WorldState): readonly NodeId[] {
  const ids = world.nodes.map(({ id }) => id)
  if (!world.healed) return ids
  const { members } = newestCommitted(world)
  const served = members.map(({ id }) => id).filter((id) => !world.absent.nodes.includes(id) && !world.damaged.has(id))
  return served.length > 0 ? served : ids
}

function isOpening({ current, sessionId }: SimulatedClient): boolean {
  return current !== null && current.inSession && sessionId === 0
}

function clientOf(world: WorldState, id: number): SimulatedClient {
  return world.clients[id - 1]!
}

function put(world: WorldState, client: SimulatedClient): void {
  world.clients = world.clients.with(client.id - 1, client)
}
