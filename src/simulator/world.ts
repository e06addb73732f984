/**
 * A whole cluster in one thread: production replicas over a simulated network, disk and clock, with clients, faults and checkers, from one
 * seed.
 *
 * `step` takes the next event in time; everything that it leads to is scheduled as later events. `clone` shares all structure and copies a
 * node only when one of the worlds moves it, so forks cost microseconds. Nothing here draws from anything but the seed and the ids of what
 * is concerned: the same options give the same run, and the same hash, anywhere.
 */

import { hashBytes, hashValue, type NodeId } from "../core/index.ts"
import { decodeMessage } from "../wire/index.ts"
import { production, type Build } from "./build.ts"
import { createCheckerStates, type DurableView, type NodeView, type Violation } from "./checkers/index.ts"
import { ask, fallSilent, operator, reachClient, reachServer, sendAgain, think } from "./client-traffic.ts"
import { createClient, type Client } from "./client.ts"
import { createCoverage, type Coverage } from "./coverage.ts"
import { EventQueue } from "./event-queue.ts"
import { gapBefore, strike, type Action } from "./faults.ts"
import { identityOf } from "./identity.ts"
import { durableState, inspect } from "./inspection.ts"
import { keyValueWorkload } from "./key-value-workload.ts"
import { isCut, type Cut } from "./network.ts"
import type { WorldOptions } from "./options.ts"
import { crash, finishDisk, give, run, startProcess } from "./processes.ts"
import { SimulatedNode, type Waiting } from "./simulated-node.ts"
import { registerWorkload, type Workload } from "./workload.ts"
import type { WorldEvent } from "./world-event.ts"
import { fail, isAlive, nodeOf, own, schedule, viewsOf, type WorldState } from "./world-state.ts"

export class World {
  readonly #state: WorldState

  /**
   * A world whose servers are about to start. `build` and `workload` are code, so they are not part of the plain options: a replay must name the
   * same ones.
   */
  static create(options: WorldOptions, build: Build = production, workload: Workload = workloads[options.workload]): World {
    return new World(createState(options, build, workload))
  }

  private constructor(state: WorldState) {
    this.#state = state
  }

  get options(): WorldOptions {
    return this.#state.options
  }

  /** World time in milliseconds. */
  get now(): number {
    return this.#state.now
  }

  /** How many events have happened. */
  get eventNumber(): number {
    return this.#state.eventNumber
  }

  /** The first broken rule; a world that has one goes no further. */
  get violation(): Violation | null {
    return this.#state.violation
  }

  /** Whether `heal` was called. */
  get isHealed(): boolean {
    return this.#state.healed
  }

  /** Whether `quieten` was called. */
  get isQuiet(): boolean {
    return this.#state.quiet
  }

  get coverage(): Readonly<Coverage> {
    return this.#state.coverage
  }

  get clients(): readonly Client[] {
    return this.#state.clients
  }

  /** The clients as they were when the world was healed. */
  get clientsWhenHealed(): readonly Client[] {
    return this.#state.clientsWhenHealed
  }

  /** The latest events, oldest first. */
  get recent(): readonly WorldEvent[] {
    return this.#state.recent
  }

  get nodeIds(): readonly NodeId[] {
    return this.#state.nodes.map((node) => node.id)
  }

