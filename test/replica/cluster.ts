// A miniature world for whole replicas: messages and disks that take a while, and that a test can cut, stall, fill and break. No dice: a
// test says what goes wrong. Nothing here waits for a clock; time jumps to the next thing that happens.

import {
  bootstrapConfiguration,
  defaultRaftOptions,
  type Configuration,
  type Member,
  type Message,
  type NodeId,
} from "../../src/core/index.ts"
import {
  defaultReplicaLimits,
  openReplica,
  type Effects,
  type Observation,
  type OnApplyError,
  type Outcome,
  type ReadConsistency,
  type ReadResult,
  type Replica,
  type ReplicaEvent,
  type ReplicaLimits,
  type SessionToken,
} from "../../src/replica/index.ts"
import { SimulatedDisk } from "../../src/simulator/disk/disk.ts"
import { recover, type DiskCompletion, type DiskLane, type DiskRequest, type StoredSnapshot } from "../../src/storage/index.ts"
import type { RefusalCode } from "../../src/wire/index.ts"
import { CounterMachine, text } from "./counter-machine.ts"

export type DiskTrouble = "none" | "stalled" | "full" | "failedSync"

export interface TestNode {
  readonly id: NodeId
  readonly disk: SimulatedDisk
  machine: CounterMachine
  replica: Replica | null
  boots: number
  trouble: DiskTrouble
  /** Requests that a lane is at, or that wait behind it. */
  readonly lanes: Record<DiskLane, DiskRequest[]>
  readonly observations: Observation[]
  halted: string | null
}

interface Due {
  readonly at: number
  readonly order: number
  readonly node: NodeId
  readonly life: number
  readonly event: ReplicaEvent
}

export interface ClusterOptions {
  readonly limits?: Partial<ReplicaLimits>
  readonly cloneable?: boolean
  readonly onApplyError?: OnApplyError
  readonly verifyEveryEntries?: number
  readonly raft?: Partial<typeof defaultRaftOptions>
  /** First members without which the cluster may begin; all of them if left out. */
  readonly beginWithout?: readonly NodeId[]
}

const messageMs = 1
const diskMs = 1
const turnsPerMomentMax = 1_000

export const memberOf = (id: NodeId): Member => ({ id, name: `n${id}`, peerAddress: `h${id}:1`, clientAddress: `h${id}:2` })

export class TestCluster {
  now = 1_000
  readonly nodes = new Map<NodeId, TestNode>()
  readonly outcomes = new Map<number, Outcome>()
  readonly reads = new Map<number, ReadResult>()
  /** Says which messages are lost. */
  isLost: (message: Message) => boolean = () => false
  /** Says which messages arrive a second time, so many milliseconds later; 0 for none. */
  repeatedAfter: (message: Message) => number = () => 0
  /** What the state machines that are started from here on say about themselves: see `StateMachine.appliedIndex`. */
  appliedIndexOfNext = 0
  /** Whether servers may halt: their state machines are told to. */
  mayHalt = false
  /** What is different about the core of one server, the operator's words to one, and the disk that one runs on. */
  readonly raftOf = new Map<NodeId, Partial<typeof defaultRaftOptions>>()
  readonly words = new Map<NodeId, readonly NodeId[]>()
  readonly incarnations = new Map<NodeId, string>()
  /** Whether they refuse every chunk of a snapshot. */
  refusesRestore = false
  readonly #options: ClusterOptions
  #due: Due[] = []
  #order = 0
  #nextId = 1

  /** Servers `bootstrap` form the cluster; others are started by `start` and wait to be added. */
  constructor(bootstrap: readonly NodeId[], options: ClusterOptions = {}) {
    this.#options = options
    const configuration = bootstrapConfiguration(bootstrap.map(memberOf))
    for (const id of bootstrap) this.start(id, configuration)
  }

  // Servers.

