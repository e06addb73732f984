/**
 * A whole cluster in one thread: production replicas over a simulated network, disk and clock, with clients, faults and checkers, from one
 * seed.
 *
 * `step` takes the next event in time; everything that it leads to is scheduled as later events. `clone` shares all structure and copies a
 * node only when one of the worlds moves it, so forks cost microseconds. Nothing here draws from anything but the seed and the ids of what
 * is concerned: the same options give the same run, and the same hash, anywhere.
 */

import { flag, Misfit, show, text } from "../../arguments/index.ts"
import type { Entry, NodeId } from "../../core/index.ts"
import type { RefusalCode } from "../../wire/index.ts"
import type { DurableView, NodeView, Violation } from "../checkers/index.ts"
import type { SimulatedClient } from "../clients/client.ts"
import type { ScriptedRequest } from "../clients/scripted-client.ts"
import { committedIndex, explainLoss, mayDamage } from "../faults/damage.ts"
import { argument, buildOf, countOf, optionalArgument, workloadOf } from "../ground/read-arguments.ts"
import type { Cut } from "../network/network.ts"
import { conclude, durableState, inspect, valueAt } from "../observe/inspection.ts"
import { nodeStateOf, type NodeState } from "../observe/node-state.ts"
import type { WorldAction, LinkAction } from "../state/action.ts"
import { production, type Build } from "../state/build.ts"
import type { Coverage } from "../state/coverage.ts"
import type { Scheduled } from "../state/event-queue.ts"
import type { OperatorRequest } from "../state/operator-requests.ts"
import type { WorldOptions } from "../state/options.ts"
import { readAction, requireServers } from "../state/read-action.ts"
import { worldOptions } from "../state/read-options.ts"
import { SimulatedNode, type Halt, type Waiting } from "../state/simulated-node.ts"
import type { WorldEvent } from "../state/world-event.ts"
import { hashWorld } from "../state/world-hash.ts"
import { fail, viewsOf, type Damage, type DoneAction, type WorldState } from "../state/world-state.ts"
import type { Workload } from "../workload/workload.ts"
import { act } from "./acting.ts"
import { happen } from "./happen.ts"
import { inFlight, type InFlight } from "./in-flight.ts"
import { initialState } from "./initial-state.ts"

/**
 * A whole cluster from one seed. `step` lets one event happen, `act` does something from outside, and everything else looks. Calls that name a server
 * throw a `RangeError` where the world has no such server.
 */
export class World {
  readonly #state: WorldState
  /** What `#next` found, as long as nothing has happened since: a caller asks when the next event is before it lets it happen. */
  #known: SimulatedNode | Scheduled<WorldEvent> | null | undefined

  /**
   * A world whose servers are about to start. `build` and `workload` are code, so they are not part of the plain options: a replay must name the
   * same ones. Throws a `TypeError` or a `RangeError` that names what no world can be made of.
   */
  static create(options: WorldOptions, build: Build = production, workload?: Workload): World {
    const read = argument("World.create", "options", options, worldOptions)
    const code = argument("World.create", "build", build, buildOf)
    return new World(initialState(read, code, optionalArgument("World.create", "workload", workload, workloadOf)))
  }

  private constructor(state: WorldState) {
    this.#state = state
  }

  /** The options that it was made with. */
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

  /** When `heal` was called, in milliseconds of world time; infinite before. */
  get healedAt(): number {
    return this.#state.healedAt
  }

