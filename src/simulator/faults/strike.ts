/**
 * How a seed strikes: the n-th strike of a plan is decided by seed, plan and n alone, and by who leads at that moment.
 */

import type { Configuration, MembershipChange, NodeId } from "../../core/index.ts"
import { below, between, chance, draw, pick, purposes } from "../ground/randomness.ts"
import { cutBetween, majorityRing, sharedBridge, type Direction } from "../network/topology.ts"
import type { WorldAction, FaultPlan } from "../state/action.ts"
import { memberOf } from "../state/identity.ts"

/** One strike: what happens, and how many milliseconds from now. */
export type Strike = readonly { readonly afterMs: number; readonly action: WorldAction }[]

/** What a strike may aim by. */
export interface Targets {
  readonly nodes: readonly NodeId[]
  readonly leaders: readonly NodeId[]
  /** The one in force on the latest leader, or null if nobody leads. */
  readonly configuration: Configuration | null
  /** Servers whose disks are damaged or gone: membership changes leave them to the operator. */
  readonly damaged: readonly NodeId[]
}

/** Milliseconds from strike `number` of plan `position` to the next one: never less than a tenth of the mean. */
export function gapBefore(plan: FaultPlan, position: number, number: number, seed: number): number {
  return plan.everyMs * between(0.1, 1.9, seed, purposes.faultGap, position, number)
}

/** What strike `number` of the plan at `position` does. */
export function strike(plan: FaultPlan, position: number, number: number, seed: number, targets: Targets): Strike {
  const { nodes } = targets
  const lastsMs = plan.lastsMs * between(0.05, 1, seed, purposes.faultLength, position, number)
  const node = victim(targets, position, number, seed)
  const fault = position * 1_000_000 + number
  const others = nodes.filter((id) => id !== node)
  switch (plan.kind) {
    case "crash": {
      const powerLoss = chance(0.5, seed, purposes.powerLoss, position, number)
      // Now and then the whole cluster at once: nothing but the disks remains.
      const victims = below(8, seed, purposes.faultShape, position, number) === 0 ? nodes : [node]
      return [
        ...now(...victims.map((id): WorldAction => ({ kind: "crash", node: id, powerLoss }))),
        ...later(lastsMs, ...victims.map((id): WorldAction => ({ kind: "restart", node: id }))),
      ]
    }
    case "isolate":
      return cut(fault, cutBetween([node], others), lastsMs)
    case "split": {
      const side = nodes.filter((id) => draw(seed, purposes.faultShape, position, number, id) % 2 === 0)
      return cut(
        fault,
        cutBetween(
          side,
          nodes.filter((id) => !side.includes(id)),
        ),
        lastsMs,
      )
    }
    case "oneWay": {
      if (others.length === 0) return []
      const peer = [pick(others, seed, purposes.faultShape, position, number)]
      return cut(fault, [chance(0.5, seed, purposes.faultShape, position, number, 1) ? [[node], peer] : [peer, [node]]], lastsMs)
    }
    case "bridge":
      return cut(fault, sharedBridge(shuffled(others, position, number, seed)), lastsMs)
    case "ring":
      return cut(fault, majorityRing(shuffled(nodes, position, number, seed)), lastsMs)
    case "starve":
      // The others take snapshots meanwhile, and compact away what the one that is cut off would need.
      return [
        ...cut(fault, cutBetween([node], others), lastsMs),
        ...later(lastsMs * 0.7, ...others.map((id): WorldAction => ({ kind: "takeSnapshot", node: id }))),
      ]
    case "clog": {
      if (others.length === 0) return []
      const to = pick(others, seed, purposes.faultShape, position, number)
      const latencyMs = between(100, 1_500, seed, purposes.faultShape, position, number, 1)
      return [...now({ kind: "link", fault, from: node, to, latencyMs }), ...later(lastsMs, { kind: "heal", fault })]
    }
    case "lossyLink": {
      if (others.length === 0) return []
      const to = pick(others, seed, purposes.faultShape, position, number)
      const dropRate = between(0.2, 0.9, seed, purposes.faultShape, position, number, 1)
      const duplicateRate = between(0, 0.5, seed, purposes.faultShape, position, number, 2)
      return [...now({ kind: "link", fault, from: node, to, dropRate, duplicateRate }), ...later(lastsMs, { kind: "heal", fault })]
    }
    case "pause":
      return now({ kind: "pause", node, forMs: lastsMs })
    case "suspend":
      return now({ kind: "suspend", node, forMs: lastsMs })
    case "stepClock": {
      const byMs = pick([-2_000, -200, 200, 2_000], seed, purposes.faultShape, position, number)
      return now({ kind: "stepClock", node, byMs })
    }
    case "skew": {
      const rate = pick([0.4, 0.7, 1.5, 3], seed, purposes.faultShape, position, number)
      return [...now({ kind: "skewClock", node, rate }), ...later(lastsMs, { kind: "skewClock", node, rate: 1 })]
    }
    case "fullDisk":
      return now({ kind: "fillDisk", node, forMs: lastsMs })
    case "slowDisk":
      return now({
        kind: "slowDisk",
        node,
        latencyMs: between(5, 250, seed, purposes.faultShape, position, number),
        forMs: lastsMs,
      })
    case "rot":
    case "misdirect": {
      const target = chance(0.6, seed, purposes.faultShape, position, number) ? "log" : "snapshot"
      const blow: WorldAction = plan.kind === "rot" ? { kind: "rot", node, target, number } : { kind: "misdirectWrite", node, target }
      // What is wrong on a disk shows when it is read again.
      const powerLoss = chance(0.5, seed, purposes.powerLoss, position, number)
      return [...now(blow), ...later(lastsMs, { kind: "crash", node, powerLoss }), ...later(lastsMs + 20, { kind: "restart", node })]
    }
    case "wipe":
      return [...now({ kind: "wipe", node }), ...later(lastsMs, { kind: "restart", node })]
    case "rollBack": {
      // It lives on after the copy was made, in another life that the others meet.
      const powerLoss = chance(0.5, seed, purposes.powerLoss, position, number)
      return [
        ...now({ kind: "copyDisk", node }),
        ...later(lastsMs * 0.3, { kind: "crash", node, powerLoss }),
        ...later(lastsMs * 0.3 + 20, { kind: "restart", node }),
        ...later(lastsMs + 60, { kind: "putBackDisk", node }),
        ...later(lastsMs + 80, { kind: "restart", node }),
      ]
    }
    case "upgrade": {
      // One after the other, the leader whenever its turn comes.
      const gapMs = plan.lastsMs / nodes.length
      const newer = number % 2 === 0
      return shuffled(nodes, position, number, seed).flatMap((id, turn): Strike => {
        const upgraded: WorldAction = { kind: "upgrade", node: id, newer }
        const stopMs = turn * gapMs
        return [
          ...later(stopMs, upgraded, { kind: "crash", node: id, powerLoss: false }),
          ...later(stopMs + 30, { kind: "restart", node: id }),
        ]
      })
    }
    case "transfer": {
      const to = pick([null, ...nodes], seed, purposes.faultShape, position, number)
      return now({ kind: "transferLeadership", node, to })
    }
    case "snapshot":
      return now({ kind: "takeSnapshot", node })
    case "membership":
      return changeMembership(position, number, seed, targets)
    default:
      return plan.kind satisfies never
  }
}

