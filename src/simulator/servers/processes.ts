/** The lives of servers: they start, take in what arrives, move, and die. */

import { emptyConfiguration, invariant, type NodeId } from "../../core/index.ts"
import { ClockComparison, RecoveryError, type Effects, type ReplicaEvent, type ReplicaOptions } from "../../replica/index.ts"
import type { DiskLane } from "../../storage/index.ts"
import type { DurableView } from "../checkers/index.ts"
import { SimulatedDisk } from "../disk/disk.ts"
import { newestCommitted, noteDamage, noteWhole } from "../faults/damage.ts"
import { createClock, localTime, worldTime } from "../ground/clock.ts"
import { between, draw, purposes } from "../ground/randomness.ts"
import { durableState, inspect } from "../observe/inspection.ts"
import { followChanges } from "../state/begun-changes.ts"
import { firstConfiguration, identityOf } from "../state/identity.ts"
import { summarize, type SimulatedNode } from "../state/simulated-node.ts"
import { diskOf, fail, nodeOf, own, schedule, type WorldState } from "../state/world-state.ts"
import { crashDisk, finish } from "./disk-lanes.ts"
import { breakConnections, checkSilence, noteHalt } from "./halting.ts"
import { losePoints, machineFor, takeKept } from "./kept-points.ts"
import { perform, startLane } from "./performing.ts"

/** Starts a server on what its disk holds. Does nothing if it is up. */
export function startProcess(world: WorldState, id: NodeId): void {
  if (nodeOf(world, id).halt !== null) crash(world, id, false)
  if (nodeOf(world, id).isUp || world.damaged.get(id) === "refused" || isToStayDown(world, id)) return
  const node = own(world, id)
  const { seed, clockDrift, nodes, wipedBeginAnew } = world.options
  node.life += 1
  node.clock = createClock(seed, id, node.life, clockDrift)
  node.wireVersionMax = node.wireVersionNext
  node.lastLocal = localTime(node.clock, world.now)
  node.clocks = new ClockComparison(node.lastLocal, node.lastLocal + node.wallAheadMs)
  const machine = machineFor(world, node)
  // What starts on a new disk waits to be added, like a spare: the cluster that it belonged to has begun without it. Unless its operator forgets that,
  // who knows at least who belongs to it.
  const beginsAnew = wipedBeginAnew && newestCommitted(world).members.some((member) => member.id === id)
  const bootstrap = id <= nodes && (node.diskNumber === 1 || beginsAnew) ? firstConfiguration(nodes) : emptyConfiguration
  const promised = world.damaged.get(id) === "latent" ? durableState(world, id) : null
  try {
    node.replica = world.build.open(node.disk.reader(), replicaOptions(world, node), machine, bootstrap, node.lastLocal)
  } catch (error) {
    if (world.damaged.get(id) === "latent" && error instanceof RecoveryError) {
      noteDamage(world, id, "refused")
      world.coverage.refusedDisks += 1
      callOperator(world, id)
    } else fail(world, "recovery", `server ${id} could not start its life ${node.life}: ${String(error)}`)
    return
  }
  if (node.machinePoints.length > 0 && node.replica.lastApplied === node.machinePoints.at(-1)!.index) world.coverage.startsFromMachine += 1
  if (promised !== null) checkNothingForgotten(world, node, promised)
  world.views = null
  if (node.life > 1) world.coverage.restarts += 1
  run(world, id)
  for (const { id: peer } of world.nodes) {
    if (peer === id) continue
    const afterMs = between(0.5, 5, seed, purposes.greeting, id, node.life, peer)
    schedule(world, afterMs, { kind: "greet", one: id, other: peer })
  }
}

/** A server started on a damaged disk: either it found everything there, or it has not noticed that it forgot something. */
function checkNothingForgotten(world: WorldState, node: SimulatedNode, promised: DurableView): void {
  const { pristine } = node
  node.pristine = null
  node.misdirects = null
  const found = durableState(world, node.id)
  // After a kill it may have read what no sync covers yet, and what lets it do without the damaged part: a newer snapshot, or the marker that gives
  // up a segment. That is no forgetting, as long as it reads the same as from the whole disk, since it promises nothing before its first sync. If
  // power fails first, the disk will be refused after all: so it counts as damaged until the next start.
  if (found === null && pristine !== null && isSame(readBack(world, node, pristine), readBack(world, node, node.disk))) {
    node.pristine = pristine
    node.reading = null
    return
  }
  // Also what only a received snapshot held: it was committed without this server, but the leader was told, and sends no more of it.
  if (!isSame(found, promised)) {
    fail(
      world,
      "recovery",
      `server ${node.id} started on a damaged disk without noticing that it had forgotten something: it had ${describe(promised)}, and found ${describe(found)}`,
    )
  }
  noteWhole(world, node.id)
}

