/**
 * A real cluster as this page has come to know it: what each node said last and when, what failed and since when, and what happened.
 *
 * Plain data and arithmetic; nothing here fetches or draws. Every fact is some node's, and as old as its answer: a node that does not answer keeps
 * its last words, marked as such, because nothing at all would say less and the present would be invented. Moments are on the page's own clock.
 *
 * A node of another cluster that answers at a member's address is as good as no answer: nothing that it says of terms and leaders is about this one.
 */

import type { ClusterStatus } from "oarlock/server"
import type { Feed, FsyncFigures, Note, ToldEvent } from "./note.ts"
import { type Mark, Ribbon } from "./ribbon.ts"

/** Events that the page keeps, the latest. */
export const eventsKeptMax = 2_000
/** Terms whose leaders are remembered. */
const termsKeptMax = 1_000
/** A follower that its leader has not heard from for this long is out of its reach, in milliseconds: several election timeouts of any setting that is usual. */
export const contactLostMs = 1_000

/** One node, seen from here. */
export interface Sight {
  /** `host:port` */
  readonly address: string
  /** Its last answer; null before the first. */
  status: ClusterStatus | null
  /** When that came. */
  answeredAt: number | null
  /** How long it took, in milliseconds. */
  roundTripMs: number | null
  /** Since when, and why, it does not answer; null while it does. */
  failure: { readonly since: number; readonly because: string } | null
  /** The cluster of the node that answered here last, if it is another one. */
  stranger: string | null
  /** How far its wall clock is ahead of this page's, in milliseconds. */
  clockAheadMs: number
  /** Whether its events come in. */
  feed: Feed
  /** Events of it that nobody can show any more. */
  skipped: number
  /** Its log's fsyncs of late. */
  fsync: FsyncFigures | null
  readonly ribbon: Ribbon
  /** Events that came while it did not answer: nobody knows yet whose they are, nor by what clock. */
  held: readonly ToldEvent[]
}

/** An event as it came here. */
export interface Heard {
  readonly address: string
  readonly event: ToldEvent
  /** When it happened, on the page's clock. */
  readonly at: number
}

/** All that a `Cluster` knows, as data that can be written down, or kept to go back to. */
export interface ClusterState {
  readonly clusterId: string | null
  readonly ledAt: number
  readonly sights: readonly SightState[]
  readonly events: readonly Heard[]
  readonly leaders: readonly (readonly [term: number, ids: readonly number[]])[]
}

export interface SightState extends Readonly<Omit<Sight, "ribbon">> {
  readonly marks: readonly Mark[]
}

export class Cluster {
  readonly sights = new Map<string, Sight>()
  /** By time, the latest last. */
  events: Heard[] = []
  /** The nodes that were seen to lead a term: more than one breaks Election Safety (Raft §5.2). */
  readonly leaders = new Map<number, Set<number>>()
  /** When a node last said that somebody leads. */
  ledAt = 0
  #clusterId: string | null = null

  static from({ clusterId, ledAt, sights, events, leaders }: ClusterState): Cluster {
    const cluster = new Cluster()
    cluster.#clusterId = clusterId
    cluster.ledAt = ledAt
    for (const { marks, ...sight } of sights) cluster.sights.set(sight.address, { ...sight, ribbon: new Ribbon(marks) })
    cluster.events = [...events]
    for (const [term, ids] of leaders) cluster.leaders.set(term, new Set(ids))
    return cluster
  }

  state(): ClusterState {
    return {
      clusterId: this.#clusterId,
      ledAt: this.ledAt,
      sights: [...this.sights.values()].map(({ ribbon, ...sight }) => ({ ...sight, marks: ribbon.marks })),
      events: [...this.events],
      leaders: [...this.leaders].map(([term, ids]) => [term, [...ids]]),
    }
  }

  take(note: Note): void {
    switch (note.kind) {
      case "status":
        return this.onStatus(note.address, note.status, note.at, note.roundTripMs)
      case "failure":
        return this.onFailure(note.address, note.because, note.at)
      case "events":
        return this.onEvents(note.address, note.events)
      case "skipped":
        return this.onSkipped(note.address, note.count)
      case "fsync":
        this.sight(note.address).fsync = note.figures
        return
      case "feed":
        this.sight(note.address).feed = note.feed
        return
      default:
        return note satisfies never
    }
  }

  /** The node at `address`; from now on it belongs to the picture. */
  sight(address: string): Sight {
    const known = this.sights.get(address)
    if (known !== undefined) return known
    const sight: Sight = {
      address,
      status: null,
      answeredAt: null,
      roundTripMs: null,
      failure: null,
      stranger: null,
      clockAheadMs: 0,
      feed: "connecting",
      skipped: 0,
      fsync: null,
      ribbon: new Ribbon(),
      held: [],
    }
    this.sights.set(address, sight)
    return sight
  }

