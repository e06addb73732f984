/**
 * A whole cluster in one thread: production replicas over a simulated network, disk and clock, with clients, faults and checkers, from one
 * seed.
 *
 * The world is plain data. `step` takes the next event in time; everything that it leads to is scheduled as later events. `clone` shares
 * all structure and copies a node only when one of the worlds moves it, so forks cost microseconds. Nothing here draws from anything but
 * the seed and the ids of what is concerned: the same options give the same run, and the same hash, anywhere.
 */

import {
  bootstrapConfiguration,
  emptyConfiguration,
  hashBytes,
  hashValue,
  type Configuration,
  type Message,
  type NodeId,
} from "../core/index.ts"
import type { Effects, Outcome, ReadResult, ReplicaEvent, ReplicaOptions } from "../replica/index.ts"
import type { DiskLane, DiskRequest, StorageIdentity } from "../storage/index.ts"
import { decodeMessage, encodeMessage } from "../wire/index.ts"
import { production, type Build } from "./build.ts"
import {
  checkStep,
  cloneCheckerStates,
  createCheckerStates,
  type Applied,
  type CheckerStates,
  type ClientEvent,
  type DurableView,
  type NodeView,
  type Restored,
  type Violation,
} from "./checkers/index.ts"
import { beginOperation, createClient, onAnswer, onSilence, requestOf, thinkMs, type Client, type Move } from "./client.ts"
import { createClock, localTime, worldTime } from "./clock.ts"
import { countObservation, createCoverage, type Coverage } from "./coverage.ts"
import { crashDisk, enqueue, finish, start } from "./disk-lanes.ts"
import { EventQueue } from "./event-queue.ts"
import { gapBefore, strike, type Action } from "./faults.ts"
import { calmNetwork, fateOf, isCut, type Cut, type NetworkOptions } from "./network.ts"
import { ObservedMachine, type JournalRecord } from "./observed-machine.ts"
import { calmOptions, type DiskOptions, type WorldOptions } from "./options.ts"
import { between, chance, draw, purposes } from "./randomness.ts"
import { SimulatedNode, summarize, type Waiting } from "./simulated-node.ts"
import { registerWorkload, type Workload } from "./workload.ts"
import type { WorldEvent } from "./world-event.ts"

const clusterId = "0a12c10c0a12c10c"

export class World {
  readonly options: WorldOptions
  readonly build: Build
  readonly workload: Workload
  /** World time in milliseconds. */
  now = 0
  eventNumber = 0
  /** The first broken rule; a world that has one goes no further. */
  violation: Violation | null = null
  /** No more faults: what was cut, down or full works again. */
  healed = false
  /** Clients finish what they began and begin nothing new. */
  quiet = false
  /** The clients as they were when the world was healed. */
  clientsWhenHealed: readonly Client[] = []
  coverage: Coverage = createCoverage()
  clients: readonly Client[] = []
  /** The latest events, for the report of a failure; overwritten in a ring. */
  recent: readonly WorldEvent[] = []
  #nodes: SimulatedNode[] = []
  #views: readonly NodeView[] | null = null
  #cuts: readonly Cut[] = []
  #queue = new EventQueue<WorldEvent>()
  #checkers: CheckerStates = createCheckerStates()
  /** What this world may change; a fork gives both worlds new tokens. */
  #token: object = {}
  #ownsCheckers = true
  /** Shared by all forks: empty between steps. */
  readonly #journal: JournalRecord[]
  #clientEvents: ClientEvent[] = []
  #stillSince = 0

