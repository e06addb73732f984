/**
 * What became of every message and of every server along a branch, written down once, when it first happens: for the space-time diagram, for "why?",
 * and for whatever points from one view into another.
 *
 * Every note has an order: the number of its event plus the number of actions done until then. Both only grow, so it says of any two notes which
 * came first, and a branch that begins in between takes with it exactly what was true there.
 */

import type { LogIndex, Message, NodeId } from "oarlock/core"
import type { WorldAction, NodeState, RoleName, World, WorldEvent } from "oarlock/simulator"
import { describeMessage, labelOf, messageName, type ReplicaStep } from "oarlock/simulator/internal"
import { shapeOf, type MessageShape } from "../world/message-shape.ts"
import { Texts } from "./texts.ts"

/** A message from when it was sent to where it ended. */
export interface Flight {
  readonly name: string
  readonly from: NodeId
  readonly to: NodeId
  readonly term: number
  readonly shape: MessageShape
  /** Where the record keeps its description. */
  readonly text: number
  readonly order: number
  readonly sentStep: number
  /** World time in milliseconds; of a copy that somebody made, that of the message itself. */
  readonly sentAt: number
  /** Null while it is on its way. */
  readonly end: Landing | null
}

export interface Landing {
  /** `lost` by chance, `dropped` on purpose; `cut`, `down` and `refused`: there was no way to its receiver. */
  readonly fate: "arrived" | "lost" | "dropped" | "cut" | "down" | "refused"
  readonly order: number
  readonly step: number
  readonly at: number
}

/** Events that stop no server, start none and cut no link. */
const plainEvents: ReadonlySet<WorldEvent["kind"]> = new Set([
  "run",
  "deliver",
  "disk",
  "hint",
  "think",
  "send",
  "request",
  "answer",
  "silence",
])

/** How a server stands from one note on to its next. */
export interface Standing {
  readonly order: number
  readonly step: number
  readonly at: number
  readonly isUp: boolean
  readonly role: RoleName
  readonly term: number
  readonly votedFor: NodeId | null
  readonly leader: NodeId | null
  readonly baseIndex: LogIndex
  readonly lastIndex: LogIndex
  readonly persistedIndex: LogIndex
  readonly commitIndex: LogIndex
  readonly appliedIndex: LogIndex
  readonly configurationIndex: LogIndex
}

/** Entries that a server removed from its log, because a leader's log says otherwise. */
export interface Purge {
  readonly order: number
  readonly step: number
  readonly at: number
  readonly id: NodeId
  readonly from: LogIndex
  readonly through: LogIndex
}

/** What has just happened. */
export interface Happening {
  readonly event: WorldEvent | null
  readonly actions: readonly WorldAction[]
  readonly steps: readonly ReplicaStep[]
  readonly order: number
  /** Whether what arrived was refused by its receiver. */
  readonly isRefused: boolean
}

export class BranchRecord {
  /** By when they were sent. */
  readonly flights: Flight[] = []
  /** Where in `flights` those are that arrived, by when they did. */
  readonly arrivals: number[] = []
  readonly standings = new Map<NodeId, Standing[]>()
  readonly purges: Purge[] = []
  /** Where in `flights` a message is. */
  readonly #places = new Map<string, number>()
  /** Messages so far, by sender and receiver: what they are named by. */
  readonly #sent = new Map<string, number>()
  /** What is said of them. */
  readonly #texts: Texts
  /** How many messages chance had lost or doubled when this last looked. */
  #struck = 0
  /** The servers that were up; null: not known yet. */
  #up: readonly NodeId[] | null = null
  /** What was cut. */
  #cuts: World["cuts"] = []

  constructor(texts = new Texts()) {
    this.#texts = texts
  }

  flightOf(name: string): Flight | null {
    const place = this.#places.get(name)
    return place === undefined ? null : this.flights[place]!
  }

  /** `append 5–6`, and "S1 sends S2 entries 5–6 …". */
  wordsFor({ text }: Flight): { readonly label: string; readonly sentence: string } {
    const [label = "", sentence = ""] = this.#texts.at(text)
    return { label, sentence }
  }

