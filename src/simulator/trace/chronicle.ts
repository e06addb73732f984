/**
 * A replay with everything that an observer wants to know of each event: what arrived, what was sent and what became of it, what every replica did
 * and why, and how the servers stand afterwards. The terminal's picture, the export and the visualizer are drawn from this.
 */

import type { Message, NodeId } from "../../core/index.ts"
import { decodeMessage } from "../../wire/index.ts"
import { isCut, messageName } from "../network/network.ts"
import type { RoleName } from "../observe/node-state.ts"
import type { WorldAction } from "../state/action.ts"
import { production, type Build } from "../state/build.ts"
import type { Delivery, WorldEvent } from "../state/world-event.ts"
import type { Workload } from "../workload/workload.ts"
import { explainStep, type Explanation } from "./explain.ts"
import { Replay, type ReplayVerdict } from "./replay.ts"
import { isDamage, strikeAt } from "./struck.ts"
import type { Trace } from "./trace.ts"
import { ReplicaWitness, type ReplicaStep } from "./witness.ts"

/** One event and what it led to. */
export interface Moment {
  /** The event's number, from 1; 0 for what was done before the first. */
  readonly step: number
  /** World time in milliseconds. */
  readonly at: number
  /** Null for what was done before the first event. */
  readonly event: WorldEvent | null
  /** What was done to the world: by a strike, a script, or from outside right after the event. */
  readonly actions: readonly WorldAction[]
  readonly arrival: Arrival | null
  readonly sent: readonly SentMessage[]
  /** The names of the messages that `steps` took in, in that order. */
  readonly taken: readonly string[]
  readonly steps: readonly ReplicaStep[]
  readonly explanations: readonly Explanation[]
  /** All servers, by id. */
  readonly nodes: readonly ServerStanding[]
}

export interface Arrival {
  readonly name: string
  readonly from: NodeId
  readonly to: NodeId
  readonly message: Message
  /** `waits`: its receiver is busy and will look at it later. The rest never looks at it. */
  readonly fate: "taken" | "waits" | "cut" | "down" | "refused"
}

export interface SentMessage {
  readonly name: string
  readonly message: Message
  /** `lost` by chance; `cut` and `down`: it could not even leave. */
  readonly fate: "onItsWay" | "lost" | "cut" | "down"
  /** World times at which its copies will arrive, as things are now; infinite for a copy that is held back. */
  readonly arrivesAt: readonly number[]
}

export interface ServerStanding {
  readonly id: NodeId
  readonly isUp: boolean
  /** Which start of this server; 0 while it is down. */
  readonly life: number
  readonly role: RoleName
  readonly term: number
}

export class Chronicle {
  readonly #replay: Replay
  readonly #witness: ReplicaWitness
  /** Messages so far, by sender and receiver: what they are named by. */
  readonly #sent = new Map<string, number>()
  /** Messages that arrived at a server and that it has not looked at, first come first: names in which life. */
  readonly #inboxes = new Map<NodeId, { life: number; names: string[] }>()
  #actionsDone = 0
  #isBegun = false

  constructor(trace: Trace, build: Build = production, workload?: Workload) {
    this.#witness = new ReplicaWitness(build)
    this.#replay = new Replay(trace, this.#witness.build, workload)
  }

  get world(): Replay["world"] {
    return this.#replay.world
  }

  /** What the trace did in vain so far, in sentences with the place. */
  get warnings(): readonly string[] {
    return this.#replay.warnings
  }

  /** What happens next, or null once the trace is over. */
  next(): Moment | null {
    const { world } = this
    if (!this.#isBegun) {
      this.#isBegun = true
      if (world.actions.length > 0) return this.#tell(null, [], null)
    }
    const upcoming = world.peek()?.event ?? null
    const refusedBefore = world.coverage.refused
    const damagedBefore = world.damaged
    const struck = upcoming?.kind === "strike" && !world.isHealed ? strikeAt(world, upcoming) : []
    const obstacle = upcoming?.kind === "deliver" ? obstacleFor(world, upcoming) : null
    const event = this.#replay.step()
    if (event === null) return null
    // Damage that could not be borne was not done.
    const strikes = struck.filter(({ afterMs, action }) => afterMs === 0 && (!isDamage(action) || world.damaged !== damagedBefore))
    const scripted = event.kind === "script" ? [world.options.script[event.position]!.action] : event.kind === "act" ? [event.action] : []
    const arrival =
      event.kind === "deliver"
        ? { delivery: event, obstacle: world.coverage.refused > refusedBefore ? ("refused" as const) : obstacle }
        : null
    return this.#tell(event, [...strikes.map(({ action }) => action), ...scripted], arrival)
  }

