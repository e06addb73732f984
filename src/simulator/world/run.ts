/**
 * One run from seed to verdict: a safety phase with faults, then a liveness phase in which everything is healed and the cluster has to
 * elect, commit for every client, answer everything and converge, within a bounded number of election timeouts. A run that did too little
 * work fails too: an idle cluster breaks no rules.
 */

import type { NodeId } from "../../core/index.ts"
import type { NodeView, Violation } from "../checkers/index.ts"
import type { SimulatedClient } from "../clients/client.ts"
import { argument, countOf, instanceOf } from "../ground/read-arguments.ts"
import { calmNetwork } from "../network/network.ts"
import { production, type Build } from "../state/build.ts"
import type { Coverage } from "../state/coverage.ts"
import { calmOptions, swarmOptions, type WorldOptions } from "../state/options.ts"
import { worldOverrides } from "../state/read-options.ts"
import { describeEvent } from "../state/world-event.ts"
import type { Workload } from "../workload/workload.ts"
import { World } from "./world.ts"

/** What a run that broke no rule went through. */
export interface RunReport {
  /** The options that it ran with. */
  readonly options: WorldOptions
  /** The world's hash at the end: the same options give the same one. */
  readonly hash: number
  /** How many events happened. */
  readonly events: number
  /** World time in milliseconds. */
  readonly simulatedMs: number
  /** How long the liveness phase took, in milliseconds of world time. */
  readonly healingMs: number
  /** What happened, counted. */
  readonly coverage: Coverage
}

/** A run that broke a rule. The message holds all that is needed to see it again. */
export class SimulationFailure extends Error {
  /** The options of the run. */
  readonly options: WorldOptions
  /** The number of the event at which the rule broke. */
  readonly eventNumber: number
  /** The rule that broke. */
  readonly violation: Violation
  /** The world at the moment of the failure. */
  readonly world: World

  constructor(world: World, violation: Violation, overrides: Partial<WorldOptions>) {
    const replay =
      Object.keys(overrides).length === 0
        ? `runSeed(${world.options.seed})`
        : `runSeed(${world.options.seed}, ${JSON.stringify(overrides)})`
    const lines = [
      `seed ${world.options.seed} breaks "${violation.checker}" at event ${world.eventNumber}, ${world.now.toFixed(3)} ms: ${violation.reason}`,
      `replay: ${replay}; to stop right before it: runTo(${world.options.seed}, ${world.eventNumber - 1}, …)`,
      `options: ${JSON.stringify(world.options)}`,
      ...world.views.map(describeNode),
      "latest events:",
      ...world.recent.map((event) => `  ${describeEvent(event)}`),
    ]
    super(lines.join("\n"))
    this.name = "SimulationFailure"
    this.options = world.options
    this.eventNumber = world.eventNumber
    this.violation = violation
    this.world = world
  }
}

/**
 * Runs what `seed` draws, with whole options replaced by `overrides`. Throws a `SimulationFailure`; a `TypeError` or a `RangeError` for arguments that
 * make no sense.
 */
export function runSeed(seed: number, overrides: Partial<WorldOptions> = {}, build: Build = production, workload?: Workload): RunReport {
  return runWorld(World.create(swarmOptions(seed, overrides), build, workload), overrides)
}

/** The world of `seed` right after event `eventNumber`: where to look around. */
export function runTo(
  seed: number,
  eventNumber: number,
  overrides: Partial<WorldOptions> = {},
  build: Build = production,
  workload?: Workload,
): World {
  argument("runTo", "eventNumber", eventNumber, countOf)
  const world = World.create(swarmOptions(seed, overrides), build, workload)
  const phases = new Phases(world)
  while (world.eventNumber < eventNumber && phases.step());
  return world
}

/** Runs `world`, fresh or forked, to its end. Throws a `SimulationFailure`. */
export function runWorld(world: World, overrides: Partial<WorldOptions> = {}): RunReport {
  argument("runWorld", "overrides", overrides, worldOverrides)
  const phases = new Phases(world)
  while (phases.step());
  if (world.violation !== null) throw new SimulationFailure(world, world.violation, overrides)
  const { options, eventNumber, now, healedAt, coverage } = world
  return { options, hash: world.hash(), events: eventNumber, simulatedMs: now, healingMs: now - healedAt, coverage }
}

/** Leads a world through its phases, one event at a time. What it goes by is all in the world, so a fork can be led on by another one. */
export class Phases {
  readonly #world: World

  constructor(world: World) {
    this.#world = argument("Phases", "world", world, instanceOf(World, "a World"))
  }

  /** False once the run is over, for better or worse. */
  step(): boolean {
    const world = this.#world
    const at = world.violation === null ? world.nextAt : Infinity
    if (at === Infinity) {
      world.fail("liveness", "nothing is left to happen")
      return false
    }
    if (!world.isHealed && isToHeal(world, at)) world.heal()
    if (world.isHealed && !world.isQuiet && hasServedEveryClient(world)) world.quieten()
    if (world.isQuiet && hasConverged(world)) {
      checkEnd(world)
      return false
    }
    if (at > deadlineOf(world) && at > deadlineOf(world) + snapshotMs(world)) {
      failStalled(world)
      return false
    }
    return world.step() !== null && world.violation === null
  }
}

/** Safety phases in which nothing was committed go on for up to so many times as long. */
const safetyStretch = 20

/**
 * Whether the safety phase is over at world time `at`. One in which nothing was committed goes on: trouble that meets no work tests little. In the end
 * it is over all the same, and the run fails for having done too little.
 */