  /** How a server stood at `order`; null before it first started. */
  standingAt(id: NodeId, order: number): Standing | null {
    return this.standings.get(id)?.findLast((standing) => standing.order <= order) ?? null
  }

  note(world: World, happening: Happening): void {
    const { views, cuts } = world
    const { length } = this.#up ?? { length: -1 }
    const isSameUp = views.length === length && views.every(({ id }, position) => id === this.#up![position])
    this.#noteLandings(world, happening)
    this.#noteDepartures(world, happening, isSameUp && cuts === this.#cuts)
    this.#noteStandings(world, happening, isSameUp)
    if (!isSameUp) this.#up = views.map(({ id }) => id)
    this.#cuts = cuts
  }

  /** What was known at `order`. */
  upTo(order: number): BranchRecord {
    const record = new BranchRecord(this.#texts)
    for (const flight of this.flights) {
      if (flight.order > order) break
      record.#add(flight.end !== null && flight.end.order > order ? { ...flight, end: null } : flight)
    }
    for (const place of this.arrivals) {
      if (this.flights[place]!.end!.order > order) break
      record.arrivals.push(place)
    }
    for (const [id, standings] of this.standings) {
      record.standings.set(
        id,
        standings.filter((standing) => standing.order <= order),
      )
    }
    record.purges.push(...this.purges.filter((purge) => purge.order <= order))
    return record
  }

  #noteLandings(world: World, { event, actions, order, isRefused }: Happening): void {
    const { eventNumber: step, now: at } = world
    if (event?.kind === "deliver") {
      const { from, to, number, copy } = event
      const isCut = world.cuts.some((cut) => cut.from.includes(from) && cut.to.includes(to))
      const fate = isCut ? "cut" : isDown(world, to) ? "down" : isRefused ? "refused" : "arrived"
      this.#land(messageName(from, to, number, copy), { fate, order, step, at })
    }
    for (const action of actions) {
      if (action.kind === "wipe") this.#landAllAt(action.node, { fate: "down", order, step, at })
      if (action.kind === "dropMessage") this.#land(action.message, { fate: "dropped", order, step, at })
      if (action.kind !== "deliverMessage") continue
      const to = this.flightOf(action.message)?.to
      const isLost = to !== undefined && isDown(world, to)
      this.#land(action.message, { fate: isLost ? "down" : isRefused ? "refused" : "arrived", order, step, at })
    }
  }

  #land(name: string, end: Landing): void {
    const place = this.#places.get(name)
    const flight = place === undefined ? undefined : this.flights[place]
    if (flight === undefined || flight.end !== null) return
    this.flights[place!] = { ...flight, end }
    if (end.fate === "arrived") this.arrivals.push(place!)
  }

