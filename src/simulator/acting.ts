/** Does to the world what an action says, at once: whether a strike, a script or whoever holds the world asks for it. */

import { ask, operator } from "./client-traffic.ts"
import { localTime, skew, worldTime } from "./clock.ts"
import { SimulatedDisk } from "./disk.ts"
import type { Action } from "./faults.ts"
import { identityOf } from "./identity.ts"
import { actOnMessage, releaseHeld } from "./in-flight.ts"
import { crash, run, startProcess } from "./processes.ts"
import { request } from "./scripted-traffic.ts"
import { nodeOf, own, type WorldState } from "./world-state.ts"

export function act(state: WorldState, action: Action): void {
  const { coverage } = state
  switch (action.kind) {
    case "crash":
      crash(state, action.node, action.powerLoss)
      return
    case "restart":
      startProcess(state, action.node)
      return
    case "pause": {
      const node = own(state, action.node)
      node.busyUntil = Math.max(node.busyUntil, state.now + action.forMs)
      coverage.pauses += 1
      return
    }
    case "resume": {
      const node = own(state, action.node)
      node.busyUntil = Math.min(node.busyUntil, state.now)
      return
    }
    case "wipe":
      wipe(state, action.node)
      return
    case "timeout":
      timeOut(state, action.node)
      return
    case "skewClock": {
      const node = own(state, action.node)
      node.clock = skew(node.clock, action.rate, state.now)
      if (node.replica !== null) node.wakeAt = worldTime(node.clock, node.replica.deadline)
      return
    }
    case "cut":
      state.cuts = [...state.cuts, { fault: action.fault, from: action.from, to: action.to }]
      coverage.cuts += 1
      return
    case "link":
      state.links = [...state.links, action]
      return
    case "heal":
      state.cuts = state.cuts.filter((cut) => cut.fault !== action.fault)
      state.links = state.links.filter((link) => link.fault !== action.fault)
      return
    case "fillDisk":
      own(state, action.node).diskFullUntil = state.now + action.forMs
      coverage.fullDisks += 1
      return
    case "slowDisk": {
      const node = own(state, action.node)
      node.diskSlowMs = action.latencyMs
      node.diskSlowUntil = state.now + action.forMs
      return
    }
    case "failSync":
      own(state, action.node).nextSyncFails = true
      return
    case "rot":
      if (own(state, action.node).disk.rot(action.target, state.options.seed, action.node, action.number)) coverage.rottenBits += 1
      return
    case "dropMessage":
    case "duplicateMessage":
    case "deliverMessage":
    case "holdMessage":
    case "delayMessage":
      actOnMessage(state, action)
      return
    case "transferLeadership":
      ask(state, action.node, operator, (id) => ({ kind: "transferLeadership", id, to: action.to }))
      return
    case "takeSnapshot":
      ask(state, action.node, operator, (id) => ({ kind: "takeSnapshot", id }))
      return
    case "changeMembership":
      ask(state, action.node, operator, (id) => ({ kind: "changeMembership", id, changes: action.changes, version: action.version }))
      return
    case "request":
      request(state, action.client, action.node, action.operation)
      return
    case "healAll":
      healAll(state)
      return
    case "quieten":
      state.quiet = true
      return
    default:
      action satisfies never
  }
}

function wipe(state: WorldState, id: number): void {
  crash(state, id, false)
  const node = own(state, id)
  node.disk = new SimulatedDisk()
  node.diskNumber += 1
  node.identity = identityOf(state.options.seed, id, node.diskNumber)
  state.coverage.wipes += 1
  // Its connections are gone with it: what was on its way to the old one does not reach the new one.
  state.queue.takeAll((event) => event.kind === "deliver" && event.to === id)
  state.held = state.held.filter((message) => message.to !== id)
}

function timeOut(state: WorldState, id: number): void {
  if (!nodeOf(state, id).isUp) return
  const node = own(state, id)
  const { deadline } = node.replica!.raft
  if (deadline === Infinity) return
  const local = Math.max(node.lastLocal, localTime(node.clock, state.now))
  if (deadline > local) {
    node.clock = { ...node.clock, offsetMs: node.clock.offsetMs + deadline - local }
    node.lastLocal = deadline
  }
  node.wakeAt = state.now
  if (node.busyUntil <= state.now) run(state, id)
}

function healAll(state: WorldState): void {
  state.healed = true
  state.clientsWhenHealed = state.clients
  state.cuts = []
  state.links = []
  releaseHeld(state)
  for (const { id } of state.nodes) {
    const node = own(state, id)
    node.diskFullUntil = 0
    node.diskSlowUntil = 0
    node.nextSyncFails = false
    node.busyUntil = Math.min(node.busyUntil, state.now)
    startProcess(state, id)
  }
}
