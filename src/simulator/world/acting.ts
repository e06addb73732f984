/** Does to the world what an action says, at once: whether a fault, a script or a caller asks for it. */

import type { NodeId, Term } from "../../core/index.ts"
import { wireVersion } from "../../wire/index.ts"
import { ask } from "../clients/client-traffic.ts"
import { askAsOperator } from "../clients/operator.ts"
import { areTurnedOff } from "../clients/removed-servers.ts"
import { request } from "../clients/scripted-traffic.ts"
import { writeInitialLog } from "../disk/initial-log.ts"
import { committedIndex, mayDamage, noteDamage, wouldBeNoticed } from "../faults/damage.ts"
import { drawAbsent } from "../faults/random-quorum.ts"
import { baseRate, localTime, skew, worldTime } from "../ground/clock.ts"
import { cutBetween } from "../network/topology.ts"
import { greetAll } from "../servers/handshake.ts"
import { callOperator, copyDisk, crash, putBackDisk, run, startProcess, wipeDisk } from "../servers/processes.ts"
import type { WorldAction } from "../state/action.ts"
import { firstConfiguration } from "../state/identity.ts"
import { isServing, operator, type SimulatedNode } from "../state/simulated-node.ts"
import { nodeOf, own, schedule, type WorldState } from "../state/world-state.ts"
import { Spoiling } from "../workload/observed-machine.ts"
import { actOnMessage, releaseHeld } from "./in-flight.ts"