  /** What was on its way to a server that is another one now. */
  #landAllAt(to: NodeId, end: Landing): void {
    for (const flight of this.flights) if (flight.to === to && flight.end === null) this.#land(flight.name, end)
  }

  #noteDepartures(world: World, { event, steps, actions, order }: Happening, isSameWay: boolean): void {
    const { eventNumber: step, now: at, coverage } = world
    const struck = coverage.dropped + coverage.duplicated
    // To look which messages are on their way takes as long as all the rest of this: where nothing came in between, they are.
    const mayDiffer = !isSameWay || struck !== this.#struck || coverage.wipes > 0 || event === null || !plainEvents.has(event.kind)
    this.#struck = struck
    const isSilent = steps.every(({ effects }) => effects.messages.length === 0)
    if (isSilent && actions.length === 0) return
    const onTheirWay = mayDiffer ? new Set(world.inFlight().map(({ name }) => name)) : null
    for (const { effects } of steps) {
      for (const message of effects.messages) {
        const name = this.#nameOf(message)
        const fate = onTheirWay === null ? obstacleOf(message, world) : onTheirWay.has(name) ? null : (obstacleOf(message, world) ?? "lost")
        this.#add({
          name,
          from: message.from,
          to: message.to,
          term: message.term,
          shape: shapeOf(message),
          text: this.#texts.add([labelOf(message), `S${message.from} ${describeMessage(message)}`]),
          order,
          sentStep: step,
          sentAt: at,
          end: fate === null ? null : { fate, order, step, at },
        })
      }
    }
    for (const name of onTheirWay ?? []) {
      const original = this.#places.has(name) ? null : this.flightOf(name.replace(/\.\d+$/, ""))
      if (original !== null) this.#add({ ...original, name, order, end: null })
    }
  }

  #add(flight: Flight): void {
    this.#places.set(flight.name, this.flights.length)
    this.flights.push(flight)
    const link = `${flight.from}>${flight.to}`
    if (!flight.name.includes(".")) this.#sent.set(link, (this.#sent.get(link) ?? 0) + 1)
  }

  #nameOf({ from, to }: Message): string {
    return messageName(from, to, (this.#sent.get(`${from}>${to}`) ?? 0) + 1)
  }

  #noteStandings(world: World, { steps, order }: Happening, isSameUp: boolean): void {
    const { eventNumber: step, now: at } = world
    for (const { before, effects } of steps) {
      for (const observation of effects.observations) {
        if (observation.kind !== "truncated") continue
        this.purges.push({ order, step, at, id: before.id, from: observation.from, through: observation.through })
      }
    }
    const stepped = new Set(steps.map(({ after }) => after.id))
    const up = isSameUp ? null : new Set(world.views.map(({ id }) => id))
    for (const id of up === null ? stepped : world.nodeIds) {
      const known = this.standings.get(id)?.at(-1)
      // A server that did not step is as it was, unless it died or was started.
      if (up !== null && !stepped.has(id) && (known?.isUp ?? false) === up.has(id)) continue
      const now = { order, step, at, ...standingOf(world.stateOf(id), known) }
      if (known !== undefined && !isChanged(known, now)) continue
      if (known === undefined) this.standings.set(id, [now])
      else this.standings.get(id)!.push(now)
    }
  }
}

/** The event that last changed one of these facts about a server; null if that was before it first started. */
export function setBy(record: BranchRecord, id: NodeId, order: number, facts: readonly (keyof Standing)[]): number | null {
  const standings = record.standings.get(id) ?? []
  let position = standings.findLastIndex((standing) => standing.order <= order)
  const isSame = (one: Standing, other: Standing | undefined): boolean =>
    other !== undefined && facts.every((fact) => one[fact] === other[fact])
  while (position > 0 && isSame(standings[position]!, standings[position - 1])) position -= 1
  return standings[position]?.step ?? null
}

type Facts = Omit<Standing, "order" | "step" | "at">

const factNames: readonly (keyof Facts)[] = [
  "isUp",
  "role",
  "term",
  "votedFor",
  "leader",
  "baseIndex",
  "lastIndex",
  "persistedIndex",
  "commitIndex",
  "appliedIndex",
  "configurationIndex",
]

function isChanged(before: Standing, after: Standing): boolean {
  return factNames.some((name) => before[name] !== after[name])
}

/** Of a server that is down, only term and vote are known: they are on its disk. */
function standingOf(state: NodeState | null, before: Standing | undefined): Facts {
  if (state !== null) {
    const { role, term, votedFor, leader, base, last, persistedIndex, commitIndex, appliedIndex, configuration } = state
    return {
      isUp: true,
      role,
      term,
      votedFor,
      leader,
      baseIndex: base.index,
      lastIndex: last.index,
      persistedIndex,
      commitIndex,
      appliedIndex,
      configurationIndex: configuration.index,
    }
  }
  const nothing = { baseIndex: 0, lastIndex: 0, persistedIndex: 0, commitIndex: 0, appliedIndex: 0, configurationIndex: 0 } as const
  return { isUp: false, role: "follower", term: before?.term ?? 0, votedFor: before?.votedFor ?? null, leader: null, ...nothing }
}

/** What is in the way of a message when it is sent, chance aside. */
function obstacleOf({ from, to }: Message, world: World): "cut" | "down" | null {
  if (world.cuts.some((cut) => cut.from.includes(from) && cut.to.includes(to))) return "cut"
  return isDown(world, to) ? "down" : null
}

function isDown(world: World, id: NodeId): boolean {
  return !world.views.some((view) => view.id === id)
}