function now(...actions: readonly WorldAction[]): Strike {
  return later(0, ...actions)
}

function later(afterMs: number, ...actions: readonly WorldAction[]): Strike {
  return actions.map((action) => ({ afterMs, action }))
}

function cut(fault: number, directions: readonly Direction[], lastsMs: number): Strike {
  return [
    ...now(...directions.map(([from, to]): WorldAction => ({ kind: "cut", fault, from, to }))),
    ...later(lastsMs, { kind: "heal", fault }),
  ]
}

function shuffled(nodes: readonly NodeId[], position: number, number: number, seed: number): readonly NodeId[] {
  const roll = (id: NodeId): number => draw(seed, purposes.faultShape, position, number, 100 + id)
  return nodes.toSorted((a, b) => roll(a) - roll(b) || a - b)
}

/** One change of one server, or two of two at once, asked of a leader if there is one. */
function changeMembership(position: number, number: number, seed: number, targets: Targets): Strike {
  const { nodes, leaders, configuration, damaged } = targets
  // While a disk is to be replaced, nobody else asks for anything: the operator has counted on the others.
  if (configuration === null || configuration.members.some(({ id }) => damaged.includes(id))) return []
  const count = chance(0.25, seed, purposes.membership, position, number, 1) ? 2 : 1
  const first = below(nodes.length, seed, purposes.membership, position, number, 2)
  const subjects = Array.from({ length: Math.min(count, nodes.length) }, (_, offset) => nodes[(first + offset) % nodes.length]!)
  const changes = subjects.map((id, offset) => {
    const gentle = chance(0.5, seed, purposes.membership, position, number, 3 + offset)
    return changeOf(id, configuration, gentle)
  })
  const node = pick(leaders.length > 0 ? leaders : nodes, seed, purposes.membership, position, number, 5)
  const version = chance(0.5, seed, purposes.membership, position, number, 6) ? configuration.index : null
  return now({ kind: "changeMembership", node, changes, version })
}

function changeOf(id: NodeId, { voters, learners }: Configuration, gentle: boolean): MembershipChange {
  if (voters.includes(id)) return { kind: gentle ? "demote" : "remove", id }
  if (learners.includes(id)) return { kind: gentle ? "promote" : "remove", id }
  return { kind: gentle ? "addVoter" : "addLearner", member: memberOf(id) }
}

/** A leader, half of the time: a fault there has the most consequences. */
function victim(targets: Targets, position: number, number: number, seed: number): NodeId {
  const aimed = targets.leaders.length > 0 && chance(0.5, seed, purposes.preferLeader, position, number)
  return pick(aimed ? targets.leaders : targets.nodes, seed, purposes.faultVictim, position, number)
}