  /** Runs on to the end and says whether it is the one that the trace promises. */
  finish(): ReplayVerdict {
    return this.#replay.finish()
  }

  #tell(
    event: WorldEvent | null,
    done: readonly WorldAction[],
    arrived: { delivery: Delivery; obstacle: "cut" | "down" | "refused" | null } | null,
  ): Moment {
    const { world } = this
    const outside = world.actions.slice(this.#actionsDone).map(({ action }) => action)
    this.#actionsDone = world.actions.length
    const steps = this.#witness.take()
    const nodes = this.#standings()
    const arrival = arrived === null ? null : arrivalOf(arrived.delivery, arrived.obstacle, steps)
    return {
      step: world.eventNumber,
      at: world.now,
      event,
      actions: [...done, ...outside],
      arrival,
      sent: this.#sentBy(steps),
      taken: this.#takenBy(steps, arrival, nodes),
      steps,
      explanations: steps.flatMap(explainStep),
      nodes,
    }
  }

  /** Keeps account of the inboxes. A server takes all that waits there in one step, and loses it when it dies. */
  #takenBy(steps: readonly ReplicaStep[], arrival: Arrival | null, nodes: readonly ServerStanding[]): readonly string[] {
    if (arrival !== null && (arrival.fate === "taken" || arrival.fate === "waits")) {
      const inbox = this.#inboxes.get(arrival.to)
      if (inbox === undefined) this.#inboxes.set(arrival.to, { life: nodes[arrival.to - 1]!.life, names: [arrival.name] })
      else inbox.names.push(arrival.name)
    }
    const taken = steps.flatMap(({ before, events }) => {
      const count = events.filter(({ kind }) => kind === "message").length
      return this.#inboxes.get(before.id)?.names.splice(0, count) ?? []
    })
    for (const { id, life } of nodes) {
      const inbox = this.#inboxes.get(id)
      if (inbox !== undefined && (inbox.life !== life || inbox.names.length === 0)) this.#inboxes.delete(id)
    }
    return taken
  }

  #standings(): readonly ServerStanding[] {
    const views = new Map(this.world.views.map((view) => [view.id, view]))
    return this.world.nodeIds.map((id) => {
      const view = views.get(id)
      return { id, isUp: view !== undefined, life: view?.life ?? 0, role: view?.role ?? "follower", term: view?.term ?? 0 }
    })
  }

  #sentBy(steps: readonly ReplicaStep[]): readonly SentMessage[] {
    const messages = steps.flatMap(({ effects }) => effects.messages)
    if (messages.length === 0) return []
    const { world } = this
    const arrivals = new Map<string, number[]>()
    for (const { name, at } of world.inFlight()) {
      const [original = name] = name.split(".")
      arrivals.set(original, [...(arrivals.get(original) ?? []), at])
    }
    const isUp = (id: NodeId): boolean => world.views.some((view) => view.id === id)
    return messages.map((message) => {
      const { from, to } = message
      const link = `${from}>${to}`
      const number = (this.#sent.get(link) ?? 0) + 1
      this.#sent.set(link, number)
      const name = messageName(from, to, number)
      const arrivesAt = arrivals.get(name) ?? []
      const fate = arrivesAt.length > 0 ? "onItsWay" : isCut(world.cuts, from, to) ? "cut" : isUp(to) ? "lost" : "down"
      return { name, message, fate, arrivesAt }
    })
  }
}

function obstacleFor(world: Replay["world"], { from, to }: Delivery): "cut" | "down" | null {
  if (isCut(world.cuts, from, to)) return "cut"
  return world.views.some((view) => view.id === to) ? null : "down"
}

function arrivalOf(delivery: Delivery, obstacle: "cut" | "down" | "refused" | null, steps: readonly ReplicaStep[]): Arrival {
  const { from, to, number, copy, frame } = delivery
  const taken = steps.some(
    ({ before, events }) => before.id === to && events.some((event) => event.kind === "message" && event.message.from === from),
  )
  const { message } = decodeMessage(frame)
  return { name: messageName(from, to, number, copy), from, to, message, fate: obstacle ?? (taken ? "taken" : "waits") }
}
