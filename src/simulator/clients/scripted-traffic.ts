/** What goes back and forth between scripted clients and servers. */

import type { NodeId } from "../../core/index.ts"
import type { Outcome, ReadResult } from "../../replica/index.ts"
import { rulesOf } from "../state/build.ts"
import { isServing } from "../state/simulated-node.ts"
import { clientLatencyMs, fail, nodeOf, schedule, type WorldState } from "../state/world-state.ts"
import { ask } from "./client-traffic.ts"
import { requestOf } from "./client.ts"
import {
  beginScripted,
  createScriptedClient,
  onScriptedAnswer,
  onScriptedSilence,
  type ScriptedMoment,
  type ScriptedClient,
  type ScriptedMove,
  type ScriptedOperation,
} from "./scripted-client.ts"

/** A scripted client asks `node` for something. Throws a `RangeError` on what it cannot ask. */
export function request(world: WorldState, id: number, node: NodeId, operation: ScriptedOperation): void {
  if (world.nodes[node - 1] === undefined) throw new RangeError(`there is no server ${node} to be asked`)
  const client = world.scripted.get(id) ?? createScriptedClient(id)
  carryOut(world, beginScripted(client, node, operation, momentOf(world), rulesOf(world.build)))
}

export function reachServerScripted(world: WorldState, id: number, attempt: number, node: NodeId): void {
  const client = waitingClient(world, id, attempt)
  if (client === null) return
  if (!isServing(nodeOf(world, node))) {
    schedule(world, clientLatencyMs(world, id, attempt, "answer"), { kind: "silence", client: id, attempt })
    return
  }
  const opening = client.current!.inSession && client.sessionId === 0
  ask(world, node, { client: id, attempt, opening }, (requestId) => requestOf(client, requestId, world.workload))
}

export function reachScriptedClient(world: WorldState, id: number, attempt: number, opening: boolean, answer: Outcome | ReadResult): void {
  const client = waitingClient(world, id, attempt)
  if (client === null) return
  if (answer.kind === "failed") fail(world, "reads", `a read failed: ${answer.message}`)
  else carryOut(world, onScriptedAnswer(client, answer, opening, momentOf(world), world.workload, rulesOf(world.build)))
}

export function fallSilentScripted(world: WorldState, id: number, attempt: number): void {
  const client = waitingClient(world, id, attempt)
  if (client !== null) carryOut(world, onScriptedSilence(client, momentOf(world), rulesOf(world.build)))
}

function momentOf({ now, eventNumber }: WorldState): ScriptedMoment {
  return { at: now, step: eventNumber }
}

/** The client, if it still waits for that attempt. */
function waitingClient(world: WorldState, id: number, attempt: number): ScriptedClient | null {
  const client = world.scripted.get(id)
  return client === undefined || client.attempt !== attempt || client.current === null ? null : client
}

function carryOut(world: WorldState, { client, events, sends }: ScriptedMove): void {
  const { id, attempt } = client
  world.scripted = new Map(world.scripted).set(id, client)
  for (const event of events) {
    world.clientEvents.push(event)
    if (event.kind === "written") world.coverage.writes += 1
    else if (event.kind === "read") world.coverage.reads += 1
  }
  if (!sends) return
  const { node } = client.requests.at(-1)!
  schedule(world, clientLatencyMs(world, id, attempt, "request"), { kind: "request", client: id, attempt, node })
}
