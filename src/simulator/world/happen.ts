/** What one event of a world does: which part of the simulator it concerns, and what has to hold for it still to happen. */

import { fallSilent, reachClient, reachServer, sendAgain, think } from "../clients/client-traffic.ts"
import { replace } from "../clients/operator.ts"
import { turnOffRemoved } from "../clients/removed-servers.ts"
import { fallSilentScripted, reachScriptedClient, reachServerScripted } from "../clients/scripted-traffic.ts"
import { explainLoss } from "../faults/damage.ts"
import { gapBefore, strike } from "../faults/strike.ts"
import { arrive } from "../servers/delivery.ts"
import { greet } from "../servers/handshake.ts"
import { finishDisk, give, run } from "../servers/processes.ts"
import { scriptedClientsFrom } from "../state/client-numbers.ts"
import type { WorldEvent } from "../state/world-event.ts"
import { fail, isAlive, schedule, viewsOf, type WorldState } from "../state/world-state.ts"
import { act, canBear } from "./acting.ts"

export function happen(state: WorldState, event: WorldEvent): void {
  switch (event.kind) {
    case "run":
      run(state, event.node)
      return
    case "deliver":
      arrive(state, event)
      return
    case "disk":
      if (isAlive(state, event.node, event.life)) finishDisk(state, event.node, event.lane)
      return
    case "hint":
      if (isAlive(state, event.node, event.life)) give(state, event.node, { kind: "unreachable", peer: event.peer })
      return
    case "greet":
      greet(state, event.one, event.other)
      return
    case "think":
      think(state, event.client)
      return
    case "send":
      sendAgain(state, event.client, event.attempt)
      return
    case "request":
      if (event.client >= scriptedClientsFrom) reachServerScripted(state, event.client, event.attempt, event.node)
      else reachServer(state, event.client, event.attempt, event.node)
      return
    case "answer":
      if (event.client >= scriptedClientsFrom) reachScriptedClient(state, event.client, event.attempt, event.opening, event.answer)
      else reachClient(state, event.client, event.attempt, event.opening, event.answer)
      return
    case "silence":
      if (event.client >= scriptedClientsFrom) fallSilentScripted(state, event.client, event.attempt)
      else fallSilent(state, event.client, event.attempt)
      return
    case "strike":
      if (!state.healed) onStrike(state, event.plan, event.number)
      return
    case "act":
      if (event.action.kind === "restart" || (!state.healed && canBear(state, event.action))) act(state, event.action)
      return
    case "replace":
      replace(state, event.node)
      return
    case "turnOffRemoved":
      turnOffRemoved(state)
      return
    case "script":
      act(state, state.options.script[event.position]!.action)
      return
    default:
      event satisfies never
  }
}

function onStrike(state: WorldState, position: number, number: number): void {
  const { seed, faults, safetyMs } = state.options
  const plan = faults[position]!
  const leaders = viewsOf(state).filter((view) => view.role === "leader")
  const struck = strike(plan, position, number, seed, {
    nodes: state.nodes.map(({ id }) => id),
    leaders: leaders.map(({ id }) => id),
    configuration: leaders.at(-1)?.configuration ?? null,
    damaged: [...state.damaged.keys()],
  })
  for (const { afterMs, action } of struck) {
    if (afterMs > 0) schedule(state, afterMs, { kind: "act", action })
    else if (canBear(state, action)) act(state, action)
  }
  const hasDamaged = struck.some(({ action }) => "node" in action && state.damaged.has(action.node))
  const loss = hasDamaged ? explainLoss(state) : null
  if (loss !== null) fail(state, "recoverable", loss)
  // Where nothing has got through in the time for faults, they go on (`run.ts`), and let up: then something will.
  const easing = Math.max(1, state.now / safetyMs)
  schedule(state, easing * gapBefore(plan, position, number + 1, seed), { kind: "strike", plan: position, number: number + 1 })
}
