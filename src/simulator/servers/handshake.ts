/**
 * Two servers meet: the greeting that opens every connection in production, with its codec and its judgement. What it says goes for all messages
 * until one of the two starts anew, so it is asked for then, and not for every message.
 *
 * Nobody greets before its life is on disk, and who cannot be reached is greeted when the network is mended.
 */

import type { NodeId } from "../../core/index.ts"
import {
  answerHello,
  decodeHello,
  decodeHelloAnswer,
  encodeHello,
  encodeHelloAnswer,
  wireVersionMin,
  type Introduction,
  type RefusalCode,
} from "../../wire/index.ts"
import { isCut } from "../network/network.ts"
import { memberOf } from "../state/identity.ts"
import { areConnected } from "../state/simulated-node.ts"
import { fail, nodeOf, schedule, type WorldState } from "../state/world-state.ts"
import { give } from "./processes.ts"

/** Milliseconds until a server that is not ready is greeted again, and until those greet each other that a mended network lets meet. */
const greetAgainMs = 2

/** Two servers shake hands, if they can reach each other, and learn which disk the other one runs on. */
export function greet(world: WorldState, oneId: NodeId, otherId: NodeId): void {
  const [one, other] = [nodeOf(world, oneId), nodeOf(world, otherId)]
  if (one.replica === null || other.replica === null) return
  if (isCut(world.cuts, oneId, otherId) || isCut(world.cuts, otherId, oneId) || areConnected(one, other)) return
  if (!one.replica.isReady || !other.replica.isReady) {
    schedule(world, greetAgainMs, { kind: "greet", one: oneId, other: otherId })
    return
  }
  const [introduction, answer] = [call(world, oneId, otherId), call(world, otherId, oneId)]
  if (introduction === null || answer === null) return
  give(world, oneId, { kind: "introduced", peer: otherId, introduction, welcomedUs: true })
  give(world, otherId, { kind: "introduced", peer: oneId, introduction: answer, welcomedUs: true })
}

/** The network was mended: those that could not reach each other greet. */
export function greetAll(world: WorldState): void {
  const up = world.nodes.filter(({ isUp }) => isUp)
  for (const [position, one] of up.entries()) {
    for (const other of up.slice(position + 1)) {
      const isInTheWay = isCut(world.cuts, one.id, other.id) || isCut(world.cuts, other.id, one.id)
      if (!isInTheWay && !areConnected(one, other)) schedule(world, greetAgainMs, { kind: "greet", one: one.id, other: other.id })
    }
  }
}

/** What `called` says of itself if it lets `caller` in, with a version that both of them speak; null if it does not. Both hear what came of it. */
function call(world: WorldState, callerId: NodeId, calledId: NodeId): Introduction | null {
  const [caller, called] = [nodeOf(world, callerId), nodeOf(world, calledId)]
  const { clusterId, groupId } = caller.identity
  const self = caller.replica!.introduce()
  const hello = encodeHello({
    versionMin: wireVersionMin,
    versionMax: caller.wireVersionMax,
    clusterId,
    groupId,
    from: callerId,
    to: calledId,
    self,
    purpose: "messages",
    peerAddress: memberOf(callerId).peerAddress,
  })
  const answer = answerHello(decodeHello(hello), {
    versionMin: wireVersionMin,
    versionMax: called.wireVersionMax,
    clusterId: called.identity.clusterId,
    groupId: called.identity.groupId,
    nodeId: calledId,
    self: called.replica!.introduce(),
    judge: (peer, introduction) => called.replica!.judgePeer(peer, introduction),
  })
  const heard = decodeHelloAnswer(encodeHelloAnswer(answer))
  if (heard.kind === "welcome") {
    const isCommon = heard.version <= Math.min(caller.wireVersionMax, called.wireVersionMax) && heard.version >= wireVersionMin
    if (!isCommon) fail(world, "handshake", `servers ${callerId} and ${calledId} agreed on wire version ${heard.version}`)
    const { forgottenLife } = caller
    if (forgottenLife !== null && called.replica!.hasMet(callerId, forgottenLife)) {
      fail(world, "handshake", `server ${calledId} let server ${callerId} in, having met a later life of its disk than it starts with`)
    }
    return heard.self
  }
  world.coverage.refused += 1
  const { code, message } = heard
  if (!isDue(world, code, callerId)) fail(world, "handshake", `server ${calledId} refused server ${callerId}: ${message}`)
  give(world, calledId, { kind: "introduced", peer: callerId, introduction: self, welcomedUs: false })
  give(world, callerId, { kind: "refusedBy", peer: calledId, refusal: { code, message } })
  return null
}

/** Whether the world has given a reason for such a refusal. */
function isDue(world: WorldState, code: RefusalCode, caller: NodeId): boolean {
  switch (code) {
    case "unknownIncarnation":
      return nodeOf(world, caller).diskNumber > 1
    case "rolledBack":
      // A disk that says "synced" and is not forgets, too.
      return nodeOf(world, caller).putBacks > 0 || world.options.disk.lieRate > 0
    case "removed":
      return true
    case "wrongCluster":
    case "wrongGroup":
    case "wrongNode":
    case "noCommonVersion":
    case "otherBeginning":
      return false
    default:
      code satisfies never
      return false
  }
}