/** What a process that starts now finds, synced or not. */
function readBack(world: WorldState, { identity }: SimulatedNode, disk: SimulatedDisk): DurableView | null {
  return world.build.durable(disk.reader(), identity)
}

function isSame(one: DurableView | null, other: DurableView | null): boolean {
  return one !== null && other !== null && describe(one) === describe(other)
}

function describe(disk: DurableView | null): string {
  return disk === null ? "nothing" : `term ${disk.term}, vote ${disk.votedFor}, entries through ${disk.lastIndex}`
}

/** A server will not work again as it is. A world whose seed damages disks has an operator who sees to it; a script does so itself, or not. */
export function callOperator(world: WorldState, id: NodeId): void {
  const hasOperator = world.options.faults.some(
    ({ kind }) => kind === "rot" || kind === "misdirect" || kind === "wipe" || kind === "rollBack",
  )
  if (hasOperator) schedule(world, operatorMs, { kind: "replace", node: id })
}

/** Takes a server's disk away; it goes on, if ever, as another incarnation. */
export function wipeDisk(world: WorldState, id: NodeId): void {
  crash(world, id, false)
  const node = own(world, id)
  node.disk = new SimulatedDisk()
  node.machinePoints = []
  node.pristine = null
  node.misdirects = null
  node.diskNumber += 1
  node.identity = identityOf(world.options.seed, id, node.diskNumber)
  world.coverage.wipes += 1
  // Its connections are gone with it: what was on its way to the old one does not reach the new one.
  world.queue.takeAll((event) => event.kind === "deliver" && event.to === id)
  world.held = world.held.filter((message) => message.to !== id)
}

/** Copies what a server's disk would give back if power failed now. */
export function copyDisk(world: WorldState, id: NodeId): void {
  const node = own(world, id)
  // Damage that nobody has noticed would be in the copy, and come back with it after the disk itself was mended.
  if (world.damaged.has(id)) {
    node.copiedDisk = null
    return
  }
  const disk = node.disk.clone()
  disk.loseEverythingUnsynced()
  node.copiedDisk = { disk, machinePoints: node.machinePoints.slice(0, 1), life: node.life }
}

/** A server's disk becomes the copy that was made of it: it carries the same incarnation, and has forgotten all that came later. */
export function putBackDisk(world: WorldState, id: NodeId): void {
  const { copiedDisk, life, replica } = nodeOf(world, id)
  if (copiedDisk === null) return
  const introduction = replica?.introduce() ?? null
  crash(world, id, false)
  const node = own(world, id)
  node.disk = copiedDisk.disk.clone()
  node.machinePoints = copiedDisk.machinePoints
  node.pristine = null
  node.reading = null
  node.misdirects = null
  node.putBacks += 1
  if (copiedDisk.life < life) node.forgottenLife = introduction ?? node.forgottenLife
  world.coverage.rollBacks += 1
  world.queue.takeAll((event) => event.kind === "deliver" && event.to === id)
  world.held = world.held.filter((message) => message.to !== id)
}

/** Kills a server's process and, with `powerLoss`, takes what its disk had not synced. */
export function crash(world: WorldState, id: NodeId, powerLoss: boolean): void {
  if (!nodeOf(world, id).isUp) return
  const node = own(world, id)
  const loss = crashDisk(node, powerLoss, world.now, world.options.seed)
  if (powerLoss) losePoints(node, world.options.seed)
  // Clients see their connections break.
  breakConnections(world, node)
  node.loseProcess()
  world.views = null
  const { coverage } = world
  coverage.crashes += 1
  if (loss !== null) {
    coverage.powerLosses += 1
    coverage.tornWrites += loss.torn
    coverage.lostWrites += loss.vanished
  }
}

/** Something for a server: looked at now, or when it has time; lost if it is down. */
export function give(world: WorldState, id: NodeId, event: ReplicaEvent): void {
  if (!nodeOf(world, id).isUp) return
  const node = own(world, id)
  // As a rule it has time, and this is all that there is: then nothing needs an inbox.
  if (node.busyUntil <= world.now && node.inbox.length === 0) {
    take(world, node, [event])
    return
  }
  node.inbox.push(event)
  if (node.busyUntil <= world.now) run(world, id)
}

