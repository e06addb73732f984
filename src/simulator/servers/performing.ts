/** Performs what a replica asked for, as a shell would: disk requests begin, messages leave, answers go back to the callers. */

import type { Message } from "../../core/index.ts"
import type { Effects, Outcome, ReadResult } from "../../replica/index.ts"
import type { DiskLane } from "../../storage/index.ts"
import { between, chance, purposes } from "../ground/randomness.ts"
import { encodeFrame } from "../ground/slab.ts"
import { fateOf, isCut, linkOptions } from "../network/network.ts"
import { scriptedClientsFrom } from "../state/client-numbers.ts"
import { countObservation } from "../state/coverage.ts"
import { answerOperator } from "../state/operator-requests.ts"
import { areConnected, type SimulatedNode } from "../state/simulated-node.ts"
import { clientLatencyMs, diskOf, fail, networkOf, schedule, type WorldState } from "../state/world-state.ts"
import { enqueue, start } from "./disk-lanes.ts"

/** `node` must be owned. What to do about a halt is left to the caller. */
export function perform(world: WorldState, node: SimulatedNode, effects: Effects): void {
  for (const observation of effects.observations) countObservation(world.coverage, observation)
  for (const request of effects.disk) {
    if (enqueue(node, request)) startLane(world, node, request.lane)
    else if (request.lane === "log") world.coverage.overlappingBatches += 1
  }
  for (const message of effects.messages) transmit(world, node, message)
  for (const outcome of effects.outcomes) answer(world, node, outcome)
  for (const result of effects.reads) answer(world, node, result)
}

/** Begins the next request of a lane; now and then the node will not live to see its end. */
export function startLane(world: WorldState, node: SimulatedNode, lane: DiskLane): void {
  const { seed } = world.options
  const { id } = node
  const options = diskOf(world)
  const latencyMs = start(node, lane, options, seed, world.now)
  const number = node.diskRequests
  schedule(world, latencyMs, { kind: "disk", node: id, life: node.life, lane })
  if (!chance(options.crashRate, seed, purposes.crashPoint, id, number)) return
  const afterMs = latencyMs * between(0, 1, seed, purposes.crashPointDelay, id, number)
  const powerLoss = chance(0.7, seed, purposes.powerLoss, id, number, 1)
  const downMs = between(10, 500, seed, purposes.crashPointDelay, id, number, 1)
  schedule(world, afterMs, { kind: "act", action: { kind: "crash", node: id, powerLoss } })
  schedule(world, afterMs + downMs, { kind: "act", action: { kind: "restart", node: id } })
}

function transmit(world: WorldState, node: SimulatedNode, message: Message): void {
  const { id } = node
  const { to } = message
  const receiver = world.nodes[to - 1]
  if (message.from !== id || to === id || receiver === undefined) {
    fail(world, "messages", `server ${id} sent a ${message.kind} from ${message.from} to ${to}`)
    return
  }
  const number = (node.sent[to] ?? 0) + 1
  node.sent[to] = number
  const { seed } = world.options
  const options = linkOptions(networkOf(world), world.links, id, to)
  if (isCut(world.cuts, id, to) || !receiver.isUp || !areConnected(node, receiver)) {
    if (chance(options.unreachableHintRate, seed, purposes.unreachableHint, id, to, number)) {
      const delayMs = between(0.2, 20, seed, purposes.hintLatency, id, to, number)
      schedule(world, delayMs, { kind: "hint", node: id, life: node.life, peer: to })
    }
    return
  }
  const fate = fateOf(options, seed, id, to, number)
  if (fate.length === 0) world.coverage.dropped += 1
  if (fate.length > 1) world.coverage.duplicated += 1
  if (fate.length === 0) return
  const frame = encodeFrame(message)
  const { frameBytesMax } = world.options.replica
  if (frame.length > frameBytesMax)
    fail(world, "messages", `server ${id} sent a ${message.kind} of ${frame.length} bytes; peers take ${frameBytesMax}`)
  for (let copy = 0; copy < fate.length; copy++) {
    let at = world.now + fate[copy]!
    if (options.ordered && copy === 0) {
      at = Math.max(at, node.arrivals[to] ?? 0)
      node.arrivals[to] = at
    }
    world.queue.add(at, { kind: "deliver", from: id, to, number, copy, incarnation: node.identity.incarnation, frame })
  }
}

function answer(world: WorldState, node: SimulatedNode, result: Outcome | ReadResult): void {
  const waiting = node.waiting.get(result.id)
  if (waiting === undefined) {
    const what = `answered request ${result.id} (${result.kind}), which nobody asked or which was answered before`
    fail(world, "answers", `server ${node.id} ${what}`)
    return
  }
  node.waiting.delete(result.id)
  const { client, attempt, opening } = waiting
  if (client === 0) {
    answerOperator(world, attempt, result)
    return
  }
  if (
    !world.healed &&
    client < scriptedClientsFrom &&
    chance(world.options.clients.lossRate, world.options.seed, purposes.clientLoss, client, attempt)
  )
    return
  schedule(world, clientLatencyMs(world, client, attempt, "answer"), { kind: "answer", client, attempt, opening, answer: result })
}
