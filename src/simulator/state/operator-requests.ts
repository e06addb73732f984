/** What operators ask of servers (a transfer, a snapshot, a change of membership) and what becomes of it. Nobody's behaviour depends on it. */

import type { NodeId } from "../../core/index.ts"
import type { Outcome, ReadResult } from "../../replica/index.ts"
import type { ScriptedOutcome } from "../clients/scripted-client.ts"
import type { WorldAction } from "./action.ts"
import type { WorldState } from "./world-state.ts"

/** Something that an operator asked of a server: a transfer of leadership, a snapshot, or a change of membership. */
export interface OperatorRequest {
  /** What was asked, as the action that asked for it. */
  readonly action: WorldAction
  /** The server that was asked. */
  readonly node: NodeId
  /** World time in milliseconds. */
  readonly askedAt: number
  /** Null while it waits. */
  readonly outcome: ScriptedOutcome | null
}

/** The answer to an operator's request; they hear it at once. */
export function answerOperator(world: WorldState, number: number, answer: Outcome | ReadResult): void {
  const moment = { at: world.now, step: world.eventNumber }
  if (answer.kind === "committed") note(world, number, { kind: "committed", index: answer.index, changed: true, ...moment })
  else if (answer.kind === "rejected") note(world, number, { kind: "rejected", reason: answer.reason, leader: answer.leader, ...moment })
  else noteUnknown(world, number)
}

/** The server that was asked is down, or does not know. */
export function noteUnknown(world: WorldState, number: number): void {
  note(world, number, { kind: "unknown", at: world.now, step: world.eventNumber })
}

function note(world: WorldState, number: number, outcome: ScriptedOutcome): void {
  const request = world.operatorRequests[number - 1]
  if (request !== undefined) world.operatorRequests = world.operatorRequests.with(number - 1, { ...request, outcome })
}
