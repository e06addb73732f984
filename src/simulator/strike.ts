/**
 * How a seed strikes: the n-th strike of a plan is decided by seed, plan and n alone, and by who leads at that moment.
 */

import type { Configuration, MembershipChange, NodeId } from "../core/index.ts"
import type { Action, FaultPlan } from "./faults.ts"
import { memberOf } from "./identity.ts"
import { below, between, chance, draw, pick, purposes } from "./randomness.ts"

/** One strike: what happens now, and what happens when it is over. */
export interface Strike {
  readonly actions: readonly Action[]
  readonly after: readonly Action[]
  /** Milliseconds from `actions` to `after`. */
  readonly lastsMs: number
}

/** What a strike may aim by. */
export interface Targets {
  readonly nodes: readonly NodeId[]
  readonly leaders: readonly NodeId[]
  /** The one in force on the latest leader, or null if nobody leads. */
  readonly configuration: Configuration | null
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
      return {
        actions: victims.map((id) => ({ kind: "crash", node: id, powerLoss })),
        after: victims.map((id) => ({ kind: "restart", node: id })),
        lastsMs,
      }
    }
    case "isolate":
      return cut(
        fault,
        [
          [[node], others],
          [others, [node]],
        ],
        lastsMs,
      )
    case "split": {
      const side = nodes.filter((id) => draw(seed, purposes.faultShape, position, number, id) % 2 === 0)
      const rest = nodes.filter((id) => !side.includes(id))
      return cut(
        fault,
        [
          [side, rest],
          [rest, side],
        ],
        lastsMs,
      )
    }
    case "oneWay": {
      if (others.length === 0) return nothing
      const peer = [pick(others, seed, purposes.faultShape, position, number)]
      return cut(fault, [chance(0.5, seed, purposes.faultShape, position, number, 1) ? [[node], peer] : [peer, [node]]], lastsMs)
    }
    case "pause":
      return { actions: [{ kind: "pause", node, forMs: lastsMs }], after: [], lastsMs: 0 }
    case "fullDisk":
      return { actions: [{ kind: "fillDisk", node, forMs: lastsMs }], after: [], lastsMs: 0 }
    case "transfer": {
      const to = pick([null, ...nodes], seed, purposes.faultShape, position, number)
      return { actions: [{ kind: "transferLeadership", node, to }], after: [], lastsMs: 0 }
    }
    case "snapshot":
      return { actions: [{ kind: "takeSnapshot", node }], after: [], lastsMs: 0 }
    case "membership":
      return changeMembership(position, number, seed, targets)
    default:
      return plan.kind satisfies never
  }
}

const nothing: Strike = { actions: [], after: [], lastsMs: 0 }

function cut(fault: number, directions: readonly (readonly [readonly NodeId[], readonly NodeId[]])[], lastsMs: number): Strike {
  return {
    actions: directions.map(([from, to]) => ({ kind: "cut", fault, from, to })),
    after: [{ kind: "heal", fault }],
    lastsMs,
  }
}

/** One change of one server, or two of two at once, asked of a leader if there is one. */
function changeMembership(position: number, number: number, seed: number, { nodes, leaders, configuration }: Targets): Strike {
  if (configuration === null) return nothing
  const count = chance(0.25, seed, purposes.membership, position, number, 1) ? 2 : 1
  const first = below(nodes.length, seed, purposes.membership, position, number, 2)
  const subjects = Array.from({ length: Math.min(count, nodes.length) }, (_, offset) => nodes[(first + offset) % nodes.length]!)
  const changes = subjects.map((id, offset) => {
    const gentle = chance(0.5, seed, purposes.membership, position, number, 3 + offset)
    return changeOf(id, configuration, gentle)
  })
  const node = pick(leaders.length > 0 ? leaders : nodes, seed, purposes.membership, position, number, 5)
  const version = chance(0.5, seed, purposes.membership, position, number, 6) ? configuration.index : null
  return { actions: [{ kind: "changeMembership", node, changes, version }], after: [], lastsMs: 0 }
}

function changeOf(id: NodeId, { voters, learners }: Configuration, gentle: boolean): MembershipChange {
  if (voters.includes(id)) return { kind: gentle ? "demote" : "remove", id }
  if (learners.includes(id)) return { kind: gentle ? "promote" : "remove", id }
  return { kind: gentle ? "addVoter" : "addLearner", member: memberOf(id) }
}

/** A leader, half of the time: that is where it hurts. */
function victim(targets: Targets, position: number, number: number, seed: number): NodeId {
  const aimed = targets.leaders.length > 0 && chance(0.5, seed, purposes.preferLeader, position, number)
  return pick(aimed ? targets.leaders : targets.nodes, seed, purposes.faultVictim, position, number)
}