  /** A world whose nodes start at once. `build` and `workload` are not part of the plain options: a replay must name the same ones. */
  static create(options: WorldOptions, build: Build = production, workload: Workload = registerWorkload): World {
    const world = new World(options, build, workload, [])
    for (let id = 1; id <= options.nodes + options.spares; id++) {
      world.#nodes.push(new SimulatedNode(id, world.#token))
      world.#queue.add(0, { kind: "act", action: { kind: "restart", node: id } })
    }
    const clients: Client[] = []
    for (let id = 1; id <= options.clients.count; id++) {
      clients.push(createClient(id, options.seed, options.clients, world.nodeIds))
      world.#queue.add(id, { kind: "think", client: id })
    }
    world.clients = clients
    for (const [position, plan] of options.faults.entries()) {
      world.#queue.add(gapBefore(plan, position, 0, options.seed), { kind: "strike", plan: position, number: 0 })
    }
    return world
  }

  private constructor(options: WorldOptions, build: Build, workload: Workload, journal: JournalRecord[]) {
    this.options = options
    this.build = build
    this.workload = workload
    this.#journal = journal
  }

  get nodeIds(): readonly NodeId[] {
    return this.#nodes.map((node) => node.id)
  }

  /** What an all-seeing observer finds on the servers that are up, by id. */
  get views(): readonly NodeView[] {
    this.#views ??= this.#nodes.filter((node) => node.isUp).map((node) => node.view)
    return this.#views
  }

  /** Requests that no replica has answered yet, oldest first per node. */
  get waiting(): readonly Waiting[] {
    return this.#nodes.flatMap((node) => [...node.waiting.values()])
  }

  get cuts(): readonly Cut[] {
    return this.#cuts
  }

  /** What happens next, or null if nothing ever will. */
  peek(): { readonly at: number; readonly event: WorldEvent } | null {
    const queued = this.#queue.peek()
    const node = this.#nextToRun()
    // A node that is due goes before what arrives at the same moment.
    if (node !== null && (queued === undefined || node.runAt <= queued.at)) {
      return { at: Math.max(this.now, node.runAt), event: { kind: "run", node: node.id } }
    }
    return queued === undefined ? null : { at: queued.at, event: queued.event }
  }

