/**
 * Two servers meet: the greeting that opens every connection in production, with its codec and its judgement. What it says goes for all messages
 * until one of the two starts anew, so it is asked for then, and not for every message.
 */

import type { NodeId } from "../core/index.ts"
import { answerHello, decodeHello, decodeHelloAnswer, encodeHello, encodeHelloAnswer, wireVersionMin } from "../wire/index.ts"
import { memberOf } from "./identity.ts"
import { isCut } from "./network.ts"
import { give } from "./processes.ts"
import { accepts } from "./simulated-node.ts"
import { fail, nodeOf, type WorldState } from "./world-state.ts"

/** Two servers shake hands, if they can reach each other, and learn which disk the other one runs on. */
export function greet(world: WorldState, one: NodeId, other: NodeId): void {
  if (!nodeOf(world, one).isUp || !nodeOf(world, other).isUp || isCut(world.cuts, one, other) || isCut(world.cuts, other, one)) return
  if (!call(world, one, other) || !call(world, other, one)) {
    world.coverage.refused += 1
    return
  }
  give(world, one, { kind: "peerIncarnation", peer: other, incarnation: nodeOf(world, other).identity.incarnation })
  give(world, other, { kind: "peerIncarnation", peer: one, incarnation: nodeOf(world, one).identity.incarnation })
}

/** Whether `caller` gets through to `called`, with a version that both of them speak. */
function call(world: WorldState, callerId: NodeId, calledId: NodeId): boolean {
  const [caller, called] = [nodeOf(world, callerId), nodeOf(world, calledId)]
  const { clusterId, groupId, incarnation } = caller.identity
  const hello = encodeHello({
    versionMin: wireVersionMin,
    versionMax: caller.wireVersionMax,
    clusterId,
    groupId,
    from: callerId,
    to: calledId,
    incarnation,
    purpose: "messages",
    peerAddress: memberOf(callerId).peerAddress,
  })
  const answer = answerHello(decodeHello(hello), {
    versionMin: wireVersionMin,
    versionMax: called.wireVersionMax,
    clusterId: called.identity.clusterId,
    groupId: called.identity.groupId,
    nodeId: calledId,
    incarnation: called.identity.incarnation,
    knownIncarnation: called.replica!.peerIncarnations.get(callerId) ?? null,
    isRemoved: false,
  })
  const heard = decodeHelloAnswer(encodeHelloAnswer(answer))
  if (heard.kind === "welcome") {
    const isCommon = heard.version <= Math.min(caller.wireVersionMax, called.wireVersionMax) && heard.version >= wireVersionMin
    if (!isCommon) fail(world, "handshake", `servers ${callerId} and ${calledId} agreed on wire version ${heard.version}`)
    return accepts(caller, called)
  }
  if (heard.code !== "unknownIncarnation") fail(world, "handshake", `server ${calledId} refused server ${callerId}: ${heard.message}`)
  return false
}