  /** Starts a server, on the disk that it left behind if it ran before. Throws what recovery throws. */
  start(id: NodeId, bootstrap: Configuration | null = null): TestNode {
    const node: TestNode = this.nodes.get(id) ?? {
      id,
      disk: new SimulatedDisk(),
      machine: new CounterMachine(),
      replica: null,
      boots: 0,
      trouble: "none",
      lanes: { log: [], snapshot: [] },
      observations: [],
      halted: null,
    }
    this.nodes.set(id, node)
    node.boots += 1
    node.machine = new CounterMachine(this.appliedIndexOfNext, this.refusesRestore)
    node.halted = null
    const options = {
      ...defaultReplicaLimits,
      ...this.#options.limits,
      raft: { ...defaultRaftOptions, ...this.#options.raft, ...this.raftOf.get(id), id, seed: id * 1_000 + node.boots },
      identity: { clusterId: "00000000000000c1", groupId: 0, nodeId: id, incarnation: this.incarnations.get(id) ?? "00000000000000aa" },
      bootId: node.boots,
      cloneable: this.#options.cloneable === true,
      // There are no connections here, so nobody is introduced but by `meet`.
      beginWithout: (this.words.get(id) ?? this.#options.beginWithout ?? bootstrap?.members.map((member) => member.id) ?? []).filter(
        (other) => other !== id,
      ),
      onApplyError: this.#options.onApplyError ?? "halt",
      verifyEveryEntries: this.#options.verifyEveryEntries ?? 0,
    }
    node.replica = openReplica(node.disk.reader(), options, node.machine, bootstrap, this.now)
    this.feed(id, { kind: "wake" })
    return node
  }

  /** Two servers shake hands. Returns what each holds against the other, the first one's refusal first. */
  meet(one: NodeId, other: NodeId): [RefusalCode | null, RefusalCode | null] {
    const called = (caller: NodeId, callee: NodeId): RefusalCode | null => {
      const introduction = this.replica(caller).introduce()
      const refusal = this.replica(callee).judgePeer(caller, introduction)
      this.feed(callee, { kind: "introduced", peer: caller, introduction, welcomedUs: false })
      if (refusal !== null) this.feed(caller, { kind: "refusedBy", peer: callee, refusal })
      else this.feed(caller, { kind: "introduced", peer: callee, introduction: this.replica(callee).introduce(), welcomedUs: true })
      return refusal?.code ?? null
    }
    return [called(other, one), called(one, other)]
  }

  /** Kills the process; with `power`, everything that was not synced is gone too. */
  crash(id: NodeId, power = true): void {
    const node = this.node(id)
    node.replica = null
    node.boots += 1
    node.lanes.log = []
    node.lanes.snapshot = []
    if (power) node.disk.loseEverythingUnsynced()
  }

  node(id: NodeId): TestNode {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`there is no node ${id}`)
    return node
  }

  replica(id: NodeId): Replica {
    const { replica } = this.node(id)
    if (replica === null) throw new Error(`node ${id} is down`)
    return replica
  }

  get running(): TestNode[] {
    return [...this.nodes.values()].filter((node) => node.replica !== null && node.halted === null)
  }

  /** The leader of the highest term, or null. */
  get leader(): NodeId | null {
    let best: NodeId | null = null
    let bestTerm = -1
    for (const { id, replica } of this.running) {
      const { role, term } = replica!.status()
      if (role === "leader" && term > bestTerm) {
        best = id
        bestTerm = term
      }
    }
    return best
  }

  /** What the newest snapshot on a server's disk is. */
  snapshotOf(id: NodeId): { latest: StoredSnapshot } {
    const { storedSnapshot } = recover(this.node(id).disk.reader(), null)
    if (storedSnapshot === null) throw new Error(`node ${id} has no snapshot`)
    return { latest: storedSnapshot }
  }

  // Time.

  /** Lets everything happen that is due within `ms`. */
  run(ms: number): void {
    const end = this.now + ms
    this.#runWhile(end, () => true)
    this.now = end
  }

  /** Runs until `isDone`, and throws if that takes more than `ms`. */
  until(isDone: () => boolean, ms = 10_000, what = String(isDone)): void {
    const end = this.now + ms
    this.#runWhile(end, () => !isDone())
    if (!isDone()) throw new Error(`not within ${ms} ms: ${what}`)
  }

  untilLeader(ms?: number): NodeId {
    const isSettled = (): boolean => {
      const { leader } = this
      if (leader === null) return false
      const status = this.replica(leader).status()
      return status.commitIndex > 0 && this.replica(leader).raft.entry(status.commitIndex).term === status.term
    }
    this.until(isSettled, ms, "a leader that has committed")
    return this.leader!
  }

  /** Runs until all of `ids` have applied everything that anyone of them has in its log. */
  untilEqual(ids: readonly NodeId[] = this.running.map(({ id }) => id), ms?: number): void {
    this.until(
      () => {
        const states = ids.map((id) => this.replica(id).status())
        return states.every(({ lastApplied }) => lastApplied === Math.max(...states.map(({ lastLogIndex }) => lastLogIndex)))
      },
      ms,
      "all have applied the same",
    )
  }