export function isToHeal(world: World, at: number): boolean {
  const { safetyMs, writesMin } = world.options
  return at >= safetyMs && (world.committedIndex > 0 || writesMin === 0 || at >= safetyMs * safetyStretch)
}

/** World time by which a healed world must have converged, but for its snapshots. */
function deadlineOf({ healedAt, options }: World): number {
  const { livenessTimeouts, raft } = options
  return healedAt + livenessTimeouts * raft.electionTimeoutMaxMs
}

/**
 * What snapshots may take on top: that is a matter of bytes and of rates that the seed has drawn, and no protocol makes them faster. One may be under
 * way when everything is healed, and one behind it: each taken at the named rate, then sent with so many chunks to a round trip. A transfer that
 * never ends still fails, only later.
 */
function snapshotMs({ options, snapshotBytesMax }: World): number {
  const { snapshotBytesPerSecondMax, snapshotChunkBytes, snapshotChunksInflightMax } = options.replica
  // There, into the receiver's file, back, and out of the sender's; each time the server may be busy, and the disk with something else.
  const roundTripMs = 2 * calmNetwork.latencyMaxMs + 2 * calmOptions.disk.latencyMaxMs + 3 * options.busyMsMax
  const takingMs = (snapshotBytesMax * 1000) / snapshotBytesPerSecondMax
  const sendingMs = (snapshotBytesMax / (snapshotChunkBytes * snapshotChunksInflightMax)) * roundTripMs
  return 2 * (takingMs + sendingMs)
}

/** Every client has had a new write acknowledged, and the load floor is reached. */
function hasServedEveryClient({ clients, clientsWhenHealed, coverage, options }: World): boolean {
  return (
    coverage.writes >= options.writesMin &&
    clients.every((client, position) => client.written > clientsWhenHealed[position]!.written || isDone(client, options))
  )
}

/** Whether anyone waits for that server; who asked it to take in a server that is not coming back does so for ever. */
function isAwaited(world: World, id: NodeId): boolean {
  return world.waitingAt(id).some(({ client }) => client !== 0 || world.absent.length === 0)
}

/** A client that has done all that it ever will. */
function isDone({ current, operations }: SimulatedClient, { clients }: WorldOptions): boolean {
  return current === null && operations >= clients.operationsMax
}

/** One leader, nobody waits for anything, and every server has applied all that is committed. */
function hasConverged(world: World): boolean {
  const { absent, damaged } = world
  const views = world.views.filter(({ id }) => !absent.includes(id))
  const leader = views.filter((view) => view.role === "leader").toSorted((a, b) => b.term - a.term)[0]
  if (leader === undefined || leader.commitIndex !== leader.lastIndex || leader.configuration.votersOutgoing.length > 0) return false
  if (world.clients.some((client) => client.current !== null)) return false
  // A server that was removed may never hear what became of a request; the operator that asked it has a deadline.
  const expected = leader.configuration.members.filter(({ id }) => !absent.includes(id) && !damaged.has(id))
  return expected.every(({ id }) => {
    const view = views.find((one) => one.id === id)
    return view?.appliedIndex === leader.commitIndex && view.term === leader.term && !isAwaited(world, id)
  })
}

function checkEnd(world: World): void {
  const machines = world.nodeIds.map((id) => ({ id, machine: world.replicatedOf(id) }))
  const first = machines.find(({ machine }) => machine !== null)
  for (const { id, machine } of machines) {
    if (machine === null || first?.machine?.appliedIndex !== machine.appliedIndex || first.machine.hash === machine.hash) continue
    world.fail("equal-states", `servers ${first.id} and ${id} applied through ${machine.appliedIndex} and are in different states`)
  }
  world.conclude()
  const { committedWhenHealed, healedAt, options } = world
  if (committedWhenHealed === 0 && options.writesMin > 0)
    world.fail("load", `nothing was committed in ${Math.round(healedAt)} ms of faults; such a run proves nothing`)
}

function failStalled(world: World): void {
  const { views, clients, options, coverage } = world
  const forSnapshots = snapshotMs(world) < options.raft.electionTimeoutMaxMs ? "" : ` and ${Math.ceil(snapshotMs(world))} ms for snapshots`
  const healing = `${options.livenessTimeouts} election timeouts${forSnapshots} after everything was healed`
  const stuck = clients
    .filter((client) => client.current !== null)
    .map((client) => `client ${client.id} (${client.current!.kind} at S${client.node})`)
  const unanswered = world.nodeIds.reduce((count, id) => count + world.waitingAt(id).length, 0)
  if (!views.some((view) => view.role === "leader")) world.fail("liveness", `no leader ${healing}`)
  else if (stuck.length > 0 || unanswered > 0) {
    world.fail("liveness", `${stuck.join(", ") || "nobody"} still waits, with ${unanswered} requests unanswered, ${healing}`)
  } else if (coverage.writes < options.writesMin) {
    world.fail("load", `only ${coverage.writes} writes were acknowledged; a run with fewer than ${options.writesMin} proves nothing`)
  } else world.fail("liveness", `the servers have not converged ${healing}`)
}

function describeNode(view: NodeView): string {
  const { id, life, role, term, votedFor, commitIndex, appliedIndex, snapshotIndex, base, lastIndex } = view
  return `  S${id} life ${life}: ${role} of term ${term}, voted ${votedFor}, log ${base.index + 1}..${lastIndex}, committed ${commitIndex}, applied ${appliedIndex}, snapshot ${snapshotIndex}`
}