/** One step of a server that is up: with everything in its inbox, because its deadline came, or both. */
export function run(world: WorldState, id: NodeId): void {
  const node = own(world, id)
  const events = node.inbox
  if (events.length > 0) node.inbox = []
  take(world, node, events)
}

/** `node`, which must be owned, takes in what `arrived` and moves; or because its deadline came, if that is nothing. */
function take(world: WorldState, node: SimulatedNode, arrived: readonly ReplicaEvent[]): void {
  const { id, replica } = node
  if (replica === null) return
  // As production's loop does it: a server that is late learns the time first, and then what queued up. Otherwise a busy server's timers starve.
  const isDue = world.now >= node.wakeAt
  const timely = arrived.length === 0 ? wake : isDue ? [...wake, ...arrived] : arrived
  // World time and back again may lose the last bit: a server that is woken for a deadline must see it reached.
  const due = isDue ? replica.deadline : -Infinity
  invariant(due !== Infinity, "a server was woken for a deadline that never comes", { id, now: world.now })
  node.lastLocal = Math.max(node.lastLocal, localTime(node.clock, world.now), due)
  const pausedMs = node.clocks.look(node.lastLocal, node.lastLocal + node.wallAheadMs)
  const events: readonly ReplicaEvent[] = pausedMs === 0 ? timely : [{ kind: "paused", forMs: pausedMs }, ...timely]
  node.steps += 1
  let effects: Effects
  try {
    effects = replica.step(node.lastLocal, events)
  } catch (error) {
    fail(world, "replica", `server ${id} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return
  }
  const { configuration } = node.view
  takeKept(world, node)
  node.look()
  node.wakeAt = worldTime(node.clock, replica.deadline)
  const { busyMsMax, seed } = world.options
  if (busyMsMax > 0) node.busyUntil = world.now + between(0, busyMsMax, seed, purposes.stepBusy, id, node.steps)
  inspect(world, node, effects.messages, followChanges(node, configuration, arrived, effects.outcomes))
  if (node.view.hasChanged) node.summary = summarize(node.view)
  perform(world, node, effects)
  if (effects.halted !== null) onHalt(world, node, effects, effects.halted)
  else if (node.halt !== null) checkSilence(world, node, effects)
}

/** The request under way in a lane is done: its completion goes to the replica, and the next one begins. */
export function finishDisk(world: WorldState, id: NodeId, lane: DiskLane): void {
  const node = own(world, id)
  const { misdirects } = node
  try {
    const completion = finish(node, lane, diskOf(world), world.options.seed, world.now)
    if (misdirects !== null && node.misdirects === null) world.coverage.misdirectedWrites += 1
    if (node.lanes[lane].requests.length > 0) startLane(world, node, lane)
    give(world, id, { kind: "disk", completion })
  } catch (error) {
    fail(world, "disk", `server ${id} asked its disk for what no disk can do: ${String(error)}`)
  }
}

const wake: readonly ReplicaEvent[] = [{ kind: "wake" }]
/** Milliseconds between two looks of the operator. */
export const operatorMs = 150
/** How long it takes to replace a machine whose disk failed. */
const replacementMs = 100

/**
 * After a failed disk the machine is started anew, with whatever its disk really holds. So it is where a server finds that a file was damaged behind its
 * back.
 */
function onHalt(world: WorldState, node: SimulatedNode, effects: Effects, because: string): void {
  checkSilence(world, node, effects)
  if (noteHalt(world, node, effects)) return
  const hasFoundDamage = world.damaged.get(node.id) === "latent" && because.startsWith("the disk failed")
  if (!node.diskFailed && !hasFoundDamage) {
    fail(world, "halt", `server ${node.id} halted: ${because}`)
    return
  }
  world.coverage.halts += 1
  crash(world, node.id, true)
  schedule(world, replacementMs, { kind: "act", action: { kind: "restart", node: node.id } })
}

function isToStayDown({ healed, absent }: WorldState, id: NodeId): boolean {
  return healed && absent.areDown && absent.nodes.includes(id)
}

function replicaOptions(world: WorldState, { id, life, identity }: SimulatedNode): ReplicaOptions {
  const { seed, raft, replica, beginWithout, onApplyError = "halt", verifyEveryEntries = 0 } = world.options
  return {
    ...replica,
    raft: { ...raft, id, seed: draw(seed, purposes.replicaSeed, id, life) },
    identity,
    bootId: draw(seed, purposes.bootId, id, life),
    beginWithout: beginWithout.filter((other) => other !== id),
    onApplyError,
    verifyEveryEntries,
    cloneable: true,
  }
}