  #runWhile(end: number, wanted: () => boolean): void {
    let turns = 0
    while (wanted()) {
      // A server that wants to be woken for nothing would keep time from passing.
      const from = this.now
      if (++turns > turnsPerMomentMax) throw new Error(`${turns} turns without an end at ${this.now} ms`)
      const next = this.#nextMoment()
      if (next > end) {
        this.now = end
        return
      }
      this.now = Math.max(this.now, next)
      if (this.now > from) turns = 0
      const isNow = (due: Due): boolean => due.at <= this.now
      const batch = this.#due.filter(isNow).sort((a, b) => a.at - b.at || a.order - b.order)
      this.#due = this.#due.filter((due) => !isNow(due))
      for (const { node, life, event } of batch) if (this.node(node).boots === life) this.feed(node, event)
      for (const { id, replica } of this.running) if (replica!.deadline <= this.now) this.feed(id, { kind: "wake" })
    }
  }

  #nextMoment(): number {
    let next = Infinity
    for (const { at } of this.#due) next = Math.min(next, at)
    for (const { replica } of this.running) next = Math.min(next, replica!.deadline)
    return next
  }

  // Requests. Each returns its id; the answer turns up in `outcomes` or `reads`.

  propose(node: NodeId, command: string, session: SessionToken | null = null): number {
    const id = this.#nextId++
    this.feed(node, { kind: "propose", proposals: [{ id, command: text(command), session }] })
    return id
  }

  read(node: NodeId, name: string, consistency: ReadConsistency = "linearizable", minimumIndex = 0): number {
    const id = this.#nextId++
    this.feed(node, { kind: "read", reads: [{ id, query: name, consistency, minimumIndex }] })
    return id
  }

  ask(node: NodeId, make: (id: number) => ReplicaEvent): number {
    const id = this.#nextId++
    this.feed(node, make(id))
    return id
  }

  outcome(id: number, ms?: number): Outcome {
    this.until(() => this.outcomes.has(id), ms, `an outcome of ${id}`)
    return this.outcomes.get(id)!
  }

  answer(id: number, ms?: number): ReadResult {
    this.until(() => this.reads.has(id), ms, `an answer to ${id}`)
    return this.reads.get(id)!
  }

  // Events and effects.

  feed(id: NodeId, ...events: ReplicaEvent[]): Effects | null {
    const node = this.node(id)
    if (node.replica === null || node.halted !== null) return null
    const effects = node.replica.step(this.now, events)
    this.perform(node, effects)
    return effects
  }

  perform(node: TestNode, effects: Effects): void {
    node.observations.push(...effects.observations)
    node.halted = effects.halted
    // Only a disk or a state machine that a test broke may stop a server; anything else is a bug.
    if (effects.halted !== null && node.trouble !== "failedSync" && !this.mayHalt)
      throw new Error(`node ${node.id} halted: ${effects.halted}`)
    for (const outcome of effects.outcomes) {
      if (this.outcomes.has(outcome.id)) throw new Error(`a second outcome for ${outcome.id}`)
      this.outcomes.set(outcome.id, outcome)
    }
    for (const read of effects.reads) {
      if (this.reads.has(read.id)) throw new Error(`a second answer to read ${read.id}`)
      this.reads.set(read.id, read)
    }
    for (const message of effects.messages) this.#send(message)
    for (const request of effects.disk) {
      const lane = node.lanes[request.lane]
      lane.push(request)
      if (lane.length === 1) this.#startLane(node, request.lane)
    }
  }

  #send(message: Message): void {
    const target = this.nodes.get(message.to)
    if (target === undefined || this.isLost(message)) return
    const event: ReplicaEvent = { kind: "message", message }
    this.#schedule(target, messageMs, event)
    const repeated = this.repeatedAfter(message)
    if (repeated > 0) this.#schedule(target, repeated, event)
  }

  /** Performs the lane's next request, unless the disk stalls: then `mend` goes on with it. */
  #startLane(node: TestNode, lane: DiskLane): void {
    const request = node.lanes[lane][0]
    if (request === undefined || node.trouble === "stalled") return
    const completion = this.#performRequest(node, request)
    const life = node.boots
    this.#due.push({ at: this.now + diskMs, order: this.#order++, node: node.id, life, event: { kind: "disk", completion } })
    node.lanes[lane].shift()
    this.#startLane(node, lane)
  }

  /** The disk works again. */
  mend(id: NodeId): void {
    const node = this.node(id)
    node.trouble = "none"
    this.#startLane(node, "log")
    this.#startLane(node, "snapshot")
  }

  #performRequest(node: TestNode, request: DiskRequest): DiskCompletion {
    let data: Uint8Array | null = null
    for (const [operation, what] of request.operations.entries()) {
      if (node.trouble === "full" && what.kind === "write") {
        return { id: request.id, ok: false, code: "full", operation, message: "no space left on device" }
      }
      if (node.trouble === "failedSync" && what.kind === "sync") {
        return { id: request.id, ok: false, code: "failed", operation, message: "input/output error" }
      }
      data = node.disk.perform(what) ?? data
    }
    return { id: request.id, ok: true, data, durationMs: diskMs }
  }

  #schedule(node: TestNode, ms: number, event: ReplicaEvent): void {
    this.#due.push({ at: this.now + ms, order: this.#order++, node: node.id, life: node.boots, event })
  }
}

/** Loses every message between `a` and `b`, in both directions. */
export function between(a: readonly NodeId[], b: readonly NodeId[]): (message: Message) => boolean {
  return ({ from, to }) => (a.includes(from) && b.includes(to)) || (b.includes(from) && a.includes(to))
}