  /** Lets the next event happen and all checkers look at it. Null if nothing is left to happen, or a rule is broken. */
  step(): WorldEvent | null {
    const next = this.violation === null ? this.peek() : null
    if (next === null) return null
    const { at, event } = next
    if (event.kind !== "run") this.#queue.take()
    this.#stillSince = at > this.now ? 0 : this.#stillSince + 1
    this.now = at
    this.eventNumber += 1
    this.recent = [...this.recent.slice(-(recentMax - 1)), event]
    this.#happen(event)
    if (this.#stillSince > stillMax) this.fail("progress", `time stands still: ${stillMax} events at ${this.now} ms`)
    if (this.#clientEvents.length > 0) this.#check(null, [])
    return event
  }

  /** Does something to the world now, as a strike or a script would. */
  act(action: Action): void {
    switch (action.kind) {
      case "crash":
        this.#crash(action.node, action.powerLoss)
        return
      case "restart":
        this.#start(action.node)
        return
      case "pause": {
        const node = this.#own(action.node)
        node.busyUntil = Math.max(node.busyUntil, this.now + action.forMs)
        this.coverage.pauses += 1
        return
      }
      case "cut":
        this.#cuts = [...this.#cuts, { fault: action.fault, from: action.from, to: action.to }]
        this.coverage.cuts += 1
        return
      case "heal":
        this.#cuts = this.#cuts.filter((cut) => cut.fault !== action.fault)
        return
      case "fillDisk":
        this.#own(action.node).diskFullUntil = this.now + action.forMs
        this.coverage.fullDisks += 1
        return
      case "transferLeadership":
        this.#request(action.node, operator, (id) => ({ kind: "transferLeadership", id, to: action.to }))
        return
      case "takeSnapshot":
        this.#request(action.node, operator, (id) => ({ kind: "takeSnapshot", id }))
        return
      default:
        action satisfies never
    }
  }

  /** Ends all faults, and brings every server back: the liveness phase. */
  heal(): void {
    this.healed = true
    this.clientsWhenHealed = this.clients
    this.#cuts = []
    for (const { id } of this.#nodes) {
      const node = this.#own(id)
      node.diskFullUntil = 0
      node.busyUntil = Math.min(node.busyUntil, this.now)
      if (!node.isUp) this.#start(id)
    }
  }

  /** Notes a broken rule; the first one stays. */
  fail(checker: string, reason: string): void {
    this.violation ??= { checker, reason }
  }

  /** The hash of a server's replicated state (machine, sessions, clock), and how far it has applied. Null while it is down. */
  replicatedOf(id: NodeId): { readonly appliedIndex: number; readonly hash: number } | null {
    const { replica } = this.#node(id)
    return replica === null ? null : { appliedIndex: replica.lastApplied, hash: replica.replicatedHash() }
  }

  /** What a server's disk would give back if power failed now and nothing unsynced survived. Null if recovery refuses it. */
  durable(id: NodeId): DurableView | null {
    const disk = this.#node(id).disk.clone()
    disk.loseEverythingUnsynced()
    return this.build.durable(disk.reader(), this.#identity(id))
  }

  /** An independent copy. Both go on alike, and neither sees what happens to the other. */
  clone(): World {
    const copy = new World(this.options, this.build, this.workload, this.#journal)
    copy.now = this.now
    copy.eventNumber = this.eventNumber
    copy.violation = this.violation
    copy.healed = this.healed
    copy.quiet = this.quiet
    copy.clientsWhenHealed = this.clientsWhenHealed
    copy.coverage = { ...this.coverage }
    copy.clients = this.clients
    copy.recent = this.recent
    copy.#nodes = this.#nodes.slice()
    copy.#cuts = this.#cuts
    copy.#queue = this.#queue.clone()
    copy.#checkers = this.#checkers
    copy.#stillSince = this.#stillSince
    this.#token = {}
    this.#ownsCheckers = false
    copy.#ownsCheckers = false
    return copy
  }

  /** An unsigned 32-bit hash of everything that decides how this world goes on. Slow: it reads every byte of every disk. */
  hash(): number {
    let hash = hashValue(0, [this.now, this.eventNumber, this.healed, this.quiet, this.#cuts, this.clients])
    for (const node of this.#nodes) {
      hash = hashValue(hash, [node.life, node.isUp, node.busyUntil, node.wakeAt, node.inbox, node.waiting, node.lanes, node.sent])
      if (node.replica !== null) hash = hashValue(hash, node.replica.hash())
      for (const { file, written, durable } of node.disk.files()) {
        hash = hashBytes(hashValue(hash, file), written)
        hash = durable === null ? hashValue(hash, null) : hashBytes(hash, durable)
      }
    }
    for (const { at, event } of this.#queue.inOrder()) hash = hashValue(hashValue(hash, at), event)
    return hash
  }

  // ── What happens ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #happen(event: WorldEvent): void {
    switch (event.kind) {
      case "run":
        this.#run(event.node)
        return
      case "deliver":
        this.#deliver(event)
        return
      case "disk":
        if (this.#isLife(event.node, event.life)) this.#finishDisk(event.node, event.lane)
        return
      case "hint":
        if (this.#isLife(event.node, event.life)) this.#give(event.node, { kind: "unreachable", peer: event.peer })
        return
      case "think": {
        const client = this.#client(event.client)
        if (!this.quiet && client.current === null) this.#move(beginOperation(client, this.options.seed, this.options.clients, this.now))
        return
      }
      case "send": {
        const client = this.#client(event.client)
        if (client.current !== null && client.attempt === event.attempt) this.#send(client)
        return
      }
      case "request":
        this.#onRequest(event.client, event.attempt, event.node)
        return
      case "answer": {
        const client = this.#client(event.client)
        if (client.attempt !== event.attempt) return
        if (event.answer.kind === "failed") this.fail("reads", `a read failed: ${event.answer.message}`)
        this.#move(onAnswer(client, event.answer, event.opening, this.now, this.workload))
        return
      }
      case "silence":
        this.#onSilence(event.client, event.attempt)
        return
      case "strike":
        this.#strike(event.plan, event.number)
        return
      case "act":
        if (!this.healed || event.action.kind === "restart") this.act(event.action)
        return
      default:
        event satisfies never
    }
  }

  #strike(position: number, number: number): void {
    if (this.healed) return
    const { seed, faults } = this.options
    const plan = faults[position]!
    const leaders = this.views.filter((view) => view.role === "leader").map((view) => view.id)
    const { actions, after, lastsMs } = strike(plan, position, number, seed, { nodes: this.nodeIds, leaders })
    for (const action of actions) this.act(action)
    for (const action of after) this.#queue.add(this.now + lastsMs, { kind: "act", action })
    this.#queue.add(this.now + gapBefore(plan, position, number + 1, seed), { kind: "strike", plan: position, number: number + 1 })
  }

  // ── Processes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #start(id: NodeId): void {
    if (this.#node(id).isUp) return
    const node = this.#own(id)
    const { seed, clockDrift } = this.options
    node.life += 1
    node.clock = createClock(seed, id, node.life, clockDrift)
    node.lastLocal = localTime(node.clock, this.now)
    const machine = new ObservedMachine(this.workload.createMachine(), this.#journal, this.workload.hashEvery)
    try {
      node.replica = this.build.open(node.disk.reader(), this.#replicaOptions(node), machine, this.#bootstrap(id), node.lastLocal)
    } catch (error) {
      this.fail("recovery", `server ${id} could not start for the ${node.life}. time: ${String(error)}`)
      return
    }
    this.#views = null
    if (node.life > 1) this.coverage.restarts += 1
    this.#run(id)
  }

  #crash(id: NodeId, powerLoss: boolean): void {
    if (!this.#node(id).isUp) return
    const node = this.#own(id)
    const waiting = node.waiting
    const loss = crashDisk(node, powerLoss, this.now, this.options.seed)
    node.loseProcess()
    this.#views = null
    this.coverage.crashes += 1
    if (loss !== null) {
      this.coverage.powerLosses += 1
      this.coverage.tornWrites += loss.torn
      this.coverage.lostWrites += loss.vanished
    }
    // Clients see their connections break.
    for (const { client, attempt } of waiting.values()) {
      if (client !== 0) this.#queue.add(this.now + this.#clientLatency(client, attempt, 2), { kind: "silence", client, attempt })
    }
  }

  /** Something for a node: looked at now, or when it has time. */
  #give(id: NodeId, event: ReplicaEvent): void {
    if (!this.#node(id).isUp) return
    const node = this.#own(id)
    node.inbox.push(event)
    if (node.busyUntil <= this.now) this.#run(id)
  }

  #run(id: NodeId): void {
    const node = this.#own(id)
    const { replica } = node
    if (replica === null) return
    const events: readonly ReplicaEvent[] = node.inbox.length > 0 ? node.inbox : [{ kind: "wake" }]
    node.inbox = []
    // World time and back again may lose the last bit: who is woken for a deadline must see it reached.
    const due = this.now >= node.wakeAt ? replica.deadline : -Infinity
    node.lastLocal = Math.max(node.lastLocal, localTime(node.clock, this.now), due)
    node.steps += 1
    let effects: Effects
    try {
      effects = replica.step(node.lastLocal, events)
    } catch (error) {
      this.fail("replica", `server ${id} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      return
    }
    node.wakeAt = worldTime(node.clock, replica.deadline)
    const { busyMsMax, seed } = this.options
    if (busyMsMax > 0) node.busyUntil = this.now + between(0, busyMsMax, seed, purposes.stepBusy, id, node.steps)
    this.#check(node, effects.messages)
    node.summary = summarize(node.view)
    this.#perform(node, effects)
  }

  #perform(node: SimulatedNode, effects: Effects): void {
    for (const observation of effects.observations) countObservation(this.coverage, observation)
    for (const request of effects.disk) this.#startDisk(node, request)
    for (const message of effects.messages) this.#transmit(node, message)
    for (const outcome of effects.outcomes) this.#answer(node, outcome)
    for (const result of effects.reads) this.#answer(node, result)
    if (effects.halted === null) return
    if (!node.syncFailed) {
      this.fail("halt", `server ${node.id} halted: ${effects.halted}`)
      return
    }
    // After a failed sync the machine is started anew, with whatever its disk really holds.
    this.coverage.halts += 1
    this.#crash(node.id, true)
    this.#queue.add(this.now + 100, { kind: "act", action: { kind: "restart", node: node.id } })
  }

  #check(node: SimulatedNode | null, sent: readonly Message[]): void {
    if (!this.#ownsCheckers) {
      this.#checkers = cloneCheckerStates(this.#checkers)
      this.#ownsCheckers = true
    }
    const clients = this.#clientEvents
    this.#clientEvents = []
    const view = node?.view ?? null
    const changedFrom = node === null ? 0 : node.mirror.update(node.view, this.eventNumber % 256 === 0)
    const violation = checkStep(this.#checkers, {
      eventNumber: this.eventNumber,
      now: this.now,
      node: view,
      before: node?.summary ?? null,
      changedFrom,
      nodes: this.views,
      journal: this.#takeJournal(view),
      sent,
      clients,
      durable: (id) => this.durable(id),
      sample: draw(this.options.seed, purposes.durabilitySample, this.eventNumber),
    })
    if (violation !== null) this.fail(violation.checker, violation.reason)
  }

  #takeJournal(view: NodeView | null): (Applied | Restored)[] {
    const records = this.#journal.splice(0)
    return records.map((record, position) => {
      if (record.kind === "applied") return { ...record, ...this.workload.explain(record.command, record.result) }
      // A snapshot ends before the first command that is applied on top of it.
      const next = records[position + 1]
      return { ...record, index: next?.kind === "applied" ? next.index - 1 : (view?.appliedIndex ?? 0) }
    })
  }

  // ── Disks ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #startDisk(node: SimulatedNode, request: DiskRequest): void {
    if (enqueue(node, request)) this.#startLane(node, request.lane)
  }

  #startLane(node: SimulatedNode, lane: DiskLane): void {
    const { seed } = this.options
    const options = this.#diskOptions
    const latencyMs = start(node, lane, options, seed, this.now)
    this.#queue.add(this.now + latencyMs, { kind: "disk", node: node.id, life: node.life, lane })
    if (!chance(options.crashRate, seed, purposes.crashPoint, node.id, node.diskRequests)) return
    const at = this.now + latencyMs * between(0, 1, seed, purposes.crashPointDelay, node.id, node.diskRequests)
    const powerLoss = chance(0.7, seed, purposes.powerLoss, node.id, node.diskRequests, 1)
    const downMs = between(10, 500, seed, purposes.crashPointDelay, node.id, node.diskRequests, 1)
    this.#queue.add(at, { kind: "act", action: { kind: "crash", node: node.id, powerLoss } })
    this.#queue.add(at + downMs, { kind: "act", action: { kind: "restart", node: node.id } })
  }

  #finishDisk(id: NodeId, lane: DiskLane): void {
    const node = this.#own(id)
    try {
      const completion = finish(node, lane, this.#diskOptions, this.options.seed, this.now)
      if (node.lanes[lane].requests.length > 0) this.#startLane(node, lane)
      this.#give(id, { kind: "disk", completion })
    } catch (error) {
      this.fail("disk", `server ${id} asked its disk for what no disk can do: ${String(error)}`)
    }
  }

  // ── The network ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #transmit(node: SimulatedNode, message: Message): void {
    const { id } = node
    if (message.from !== id || message.to === id || this.#nodes[message.to - 1] === undefined) {
      this.fail("messages", `server ${id} sent a ${message.kind} from ${message.from} to ${message.to}`)
      return
    }
    const { to } = message
    const number = (node.sent[to] ?? 0) + 1
    node.sent[to] = number
    const { seed } = this.options
    const options = this.#networkOptions
    const blocked = isCut(this.#cuts, id, to) || !this.#node(to).isUp
    if (blocked && chance(options.unreachableHintRate, seed, purposes.unreachableHint, id, to, number)) {
      const delayMs = between(0.2, 20, seed, purposes.hintLatency, id, to, number)
      this.#queue.add(this.now + delayMs, { kind: "hint", node: id, life: node.life, peer: to })
    }
    if (blocked) return
    const fate = fateOf(options, seed, id, to, number)
    if (fate.length === 0) {
      this.coverage.dropped += 1
      return
    }
    if (fate.length > 1) this.coverage.duplicated += 1
    const frame = encodeMessage(message, 0)
    for (const [copy, delayMs] of fate.entries()) {
      let at = this.now + delayMs
      if (options.ordered && copy === 0) {
        at = Math.max(at, node.arrivals[to] ?? 0)
        node.arrivals[to] = at
      }
      this.#queue.add(at, { kind: "deliver", from: id, to, number, frame })
    }
  }

  #deliver(event: WorldEvent & { kind: "deliver" }): void {
    if (isCut(this.#cuts, event.from, event.to)) return
    this.coverage.delivered += 1
    this.#give(event.to, { kind: "message", message: decodeMessage(event.frame).message })
  }

  // ── Clients ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #move(move: Move): void {
    const { client, events, next } = move
    const { seed, clients: options } = this.options
    this.clients = this.clients.with(client.id - 1, client)
    this.#clientEvents.push(...events)
    for (const event of events) if (event.kind === "written") this.coverage.writes += 1
    for (const event of events) if (event.kind === "read") this.coverage.reads += 1
    if (next === "send") this.#send(client)
    else if (next === "sendLater") {
      // The attempt is over: a late answer to it no longer counts.
      const later = { ...client, attempt: client.attempt + 1 }
      this.clients = this.clients.with(client.id - 1, later)
      const pauseMs = between(1, 60, seed, purposes.clientRetries, client.id, later.attempt, 1)
      this.#queue.add(this.now + pauseMs, { kind: "send", client: client.id, attempt: later.attempt })
    } else if (next === "think") this.#queue.add(this.now + thinkMs(client, seed, options), { kind: "think", client: client.id })
  }

  #send(client: Client): void {
    const attempt = client.attempt + 1
    this.clients = this.clients.with(client.id - 1, { ...client, attempt })
    this.#queue.add(this.now + this.#clientLatency(client.id, attempt, 0), {
      kind: "request",
      client: client.id,
      attempt,
      node: client.node,
    })
    this.#queue.add(this.now + this.options.clients.timeoutMs, { kind: "silence", client: client.id, attempt })
  }

  #onRequest(clientId: number, attempt: number, id: NodeId): void {
    const client = this.#client(clientId)
    // The client has gone on: what it sent may still arrive, but then nobody waits; left out, as a closed connection would.
    if (client.attempt !== attempt || client.current === null) return
    if (!this.#node(id).isUp) {
      this.#queue.add(this.now + this.#clientLatency(clientId, attempt, 1), { kind: "silence", client: clientId, attempt })
      return
    }
    const opening = client.current.inSession && client.sessionId === 0
    this.#request(id, { client: clientId, attempt, opening }, (requestId) => requestOf(client, requestId, this.workload))
  }

  #request(id: NodeId, waiting: Waiting, eventOf: (requestId: number) => ReplicaEvent): void {
    if (!this.#node(id).isUp) return
    const node = this.#own(id)
    const requestId = node.nextRequestId++
    node.waiting.set(requestId, waiting)
    this.#give(id, eventOf(requestId))
  }

  #answer(node: SimulatedNode, answer: Outcome | ReadResult): void {
    const waiting = node.waiting.get(answer.id)
    if (waiting === undefined) {
      this.fail(
        "answers",
        `server ${node.id} answered request ${answer.id} (${answer.kind}), which nobody asked or which was answered before`,
      )
      return
    }
    node.waiting.delete(answer.id)
    const { client, attempt, opening } = waiting
    if (client === 0) return
    if (!this.healed && chance(this.options.clients.lossRate, this.options.seed, purposes.clientLoss, client, attempt)) return
    const at = this.now + this.#clientLatency(client, attempt, 1)
    this.#queue.add(at, { kind: "answer", client, attempt, opening, answer })
  }

  #onSilence(clientId: number, attempt: number): void {
    const client = this.#client(clientId)
    if (client.attempt !== attempt || client.current === null) return
    const node = this.#node(client.node)
    const asked = [...node.waiting].find(([, waiting]) => waiting.client === clientId && waiting.attempt === attempt)
    const opening = client.current.inSession && client.sessionId === 0
    // A shell whose caller is gone says so; the replica answers "unknown" and nobody listens.
    if (asked !== undefined) this.#give(client.node, { kind: "cancel", ids: [asked[0]] })
    this.#move(onSilence(client, opening, this.options.seed, this.nodeIds, this.now))
  }

  // ── Helpers ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #nextToRun(): SimulatedNode | null {
    let first: SimulatedNode | null = null
    for (const node of this.#nodes) if (node.runAt < (first?.runAt ?? Infinity)) first = node
    return first
  }

  #node(id: NodeId): SimulatedNode {
    return this.#nodes[id - 1]!
  }

  /** The node, as one that this world may change. */
  #own(id: NodeId): SimulatedNode {
    const node = this.#node(id)
    if (node.owner === this.#token) return node
    const copy = node.clone(this.#token)
    this.#nodes[id - 1] = copy
    this.#views = null
    return copy
  }

  #client(id: number): Client {
    return this.clients[id - 1]!
  }

  #isLife(id: NodeId, life: number): boolean {
    const node = this.#node(id)
    return node.isUp && node.life === life
  }

  get #networkOptions(): NetworkOptions {
    return this.healed ? calmNetwork : this.options.network
  }

  get #diskOptions(): DiskOptions {
    return this.healed ? { ...calmOptions.disk, lieRate: this.options.disk.lieRate } : this.options.disk
  }

  #clientLatency(client: number, attempt: number, leg: number): number {
    return between(0.1, 2, this.options.seed, purposes.clientLatency, client, attempt, leg)
  }

  #identity(id: NodeId): StorageIdentity {
    const incarnation = draw(this.options.seed, purposes.incarnation, id).toString(16).padStart(16, "0")
    return { clusterId, groupId: 0, nodeId: id, incarnation }
  }

  #bootstrap(id: NodeId): Configuration {
    return id <= this.options.nodes ? firstConfiguration(this.options.nodes) : emptyConfiguration
  }

  #replicaOptions({ id, life }: SimulatedNode): ReplicaOptions {
    const { seed, raft, replica } = this.options
    return {
      ...replica,
      raft: { ...raft, id, seed: draw(seed, purposes.replicaSeed, id, life) },
      identity: this.#identity(id),
      bootId: draw(seed, purposes.bootId, id, life),
      cloneable: true,
    }
  }
}

const operator: Waiting = { client: 0, attempt: 0, opening: false }
/** Events kept for the report of a failure. */
const recentMax = 24
/** Events at one moment, above which something asks to be woken over and over. */
const stillMax = 10_000

function firstConfiguration(nodes: number): Configuration {
  const ids = Array.from({ length: nodes }, (_, position) => position + 1)
  return bootstrapConfiguration(ids.map((id) => ({ id, name: `S${id}`, peerAddress: `s${id}:1`, clientAddress: `s${id}:2` })))
}
