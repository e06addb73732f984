/**
 * A world as data, and the few ways to reach into it. What happens in it is told by the files around: `processes.ts`, `performing.ts`,
 * `client-traffic.ts`, `inspection.ts`; `world.ts` is the shell over all of them.
 */

import type { NodeId } from "../../core/index.ts"
import type { CheckerStates, ClientEvent, NodeView, StepView, Violation } from "../checkers/index.ts"
import type { ClientSession } from "../clients/client-session.ts"
import type { SimulatedClient } from "../clients/client.ts"
import type { ScriptedClient } from "../clients/scripted-client.ts"
import { between, purposes } from "../ground/randomness.ts"
import { calmNetwork, type Cut, type NetworkOptions } from "../network/network.ts"
import type { Journal } from "../workload/observed-machine.ts"
import type { Workload } from "../workload/workload.ts"
import type { WorldAction, LinkAction } from "./action.ts"
import type { Build } from "./build.ts"
import { scriptedClientsFrom } from "./client-numbers.ts"
import type { Coverage } from "./coverage.ts"
import type { EventQueue } from "./event-queue.ts"
import type { OperatorRequest } from "./operator-requests.ts"
import { calmOptions, type DiskOptions, type WorldOptions } from "./options.ts"
import type { RecentWorldEvents } from "./recent-events.ts"
import type { SimulatedNode } from "./simulated-node.ts"
import type { Delivery, WorldEvent } from "./world-event.ts"

/** Something that was done to a world from outside, right after event `step`. */
export interface DoneAction {
  /** The number of the latest event before it; 0: before the first. */
  readonly step: number
  /** What was done. */
  readonly action: WorldAction
}

/**
 * `latent`: it may not have been noticed. `refused`: the server would not start on that disk. `wiped`: the disk is gone. `rolledBack`: it was put
 * back to an older state of itself.
 */
export type Damage = "latent" | "refused" | "wiped" | "rolledBack"

/** Servers that are not coming back, and whether they are down or cut off. */
export interface Absent {
  readonly nodes: readonly NodeId[]
  readonly areDown: boolean
}

export interface WorldState {
  readonly options: WorldOptions
  readonly build: Build
  readonly workload: Workload
  /** World time in milliseconds. */
  now: number
  eventNumber: number
  /** Events since time last moved. */
  stillSince: number
  /** The first broken rule; a world that has one goes no further. */
  violation: Violation | null
  /** No more faults: what was cut, down or full works again. */
  healed: boolean
  /** When that was; never, so far. */
  healedAt: number
  /** The highest index that any server had known to be committed until then. */
  committedWhenHealed: number
  /** Clients finish what they began and begin nothing new. */
  quiet: boolean
  /** What operators asked for, whether by a strike, by a script or from outside. */
  operatorRequests: readonly OperatorRequest[]
  /** What was done from outside. */
  actions: readonly DoneAction[]
  coverage: Coverage
  clients: readonly SimulatedClient[]
  /** By the client that owns it; none where none was opened yet. */
  sessions: ReadonlyMap<number, ClientSession>
  /** By id; they come into being with their first request. */
  scripted: ReadonlyMap<number, ScriptedClient>
  /** The clients as they were when the world was healed. */
  clientsWhenHealed: readonly SimulatedClient[]
  /** The latest events, for the report of a failure. */
  readonly recent: RecentWorldEvents
  /** Server n is at position n - 1. */
  nodes: SimulatedNode[]
  /** The views of those that are up, or null if that has to be looked up again. */
  views: readonly NodeView[] | null
  cuts: readonly Cut[]
  links: readonly LinkAction[]
  /** Servers whose disks are not what they were, until they are replaced. */
  damaged: ReadonlyMap<NodeId, Damage>
  /** Servers that do not come back in the liveness phase. */
  absent: Absent
  /** Messages that are held back, and no part of the queue. */
  held: readonly Delivery[]
  queue: EventQueue<WorldEvent>
  checkers: CheckerStates
  /** Whether `checkers` belongs to this world alone. */
  ownsCheckers: boolean
  /** The nodes that carry this token belong to this world alone; a fork gives both worlds new ones. */
  token: object
  /** Shared by all forks: empty between steps. */
  readonly journal: Journal
  /** What clients did since the checkers last looked. */
  clientEvents: ClientEvent[]
  /** What checkers may ask beyond what a step shows them; null until the first one looks. Never shared by two worlds. */
  lookUp: Pick<StepView, "durable" | "replicatedHash" | "sample"> | null
}

/** Notes a broken rule; the first one stays. */
export function fail(world: WorldState, checker: string, reason: string): void {
  world.violation ??= { checker, reason }
}

/** Something happens `afterMs` from now. */
export function schedule(world: WorldState, afterMs: number, event: WorldEvent): void {
  world.queue.add(world.now + afterMs, event)
}

export function nodeOf(world: WorldState, id: NodeId): SimulatedNode {
  return world.nodes[id - 1]!
}

/** The node, as one that this world may change. */
export function own(world: WorldState, id: NodeId): SimulatedNode {
  const node = nodeOf(world, id)
  if (node.owner === world.token) return node
  const copy = node.clone(world.token)
  world.nodes[id - 1] = copy
  world.views = null
  return copy
}

/** Whether the node is up, and still in the life that something was meant for. */
export function isAlive(world: WorldState, id: NodeId, life: number): boolean {
  const node = nodeOf(world, id)
  return node.isUp && node.life === life
}

export function viewsOf(world: WorldState): readonly NodeView[] {
  world.views ??= world.nodes.filter((node) => node.isUp).map((node) => node.view)
  return world.views
}

export function networkOf(world: WorldState): NetworkOptions {
  return world.healed ? calmNetwork : world.options.network
}

export function diskOf(world: WorldState): DiskOptions {
  // A disk that lies is not healed: that is how it is built.
  const { disk } = world.options
  if (!world.healed) return disk
  return disk.lieRate === 0 ? calmOptions.disk : { ...calmOptions.disk, lieRate: disk.lieRate }
}

/** Milliseconds between a client and a server, for one leg of an attempt. A scripted client's do not vary: a story asks things in an order. */
export function clientLatencyMs(world: WorldState, client: number, attempt: number, leg: "request" | "answer" | "reset"): number {
  const { seed } = world.options
  if (client >= scriptedClientsFrom) return scriptedLatencyMs
  return between(0.1, 2, seed, purposes.clientLatency, client, attempt, leg === "request" ? 0 : leg === "answer" ? 1 : 2)
}

const scriptedLatencyMs = 1