  /** What an all-seeing observer finds on the servers that are up, by id. */
  get views(): readonly NodeView[] {
    return viewsOf(this.#state)
  }

  /** Requests that a server has not answered yet. */
  waitingAt(id: NodeId): readonly Waiting[] {
    return [...nodeOf(this.#state, id).waiting.values()]
  }

  get cuts(): readonly Cut[] {
    return this.#state.cuts
  }

  /** What happens next, or null if nothing ever will. */
  peek(): { readonly at: number; readonly event: WorldEvent } | null {
    const { queue, nodes, now } = this.#state
    const queued = queue.peek()
    let first: SimulatedNode | null = null
    let runAt = Infinity
    for (const node of nodes) {
      if (node.runAt >= runAt) continue
      first = node
      runAt = node.runAt
    }
    // A server that is due goes before what arrives at the same moment.
    if (first !== null && (queued === undefined || runAt <= queued.at)) {
      return { at: Math.max(now, runAt), event: { kind: "run", node: first.id } }
    }
    return queued === undefined ? null : { at: queued.at, event: queued.event }
  }

  /** Lets the next event happen and all checkers look at it. Null if nothing is left to happen, or a rule is broken. */
  step(): WorldEvent | null {
    const state = this.#state
    const next = state.violation === null ? this.peek() : null
    if (next === null) return null
    const { at, event } = next
    if (event.kind !== "run") state.queue.take()
    state.stillSince = at > state.now ? 0 : state.stillSince + 1
    state.now = at
    state.eventNumber += 1
    state.recent = [...state.recent.slice(1 - recentMax), event]
    happen(state, event)
    if (state.stillSince > stillMax) fail(state, "progress", `time stands still: ${stillMax} events at ${state.now} ms`)
    if (state.clientEvents.length > 0) inspect(state, null, [])
    return event
  }

  /** Does something to the world now, as a strike or a script would. */
  act(action: Action): void {
    act(this.#state, action)
  }

  /** Ends all faults and brings every server back: the liveness phase begins. */
  heal(): void {
    const state = this.#state
    state.healed = true
    state.clientsWhenHealed = state.clients
    state.cuts = []
    for (const { id } of state.nodes) {
      const node = own(state, id)
      node.diskFullUntil = 0
      node.busyUntil = Math.min(node.busyUntil, state.now)
      startProcess(state, id)
    }
  }

  /** From here on clients finish what they began and begin nothing new. */
  quieten(): void {
    this.#state.quiet = true
  }

  /** Notes a broken rule; the first one stays. */
  fail(checker: string, reason: string): void {
    fail(this.#state, checker, reason)
  }

  /** The hash of a server's replicated state (machine, sessions, clock), and how far it has applied. Null while it is down. */
  replicatedOf(id: NodeId): { readonly appliedIndex: number; readonly hash: number } | null {
    const { replica } = nodeOf(this.#state, id)
    return replica === null ? null : { appliedIndex: replica.lastApplied, hash: replica.replicatedHash() }
  }

  /** What a server's disk would give back if power failed now and nothing unsynced survived. Null if recovery refuses it. */
  durable(id: NodeId): DurableView | null {
    return durableState(this.#state, id)
  }

  /** An independent copy. Both go on alike, and neither sees what happens to the other. */
  clone(): World {
    const state = this.#state
    state.token = {}
    state.ownsCheckers = false
    return new World({
      ...state,
      token: {},
      views: null,
      coverage: { ...state.coverage },
      nodes: state.nodes.slice(),
      queue: state.queue.clone(),
      clientEvents: [],
    })
  }

  /** An unsigned 32-bit hash of everything that decides how this world goes on. Slow: it reads every byte of every disk. */
  hash(): number {
    const { now, eventNumber, healed, quiet, cuts, clients, nodes, queue } = this.#state
    let hash = hashValue(0, [now, eventNumber, healed, quiet, cuts, clients])
    for (const node of nodes) {
      hash = hashValue(hash, [node.life, node.isUp, node.busyUntil, node.wakeAt, node.inbox, node.waiting, node.lanes, node.sent])
      if (node.replica !== null) hash = hashValue(hash, node.replica.hash())
      for (const { file, written, durable } of node.disk.files()) {
        hash = hashBytes(hashValue(hash, file), written)
        hash = durable === null ? hashValue(hash, null) : hashBytes(hash, durable)
      }
    }
    for (const { at, event } of queue.inOrder()) hash = hashValue(hashValue(hash, at), event)
    return hash
  }
}

const workloads: Readonly<Record<WorldOptions["workload"], Workload>> = { registers: registerWorkload, keyValue: keyValueWorkload }

/** Events kept for the report of a failure. */
const recentMax = 24
/** Events at one moment, above which something asks to be woken over and over. */
const stillMax = 10_000

function createState(options: WorldOptions, build: Build, workload: Workload): WorldState {
  const token = {}
  const nodes = Array.from({ length: options.nodes + options.spares }, (_, position) => new SimulatedNode(position + 1, token))
  const ids = nodes.map(({ id }) => id)
  const queue = new EventQueue<WorldEvent>()
  for (const id of ids) queue.add(0, { kind: "act", action: { kind: "restart", node: id } })
  const clients = Array.from({ length: options.clients.count }, (_, position) => createClient(position + 1, options, ids))
  for (const { id } of clients) queue.add(id, { kind: "think", client: id })
  for (const [position, plan] of options.faults.entries()) {
    queue.add(gapBefore(plan, position, 0, options.seed), { kind: "strike", plan: position, number: 0 })
  }
  return {
    options,
    build,
    workload,
    now: 0,
    eventNumber: 0,
    stillSince: 0,
    violation: null,
    healed: false,
    quiet: false,
    coverage: createCoverage(),
    clients,
    clientsWhenHealed: clients,
    recent: [],
    nodes,
    views: null,
    cuts: [],
    queue,
    checkers: createCheckerStates(),
    ownsCheckers: true,
    token,
    journal: [],
    clientEvents: [],
  }
}

function happen(state: WorldState, event: WorldEvent): void {
  switch (event.kind) {
    case "run":
      run(state, event.node)
      return
    case "deliver":
      if (isCut(state.cuts, event.from, event.to)) return
      state.coverage.delivered += 1
      give(state, event.to, { kind: "message", message: decodeMessage(event.frame).message })
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
      reachServer(state, event.client, event.attempt, event.node)
      return
    case "answer":
      reachClient(state, event.client, event.attempt, event.opening, event.answer)
      return
    case "silence":
      fallSilent(state, event.client, event.attempt)
      return
    case "strike":
      if (!state.healed) onStrike(state, event.plan, event.number)
      return
    case "act":
      if (!state.healed || event.action.kind === "restart") act(state, event.action)
      return
    default:
      event satisfies never
  }
}

function act(state: WorldState, action: Action): void {
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
    case "cut":
      state.cuts = [...state.cuts, { fault: action.fault, from: action.from, to: action.to }]
      coverage.cuts += 1
      return
    case "heal":
      state.cuts = state.cuts.filter((cut) => cut.fault !== action.fault)
      return
    case "fillDisk":
      own(state, action.node).diskFullUntil = state.now + action.forMs
      coverage.fullDisks += 1
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
    default:
      action satisfies never
  }
}

function onStrike(state: WorldState, position: number, number: number): void {
  const { seed, faults } = state.options
  const plan = faults[position]!
  const leaders = viewsOf(state).filter((view) => view.role === "leader")
  const { actions, after, lastsMs } = strike(plan, position, number, seed, {
    nodes: state.nodes.map(({ id }) => id),
    leaders: leaders.map(({ id }) => id),
    configuration: leaders.at(-1)?.configuration ?? null,
  })
  for (const action of actions) act(state, action)
  for (const action of after) schedule(state, lastsMs, { kind: "act", action })
  schedule(state, gapBefore(plan, position, number + 1, seed), { kind: "strike", plan: position, number: number + 1 })
}

/** Two servers shake hands, and learn which disk the other one runs on. */
function greet(state: WorldState, one: NodeId, other: NodeId): void {
  if (!nodeOf(state, one).isUp || !nodeOf(state, other).isUp || isCut(state.cuts, one, other) || isCut(state.cuts, other, one)) return
  const { seed } = state.options
  give(state, one, { kind: "peerIncarnation", peer: other, incarnation: identityOf(seed, other).incarnation })
  give(state, other, { kind: "peerIncarnation", peer: one, incarnation: identityOf(seed, one).incarnation })
}
