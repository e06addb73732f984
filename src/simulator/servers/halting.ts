/**
 * Servers that stop for good: whether they had reason to, and that nothing is heard of them afterwards.
 *
 * Two reasons are no mistake of ours, and such a process stays, as in production, until it is started again: a command that is poison where
 * servers halt over that, and a state that is not the others'. After a failed disk the machine is started anew, with whatever its disk really holds.
 * For any other halt there is no excuse.
 */

import type { LogIndex } from "../../core/index.ts"
import type { Effects } from "../../replica/index.ts"
import { noteUnknown } from "../state/operator-requests.ts"
import type { Halt, SimulatedNode } from "../state/simulated-node.ts"
import { clientLatencyMs, fail, schedule, type WorldState } from "../state/world-state.ts"
import { Poison } from "../workload/poisoned-workload.ts"

/** Notes that `node`, which must be owned, stopped for one of the two reasons. False if it was for another one. */
export function noteHalt(world: WorldState, node: SimulatedNode, { halted, haltedBy }: Effects): boolean {
  if (node.halt !== null) return true
  const differs = differenceIn(haltedBy)
  const isPoisoned = world.options.onApplyError !== "refuse" && (world.options.poisonRate ?? 0) === 0 && isOfPoison(haltedBy)
  if (!isPoisoned && !(node.isSpoilt && differs !== null)) return false
  node.halt = { because: halted ?? "", at: node.view.appliedIndex + 1, differs }
  world.coverage.halts += 1
  breakConnections(world, node)
  return true
}

/** What a step of a server says that has halted, or that halts in it: only how far its log is committed may still go to its disk. */
export function checkSilence(world: WorldState, node: SimulatedNode, { messages, outcomes, reads }: Effects): void {
  const [message] = messages
  if (message !== undefined) fail(world, "halt", `server ${node.id} has halted, and still sends ${message.kind} to ${message.to}`)
  else if (outcomes.length + reads.length > 0) fail(world, "halt", `server ${node.id} has halted, and still answers`)
}

/** Clients that wait for an answer of `node` see their connections break. */
export function breakConnections(world: WorldState, node: SimulatedNode): void {
  const { waiting } = node
  node.waiting = new Map()
  for (const { client, attempt } of waiting.values()) {
    if (client === 0) noteUnknown(world, attempt)
    else schedule(world, clientLatencyMs(world, client, attempt, "reset"), { kind: "silence", client, attempt })
  }
}

/** Whether it is about a command that is poison: what else a state machine throws is its mistake. By name: a build that is not ours has classes of its own. */
function isOfPoison(error: unknown): boolean {
  return error instanceof Error && error.name === "MachineError" && error.cause instanceof Poison
}

function differenceIn(error: unknown): Halt["differs"] {
  if (!(error instanceof Error) || error.name !== "DivergenceError" || !("since" in error) || !("through" in error)) return null
  return { from: error.since as LogIndex, through: error.through as LogIndex }
}