  onStatus(address: string, status: ClusterStatus, at: number, roundTripMs: number): void {
    if (this.#clusterId !== null && this.#clusterId !== status.clusterId) {
      if (!this.#isGoneFrom(address)) return this.#onStranger(address, status.clusterId, at)
      this.#beginAnew()
    }
    this.#clusterId ??= status.clusterId
    const sight = this.sight(address)
    const { role, term, id, utcMs } = status.self
    if (status.leaderId !== null) this.ledAt = at
    sight.status = status
    sight.answeredAt = at
    sight.roundTripMs = roundTripMs
    sight.failure = null
    sight.stranger = null
    sight.clockAheadMs = clockAheadMs(utcMs, at, roundTripMs)
    const { held } = sight
    sight.held = []
    this.onEvents(address, held)
    // One that has stopped for good is there to be asked, and takes part in nothing.
    sight.ribbon.add(role === "halted" ? { at, role: "away", term: 0 } : { at, role, term })
    if (role === "leader") this.#noteLeader(term, id)
  }

  onFailure(address: string, because: string, at: number): void {
    const sight = this.sight(address)
    // What a stranger told goes with it: the next server that answers tells its own.
    if (sight.stranger !== null) sight.held = []
    // Since when is the first failure's word, why is the latest's.
    sight.failure = { since: sight.failure?.since ?? at, because }
    sight.ribbon.add({ at: sight.failure.since, role: "away", term: 0 })
  }

  onEvents(address: string, events: readonly ToldEvent[]): void {
    const sight = this.sight(address)
    if (!answers(sight)) {
      sight.held = [...sight.held, ...events].slice(-eventsKeptMax)
      return
    }
    for (const event of events) {
      const at = event.utcMs - sight.clockAheadMs
      this.events.push({ address, event, at })
      this.#onObservation(sight, event, at)
    }
    // Nodes tell their history when the page comes, so the order in which they are heard is not the order in which things happened.
    this.events.sort((a, b) => a.at - b.at)
    if (this.events.length > eventsKeptMax) this.events = this.events.slice(-eventsKeptMax)
  }

  onSkipped(address: string, count: number): void {
    this.sight(address).skipped += count
  }

  /** Client addresses that any node lists as a member's. */
  knownAddresses(): string[] {
    const listed = [...this.sights.values()].flatMap(({ status }) => status?.members.map((member) => member.clientAddress) ?? [])
    return [...new Set(listed)].filter((address) => address !== "")
  }

  #onObservation(sight: Sight, { node, observation }: ToldEvent, at: number): void {
    switch (observation.kind) {
      case "becameFollower":
        return sight.ribbon.add({ at, role: "follower", term: observation.term })
      case "becamePreCandidate":
        return sight.ribbon.add({ at, role: "preCandidate", term: observation.term })
      case "becameCandidate":
        return sight.ribbon.add({ at, role: "candidate", term: observation.term })
      case "becameLeader":
        this.#noteLeader(observation.term, node)
        return sight.ribbon.add({ at, role: "leader", term: observation.term })
      default:
    }
  }

  #noteLeader(term: number, id: number): void {
    const seen = this.leaders.get(term) ?? new Set()
    this.leaders.set(term, seen.add(id))
    // By insertion: the oldest goes, unless it is the proof of a violation.
    for (const [old, ids] of this.leaders) {
      if (this.leaders.size <= termsKeptMax) break
      if (ids.size === 1) this.leaders.delete(old)
    }
  }

  #onStranger(address: string, clusterId: string, at: number): void {
    const sight = this.sight(address)
    sight.stranger = clusterId
    this.onFailure(address, "a node of another cluster answers there", at)
  }

  /** Whether the node at `address` was of this cluster until now, and nobody is left who is: then another cluster was begun in its place. */
  #isGoneFrom(address: string): boolean {
    const { status, stranger } = this.sight(address)
    const others = [...this.sights.values()].filter((sight) => sight.address !== address)
    return status !== null && stranger === null && !others.some(answers)
  }

  /**
   * What was known is history of something else. Not whom this page reaches, nor whose events it hears, nor what nodes told that have yet to say whose
   * they are.
   */
  #beginAnew(): void {
    const sights = [...this.sights.values()]
    this.sights.clear()
    this.leaders.clear()
    this.events = []
    this.#clusterId = null
    for (const { address, failure, feed, held } of sights) Object.assign(this.sight(address), { failure, feed, held })
  }
}

/**
 * A node read its clock somewhere on the way there and back, and clocks tell whole milliseconds: what may come of that alone is taken for no difference,
 * because correcting by it would put events of nodes on one machine into an order that never was.
 */
function clockAheadMs(utcMs: number, at: number, roundTripMs: number): number {
  const aheadMs = utcMs - (at - roundTripMs / 2)
  return Math.abs(aheadMs) <= roundTripMs / 2 + 1 ? 0 : aheadMs
}

/** Whether its last answer may stand for the present. */
export function answers(sight: Sight): boolean {
  return sight.failure === null && sight.status !== null
}
