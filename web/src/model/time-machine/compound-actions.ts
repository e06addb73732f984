/** What a user does in one gesture, as the actions that make it up. */

import type { NodeId } from "oarlock/core"
import type { WorldAction, LinkAction, World } from "oarlock/simulator"
import type { TimeMachine } from "./time-machine.ts"

/** Long enough for anything that somebody wants to see; "resume" ends it. */
const pauseMs = 10_000_000

/** Nothing gets from one group to the other, either way. */
export function cutBetween(timeMachine: TimeMachine, one: readonly NodeId[], other: readonly NodeId[]): WorldAction[] {
  const fault = nextFault(timeMachine)
  return [
    { kind: "cut", fault, from: one, to: other },
    { kind: "cut", fault, from: other, to: one },
  ]
}

/** Only one way. */
export function cutOneWay(timeMachine: TimeMachine, from: NodeId, to: NodeId): WorldAction[] {
  return [{ kind: "cut", fault: nextFault(timeMachine), from: [from], to: [to] }]
}

/** Both directions of a link lose, delay or double from now on. */
export function worsen(
  timeMachine: TimeMachine,
  one: NodeId,
  other: NodeId,
  quality: Pick<LinkAction, "dropRate" | "latencyMs" | "duplicateRate">,
): WorldAction[] {
  const fault = nextFault(timeMachine)
  return [
    { kind: "link", fault, from: one, to: other, ...quality },
    { kind: "link", fault, from: other, to: one, ...quality },
  ]
}

export function isolate(timeMachine: TimeMachine, id: NodeId): WorldAction[] {
  return cutBetween(
    timeMachine,
    [id],
    timeMachine.world.nodeIds.filter((other) => other !== id),
  )
}

export function heal({ world }: TimeMachine): WorldAction[] {
  const faults = new Set([...world.cuts, ...world.links].map(({ fault }) => fault))
  return [...faults].map((fault) => ({ kind: "heal", fault }))
}

/** Every election timer runs out at this moment, as if they had been drawn alike: each server that is up and follows campaigns. */
export function timeOutAll({ world }: TimeMachine): WorldAction[] {
  return world.views.filter(({ role }) => role !== "leader").map(({ id }) => ({ kind: "timeout", node: id }))
}

/** Every server that is down starts again, and every one that stands still goes on. */
export function resumeAll({ world }: TimeMachine): WorldAction[] {
  return world.nodeIds.flatMap((id): WorldAction[] => {
    if (world.stateOf(id) === null) return [{ kind: "restart", node: id }]
    return world.busyUntil(id) > world.now ? [{ kind: "resume", node: id }] : []
  })
}

export function pause(id: NodeId): WorldAction {
  return { kind: "pause", node: id, forMs: pauseMs }
}

/** Whether a server stands still until somebody resumes it, and not for a while that a fault drew. */
export function isPausedByHand(world: World, id: NodeId): boolean {
  return world.busyUntil(id) - world.now > pauseMs / 2
}

/** Asks `leader` for one change of who belongs to the cluster. */
export function changeOf(leader: NodeId, kind: "demote" | "promote" | "remove" | "addLearner", id: NodeId): WorldAction {
  const member = { id, name: `S${id}`, peerAddress: `s${id}:1`, clientAddress: `s${id}:2` }
  return { kind: "changeMembership", node: leader, changes: [kind === "addLearner" ? { kind, member } : { kind, id }], version: null }
}

function nextFault({ world }: TimeMachine): number {
  return 1 + Math.max(0, ...[...world.cuts, ...world.links].map(({ fault }) => fault), world.actions.length)
}