  /** The highest index that some server knows, or ever knew, to be committed. */
  get committedIndex(): number {
    return committedIndex(this.#state)
  }

  /** What that was when `heal` was called. */
  get committedWhenHealed(): number {
    return this.#state.committedWhenHealed
  }

  /** Whether `quieten` was called. */
  get isQuiet(): boolean {
    return this.#state.quiet
  }

  /** What it went through so far, counted. */
  get coverage(): Readonly<Coverage> {
    return this.#state.coverage
  }

  /** The clients that the seed drives, as they are now. */
  get clients(): readonly SimulatedClient[] {
    return this.#state.clients
  }

  /** Servers that do not come back in the liveness phase; none, unless only a quorum was healed. */
  get absent(): readonly NodeId[] {
    return this.#state.absent.nodes
  }

  /** Servers whose disks are damaged or gone, and what became of them. */
  get damaged(): ReadonlyMap<NodeId, Damage> {
    return this.#state.damaged
  }

  /** Whether the disk of that server may be damaged without destroying more than the protocol can recover. */
  mayDamage(id: NodeId): boolean {
    return mayDamage(this.#state, this.#server("mayDamage", id).id)
  }

  /** Says in a sentence what was destroyed beyond recovery; null if nothing was. Slow: it reads disks back. */
  explainLoss(): string | null {
    return explainLoss(this.#state)
  }

  /** The clients as they were when the world was healed. */
  get clientsWhenHealed(): readonly SimulatedClient[] {
    return this.#state.clientsWhenHealed
  }

  /** The latest events, oldest first. */
  get recent(): readonly WorldEvent[] {
    return this.#state.recent.inOrder()
  }

  /** The ids of all servers, those included that are down or in no configuration. */
  get nodeIds(): readonly NodeId[] {
    return this.#state.nodes.map((node) => node.id)
  }

  /** What an all-seeing observer finds on the servers that are up, by id. */
  get views(): readonly NodeView[] {
    return viewsOf(this.#state)
  }

  /** Requests that a server has not answered yet. */
  waitingAt(id: NodeId): readonly Waiting[] {
    return [...this.#server("waitingAt", id).waiting.values()]
  }

  /** Whether a server that is up neither votes nor campaigns; see `RaftState.isBarred`. */
  isBarred(id: NodeId): boolean {
    return this.#server("isBarred", id).replica?.raft.state.isBarred ?? false
  }

  /** Why a server's process stands still for good although it is up, see `Halt`; null if it does not, or is down. */
  haltOf(id: NodeId): Halt | null {
    return this.#server("haltOf", id).halt
  }

  /** What a server holds against another one, both up; null if nothing. */
  heldAgainst(one: NodeId, other: NodeId): RefusalCode | null {
    const [judge, judged] = [this.#server("heldAgainst", one).replica, this.#server("heldAgainst", other).replica]
    return judge === null || judged === null ? null : (judge.judgePeer(other, judged.introduce())?.code ?? null)
  }

  /** The cuts that stand now, in the order in which they were made. */
  get cuts(): readonly Cut[] {
    return this.#state.cuts
  }

  /** The links that have properties of their own. */
  get links(): readonly LinkAction[] {
    return this.#state.links
  }

  /** What happens next, or null if nothing ever will. */
  peek(): { readonly at: number; readonly event: WorldEvent } | null {
    const next = this.#next()
    return next === null ? null : { at: this.nextAt, event: next instanceof SimulatedNode ? { kind: "run", node: next.id } : next.event }
  }

  /** World time of the next event; infinite if nothing is left to happen. */
  get nextAt(): number {
    const next = this.#next()
    if (next === null) return Infinity
    return next instanceof SimulatedNode ? Math.max(this.#state.now, next.runAt) : next.at
  }

  /** The server that is due, or else what is first in the queue. */
  #next(): SimulatedNode | Scheduled<WorldEvent> | null {
    if (this.#known === undefined) this.#known = this.#lookUpNext()
    return this.#known
  }

  #lookUpNext(): SimulatedNode | Scheduled<WorldEvent> | null {
    const { queue, nodes } = this.#state
    const queued = queue.peek()
    let first: SimulatedNode | null = null
    let runAt = Infinity
    for (let position = 0; position < nodes.length; position++) {
      const node = nodes[position]!
      const at = node.runAt
      if (at >= runAt) continue
      first = node
      runAt = at
    }
    // A server that is due goes before what arrives at the same moment.
    return first !== null && (queued === undefined || runAt <= queued.at) ? first : (queued ?? null)
  }

  /** Lets the next event happen and all checkers look at it. Null if nothing is left to happen, or a rule is broken. */
  step(): WorldEvent | null {
    const state = this.#state
    const next = state.violation === null ? this.#next() : null
    if (next === null) return null
    this.#known = undefined
    const isRun = next instanceof SimulatedNode
    const at = isRun ? Math.max(state.now, next.runAt) : next.at
    const event: WorldEvent = isRun ? { kind: "run", node: next.id } : next.event
    if (!isRun) state.queue.take()
    state.stillSince = at > state.now ? 0 : state.stillSince + 1
    state.now = at
    state.eventNumber += 1
    state.recent.add(event)
    happen(state, event)
    if (state.stillSince > stillMax) fail(state, "progress", `time stands still: ${stillMax} events at ${state.now} ms`)
    if (state.clientEvents.length > 0) inspect(state, null, [])
    return event
  }

  /** Does something to the world now, as a strike or a script would. Throws a `RangeError` on a request that its client may not make. */
  act(action: WorldAction): void {
    const state = this.#state
    const read = argument("World.act", "action", action, (value, path) => {
      const found = readAction(value, path)
      requireServers(found, state.nodes.length, path)
      return found
    })
    this.#known = undefined
    act(state, read)
    state.actions = [...state.actions, { step: state.eventNumber, action: read }]
  }

  /** What was done by `act`, in order. */
  get actions(): readonly DoneAction[] {
    return this.#state.actions
  }

  /** Every message on its way, in the order of arrival, with those that are held back at the end. */
  inFlight(): readonly InFlight[] {
    return inFlight(this.#state)
  }

  /** What operators have asked for so far, and what came of it. */
  get operatorRequests(): readonly OperatorRequest[] {
    return this.#state.operatorRequests
  }

  /** The value that a server's state machine holds in a register, 0 for none. Null while the server is down. */
  valueAt(id: NodeId, register: number): number | null {
    return valueAt(this.#state, this.#server("valueAt", id).id, argument("World.valueAt", "register", register, countOf))
  }

  /** Everything that the algorithm of a server knows, as plain data; null while it is down. */
  stateOf(id: NodeId): NodeState | null {
    const { replica, lastLocal } = this.#server("stateOf", id)
    return replica === null ? null : nodeStateOf(replica, lastLocal)
  }

  /** The entries that a server holds from index `from` through `through`; none while it is down. */
  entriesOf(id: NodeId, from: number, through: number): readonly Entry[] {
    this.#server("entriesOf", id)
    argument("World.entriesOf", "from", from, countOf)
    argument("World.entriesOf", "through", through, countOf)
    const view = this.views.find((one) => one.id === id)
    const entries: Entry[] = []
    for (let index = from; index <= through; index++) {
      const entry = view?.entry(index)
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  /** World time at which a server has something to do by itself: its election timer, or a leader's heartbeat. Infinite while it is down. */
  wakesAt(id: NodeId): number {
    return this.#server("wakesAt", id).wakeAt
  }

  /** Until then a server looks at nothing that arrives: it is paused, or busy. */
  busyUntil(id: NodeId): number {
    return this.#server("busyUntil", id).busyUntil
  }

  /** What a scripted client has asked so far, and what came of it. */
  requestsOf(client: number): readonly ScriptedRequest[] {
    argument("World.requestsOf", "client", client, countOf)
    return this.#state.scripted.get(client)?.requests ?? []
  }

  /** Ends all faults and brings every server back: the liveness phase begins. */
  heal(): void {
    this.#known = undefined
    act(this.#state, { kind: "healAll" })
  }

  /** From here on clients finish what they began and begin nothing new. */
  quieten(): void {
    this.#known = undefined
    act(this.#state, { kind: "quieten" })
  }

  /** The run is over: the checkers look back at the whole of it. */
  conclude(): void {
    conclude(this.#state)
  }

  /** Notes a broken rule; the first one stays. */
  fail(checker: string, reason: string): void {
    fail(this.#state, argument("World.fail", "checker", checker, text), argument("World.fail", "reason", reason, text))
  }

  /** A server of this world. Throws a `RangeError` for any other. */
  #server(caller: string, id: NodeId): SimulatedNode {
    return (typeof id === "number" ? this.#state.nodes[id - 1] : undefined) ?? this.#stranger(caller, id)
  }

  #stranger(caller: string, id: NodeId): never {
    return argument(`World.${caller}`, "id", id, (value, path) => {
      throw new Misfit(path, `found ${show(value)}, expected a server of this world, 1 to ${this.#state.nodes.length}`, true)
    })
  }

  /** The hash of a server's replicated state (machine, sessions, clock), and how far it has applied. Null while it is down. */
  replicatedOf(id: NodeId): { readonly appliedIndex: number; readonly hash: number } | null {
    const { replica } = this.#server("replicatedOf", id)
    return replica === null ? null : { appliedIndex: replica.lastApplied, hash: replica.replicatedHash() }
  }

  /**
   * What a server's disk would give back if power failed now and nothing unsynced survived. Null if recovery refuses it. `afresh` reads
   * everything again, and not only what is new.
   */
  durable(id: NodeId, afresh = false): DurableView | null {
    return durableState(this.#state, this.#server("durable", id).id, argument("World.durable", "afresh", afresh, flag))
  }

  /** The length in bytes of the longest snapshot on any disk, finished or not; 0 without any. */
  get snapshotBytesMax(): number {
    const lengths = this.#state.nodes.flatMap(({ disk }) => {
      const reader = disk.reader()
      return reader.list().map((file) => (file.endsWith(".wal") ? 0 : reader.sizeBytes(file)))
    })
    return Math.max(0, ...lengths)
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
      recent: state.recent.clone(),
      coverage: { ...state.coverage },
      nodes: state.nodes.slice(),
      queue: state.queue.clone(),
      // What was asked right after an event is shown to the checkers with the next one.
      clientEvents: state.clientEvents.slice(),
      lookUp: null,
    })
  }

  /** An unsigned 32-bit hash of everything that decides how this world goes on. Takes milliseconds: it reads every byte of every disk. */
  hash(): number {
    return hashWorld(this.#state)
  }
}

/** Events at one moment, above which something asks to be woken over and over. */
const stillMax = 10_000