export function act(state: WorldState, action: WorldAction): void {
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
    case "suspend":
      suspend(own(state, action.node), action.forMs, state.now)
      coverage.suspensions += 1
      return
    case "stepClock":
      own(state, action.node).wallAheadMs += action.byMs
      coverage.clockSteps += 1
      return
    case "resume": {
      const node = own(state, action.node)
      endSuspension(node, state.now)
      node.busyUntil = Math.min(node.busyUntil, state.now)
      return
    }
    case "wipe":
      noteDamage(state, action.node, "wiped")
      wipeDisk(state, action.node)
      callOperator(state, action.node)
      return
    case "copyDisk":
      copyDisk(state, action.node)
      return
    case "putBackDisk":
      if (nodeOf(state, action.node).copiedDisk === null) return
      noteDamage(state, action.node, "rolledBack")
      putBackDisk(state, action.node)
      callOperator(state, action.node)
      return
    case "timeout":
      timeOut(state, action.node)
      return
    case "skewClock":
      turnClock(state, action.node, action.rate)
      coverage.clockSkews += 1
      return
    case "upgrade":
      own(state, action.node).wireVersionNext = action.newer ? wireVersion + 1 : wireVersion
      coverage.upgrades += 1
      return
    case "cut":
      state.cuts = [...state.cuts, { fault: action.fault, from: action.from, to: action.to }]
      coverage.cuts += 1
      return
    case "link":
      state.links = [...state.links, action]
      coverage.brokenLinks += 1
      return
    case "heal":
      state.cuts = state.cuts.filter((cut) => cut.fault !== action.fault)
      state.links = state.links.filter((link) => link.fault !== action.fault)
      greetAll(state)
      return
    case "fillDisk":
      own(state, action.node).diskFullUntil = state.now + action.forMs
      coverage.fullDisks += 1
      return
    case "slowDisk": {
      const node = own(state, action.node)
      node.diskSlowMs = action.latencyMs
      coverage.slowDisks += 1
      node.diskSlowUntil = state.now + action.forMs
      return
    }
    case "failSync":
      own(state, action.node).nextFailure = "sync"
      return
    case "failWrite":
      own(state, action.node).nextFailure = "write"
      return
    case "failRead":
      own(state, action.node).nextFailure = "read"
      return
    case "misdirectWrite":
      noteDamage(state, action.node, "latent")
      own(state, action.node).misdirects = action.target
      return
    case "rot":
      rot(state, action.node, action.target, action.number)
      return
    case "spoilState":
      spoil(state, action.node)
      return
    case "dropMessage":
    case "duplicateMessage":
    case "deliverMessage":
    case "holdMessage":
    case "delayMessage":
      actOnMessage(state, action)
      return
    case "transferLeadership":
      askAsOperator(state, action.node, action, (id) => ({ kind: "transferLeadership", id, to: action.to }))
      return
    case "takeSnapshot":
      askAsOperator(state, action.node, action, (id) => ({ kind: "takeSnapshot", id }))
      return
    case "changeMembership":
      askAsOperator(state, action.node, action, (id) => {
        return { kind: "changeMembership", id, changes: action.changes, version: action.version }
      })
      return
    case "request":
      request(state, action.client, action.node, action.operation)
      return
    case "wait":
      if (action.forMs > 0) schedule(state, action.forMs, { kind: "act", action: { kind: "wait", forMs: 0 } })
      return
    case "writeLog":
      writeLog(state, action.node, action.term, action.terms)
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

function writeLog(state: WorldState, id: NodeId, term: Term, terms: readonly Term[]): void {
  const { life, disk, identity } = nodeOf(state, id)
  if (life > 0) throw new RangeError(`server ${id} has started: its log is its own now`)
  const copy = disk.clone()
  writeInitialLog(copy, identity, firstConfiguration(state.options.nodes), term, terms)
  own(state, id).disk = copy
}

function rot(state: WorldState, id: NodeId, target: "log" | "snapshot", number: number): void {
  const node = own(state, id)
  node.pristine ??= node.disk.clone()
  if (node.disk.rot(target, state.options.seed, id, number)) {
    state.coverage.corruptBits += 1
    noteDamage(state, id, "latent")
  } else if (!state.damaged.has(id)) node.pristine = null
}

/** Its state machine is given a command that stands in no log: a write which nobody asked for. */
function spoil(state: WorldState, id: NodeId): void {
  const node = own(state, id)
  if (!isServing(node)) return
  node.isSpoilt = true
  const command = state.workload.command(nobodysWrite, 0, 0)
  const read = { query: new Spoiling(command), consistency: "stale", minimumIndex: 0 } as const
  ask(state, id, operator, (requestId) => ({ kind: "read", reads: [{ id: requestId, ...read }] }))
}

const nobodysWrite = {
  client: 0,
  id: 2,
  kind: "put",
  register: 1,
  expected: 0,
  inSession: false,
  consistency: "linearizable",
  minimumIndex: 0,
} as const

function timeOut(state: WorldState, id: NodeId): void {
  if (!nodeOf(state, id).isUp) return
  const node = own(state, id)
  const replica = node.replica!
  const { deadline } = replica.raft
  // Before its life is on disk a server has no timer of Raft: its deadline has yet to be that of the replica.
  if (deadline === Infinity || !replica.isReady) return
  const local = Math.max(node.lastLocal, localTime(node.clock, state.now))
  if (deadline > local) {
    node.clock = { ...node.clock, offsetMs: node.clock.offsetMs + deadline - local }
    node.lastLocal = deadline
  }
  node.wakeAt = state.now
  if (node.busyUntil <= state.now) run(state, id)
}

function healAll(state: WorldState): void {
  const isFirst = !state.healed
  const absent = isFirst ? drawAbsent(state) : state.absent
  const present = state.nodes.map(({ id }) => id).filter((id) => !absent.nodes.includes(id))
  state.healed = true
  if (isFirst) {
    state.healedAt = state.now
    state.committedWhenHealed = committedIndex(state)
  }
  state.absent = absent
  state.clientsWhenHealed = state.clients
  const areCutOff = absent.nodes.length > 0 && !absent.areDown
  state.cuts = areCutOff ? cutBetween(absent.nodes, present).map(([from, to]) => ({ fault: -1, from, to })) : []
  state.links = []
  releaseHeld(state)
  for (const { id } of state.nodes) {
    const node = own(state, id)
    node.diskFullUntil = 0
    node.diskSlowUntil = 0
    node.nextFailure = null
    node.misdirects = null
    endSuspension(node, state.now)
    node.busyUntil = Math.min(node.busyUntil, state.now)
    turnClock(state, id, baseRate(state.options.seed, id, state.options.clockDrift))
    if (absent.areDown && absent.nodes.includes(id)) crash(state, id, false)
    else startProcess(state, id)
  }
  greetAll(state)
  state.coverage.absences += absent.nodes.length
  if (isFirst && areTurnedOff(state)) schedule(state, 0, { kind: "turnOffRemoved" })
}

/** It stands still for that long, and its monotonic clock shows the same before and after. */
function suspend(node: SimulatedNode, forMs: number, now: number): void {
  // A machine that sleeps already sleeps on until the later of the two ends.
  const until = Math.max(node.suspendedUntil, now + forMs)
  stopClock(node, until - Math.max(node.suspendedUntil, now))
  node.suspendedUntil = until
  node.busyUntil = Math.max(node.busyUntil, until)
}

/** What was to be slept on is not slept: the clock runs from here. */
function endSuspension(node: SimulatedNode, now: number): void {
  if (node.suspendedUntil <= now) return
  stopClock(node, now - node.suspendedUntil)
  node.suspendedUntil = now
}

/** Takes `forMs` of world time from the monotonic clock, and not from the wall clock. */
function stopClock(node: SimulatedNode, forMs: number): void {
  const lostMs = node.clock.rate * forMs
  node.clock = { ...node.clock, offsetMs: node.clock.offsetMs - lostMs }
  node.wallAheadMs += lostMs
  if (node.replica !== null) node.wakeAt = worldTime(node.clock, node.replica.deadline)
}

function turnClock(state: WorldState, id: NodeId, rate: number): void {
  const node = own(state, id)
  if (node.clock.rate === rate) return
  node.clock = skew(node.clock, rate, state.now)
  if (node.replica !== null) node.wakeAt = worldTime(node.clock, node.replica.deadline)
}

/** Damage by a strike is done only if it can be borne; a script does what it says. */
export function canBear(state: WorldState, action: WorldAction): boolean {
  if (action.kind === "putBackDisk") return mayDamage(state, action.node) && wouldBeNoticed(state, action.node)
  const isDamage = action.kind === "rot" || action.kind === "misdirectWrite" || action.kind === "wipe"
  return !isDamage || mayDamage(state, action.node)
}
