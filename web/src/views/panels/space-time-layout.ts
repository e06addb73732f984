/**
 * Where everything of a space-time diagram lies: a lane for each server, time to the right, a message from where it was sent to where it ended.
 *
 * Only what is in view is laid out, and lines of one kind become one path: a run of 10,000s of events costs as many elements as one of ten.
 */

import type { NodeId } from "oarlock/core"
import type { Flight, Landing, BranchRecord, Standing } from "../../model/time-machine/branch-record.ts"
import { placeInCone, type Cone } from "../../model/time-machine/causal-cone.ts"
import type { Moment } from "../../model/time-machine/moment.ts"

export type Unit = "time" | "events"

/** What is in view, and of which run. */
export interface View {
  readonly unit: Unit
  /** Pixels for a millisecond, or for an event. */
  readonly scale: number
  /** The left edge, in pixels from the beginning of the run. */
  readonly left: number
  readonly width: number
  readonly servers: readonly NodeId[]
  readonly moments: readonly Moment[]
  readonly record: BranchRecord
  /** The event that one stands at, its world time, and how far the record counts there. */
  readonly step: number
  readonly now: number
  readonly order: number
  readonly cone: Cone | null
  /** When those messages that are on their way will arrive. */
  readonly arrivals: ReadonlyMap<string, number>
}

export const laneHeight = 34
export const axisHeight = 24

/** A message as a line. */
export interface Line {
  readonly flight: Flight
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  readonly isLost: boolean
}

export interface Stretch {
  readonly id: NodeId
  readonly x1: number
  readonly x2: number
  readonly y: number
  readonly term: number
  readonly kind: "down" | "follower" | "candidate" | "leader"
}

export interface Group {
  readonly key: string
  readonly term: number
  readonly classes: string
  readonly path: string
}

export interface Layout {
  readonly height: number
  readonly stretches: readonly Stretch[]
  readonly lines: readonly Line[]
  /** All lines, as few paths. */
  readonly groups: readonly Group[]
  readonly dots: readonly { readonly step: number; readonly x: number; readonly y: number; readonly kind: "event" | "action" | "elected" }[]
  readonly ticks: readonly { readonly x: number; readonly text: string }[]
  /** Where one stands. */
  readonly x: number
}

export function laneY(servers: readonly NodeId[], id: NodeId): number {
  return axisHeight + (servers.indexOf(id) + 0.5) * laneHeight
}

/** How far from the beginning something is, in pixels. */
export function positionOf({ unit, scale }: Pick<View, "unit" | "scale">, step: number, at: number): number {
  return marginPx + (unit === "time" ? at : step) * scale
}

export function layOut(view: View): Layout {
  const { servers, record, moments } = view
  const lines: Line[] = []
  for (const flight of record.flights) {
    const line = lineOf(view, flight)
    if (line !== null && Math.max(line.x1, line.x2) > -8 && Math.min(line.x1, line.x2) < view.width + 8) lines.push(line)
  }
  return {
    height: axisHeight + servers.length * laneHeight,
    stretches: servers.flatMap((id) => stretchesOf(view, id, record.standings.get(id) ?? [])),
    lines,
    groups: groupsOf(view, lines),
    dots: dotsOf(view),
    ticks: ticksOf(view),
    x: positionOf(view, view.step, moments[view.step]?.at ?? view.now) - view.left,
  }
}

/** Steps that are in view, ends included. */
export function stepsInView(view: Pick<View, "unit" | "scale" | "left" | "width" | "moments">): readonly [number, number] {
  const { unit, scale, left, width, moments } = view
  const from = (left - marginPx) / scale
  const through = (left + width - marginPx) / scale
  const last = moments.length - 1
  if (unit === "events") return [Math.max(0, Math.floor(from)), Math.min(last, Math.ceil(through))]
  return [firstAt(moments, from), Math.min(last, firstAt(moments, through))]
}

/** The lane and the event nearest to a point, or the message whose line is. */
export function whatIsAt(
  view: View,
  { lines }: Layout,
  x: number,
  y: number,
): { readonly line: Line } | { readonly step: number; readonly id: NodeId | null } {
  const [first, last] = stepsInView(view)
  let nearest = { step: view.step, id: null as NodeId | null, distance: Infinity }
  for (let step = first; step <= last; step++) {
    const { place, at } = view.moments[step]!
    const dx = positionOf(view, step, at) - view.left - x
    const dy = place === null ? laneHeight : laneY(view.servers, place) - y
    const distance = Math.hypot(dx, dy)
    if (distance < nearest.distance) nearest = { step, id: place, distance }
  }
  if (nearest.distance <= hitPx / 2) return nearest
  const line = lines
    .map((one) => ({ one, away: distanceTo(one, x, y) }))
    .reduce((a, b) => (b.away < a.away ? b : a), { one: null as Line | null, away: hitPx })
  return line.one === null ? nearest : { line: line.one }
}

/** Room before the first event. */
const marginPx = 16
const hitPx = 14
/** How far a message that was lost at once gets in the layout. */
const lostPx = 14

function lineOf(view: View, flight: Flight): Line | null {
  const { from, to, sentStep, sentAt, end, name } = flight
  const { servers, left } = view
  const x1 = positionOf(view, sentStep, sentAt) - left
  const y1 = laneY(servers, from)
  const y = laneY(servers, to)
  // What is known of later is drawn to its end; what is not goes as far as it has come.
  if (end === null) {
    const arrivesAt = view.arrivals.get(name) ?? Infinity
    const part =
      arrivesAt === Infinity ? 0.5 : arrivesAt <= sentAt ? 1 : Math.max(0, Math.min(1, (view.now - sentAt) / (arrivesAt - sentAt)))
    return { flight, x1, y1, x2: Math.max(x1, positionOf(view, view.step, view.now) - left), y2: y1 + (y - y1) * part, isLost: false }
  }
  if (end.step === sentStep && end.fate !== "arrived") {
    return { flight, x1, y1, x2: x1 + lostPx, y2: y1 + Math.sign(y - y1) * lostPx, isLost: true }
  }
  return { flight, x1, y1, x2: positionOf(view, end.step, end.at) - left, y2: endY(y1, y, end.fate), isLost: end.fate !== "arrived" }
}

/** What was dropped on its way never reached the lane. */
function endY(from: number, to: number, fate: Landing["fate"]): number {
  return fate === "arrived" ? to : from + (to - from) * 0.8
}

function stretchesOf(view: View, id: NodeId, standings: readonly Standing[]): Stretch[] {
  const found: Stretch[] = []
  const y = laneY(view.servers, id)
  const last = view.moments.at(-1)!
  for (const [position, { step, at, term, role, isUp }] of standings.entries()) {
    const next = standings[position + 1]
    const x1 = positionOf(view, step, at) - view.left
    const x2 = positionOf(view, next?.step ?? last.step, next?.at ?? last.at) - view.left
    if (x2 < 0 || x1 > view.width) continue
    const kind = isUp ? (role === "preCandidate" ? "candidate" : role) : "down"
    const before = found.at(-1)
    if (before !== undefined && before.term === term && before.kind === kind) found[found.length - 1] = { ...before, x2 }
    else found.push({ id, x1: Math.max(x1, -20), x2: Math.min(x2, view.width + 20), y, term, kind })
  }
  return found.map((stretch) => ({ ...stretch, x2: Math.min(stretch.x2, view.width + 20) }))
}

function groupsOf(view: View, lines: readonly Line[]): readonly Group[] {
  const groups = new Map<string, { term: number; classes: string; parts: string[] }>()
  for (const { flight, x1, y1, x2, y2, isLost } of lines) {
    const place = view.cone === null ? "" : placeInCone(view.cone, flight)
    const classes = [flight.shape.isReply ? "reply" : "request", isLost ? "lost" : "", place, flight.order > view.order ? "later" : ""]
      .filter(Boolean)
      .join(" ")
    const key = `${flight.term} ${classes}`
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = { term: flight.term, classes, parts: [] }))
    group.parts.push(`M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`)
    if (isLost) group.parts.push(crossAt(x2, y2))
    else if (flight.end !== null) group.parts.push(headAt(x1, y1, x2, y2))
  }
  return [...groups].map(([key, { term, classes, parts }]) => ({ key, term, classes, path: parts.join("") }))
}

function crossAt(x: number, y: number): string {
  const arm = 4.5
  const [l, r, t, b] = [x - arm, x + arm, y - arm, y + arm].map((value) => value.toFixed(1))
  return `M${l} ${t}L${r} ${b}M${r} ${t}L${l} ${b}`
}

function headAt(x1: number, y1: number, x2: number, y2: number): string {
  const angle = Math.atan2(y2 - y1, x2 - x1)
  const side = (turn: number): string => `${(x2 - 7 * Math.cos(angle + turn)).toFixed(1)} ${(y2 - 7 * Math.sin(angle + turn)).toFixed(1)}`
  return `M${side(0.4)}L${x2.toFixed(1)} ${y2.toFixed(1)}L${side(-0.4)}`
}

/** Dots stand closer than this only where something was done or somebody was elected. */
const dotGapPx = 3

function dotsOf(view: View): Layout["dots"] {
  const [first, last] = stepsInView(view)
  const dots: { step: number; x: number; y: number; kind: "event" | "action" | "elected" }[] = []
  const latest = new Map<NodeId, number>()
  for (let step = first; step <= last; step++) {
    const { place, at, elected, isDone, servers } = view.moments[step]!
    const id = elected?.id ?? place ?? (isDone ? servers[0] : undefined)
    if (id === undefined) continue
    const x = positionOf(view, step, at) - view.left
    const kind = elected !== null ? "elected" : isDone ? "action" : "event"
    if (kind === "event" && x - (latest.get(id) ?? -Infinity) < dotGapPx) continue
    latest.set(id, x)
    dots.push({ step, x, y: laneY(view.servers, id), kind })
  }
  return dots
}

const tickPx = 90

function ticksOf({ unit, scale, left, width }: View): Layout["ticks"] {
  const rough = tickPx / scale
  const power = 10 ** Math.floor(Math.log10(rough))
  const every = Math.max(
    unit === "events" ? 1 : 0,
    [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!,
  )
  const ticks: { x: number; text: string }[] = []
  for (let value = Math.max(0, Math.ceil((left - marginPx) / scale / every) * every); ; value += every) {
    const x = marginPx + value * scale - left
    if (x > width) return ticks
    const number = every >= 1 ? value.toFixed(0) : value.toFixed(1)
    ticks.push({ x, text: unit === "time" ? `${number} ms` : number })
  }
}

function firstAt(moments: readonly Moment[], at: number): number {
  let low = 0
  let high = moments.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (moments[middle]!.at < at) low = middle + 1
    else high = middle
  }
  return low
}

function distanceTo({ x1, y1, x2, y2 }: Line, x: number, y: number): number {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2
  const part = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length))
  return Math.hypot(x1 + part * (x2 - x1) - x, y1 + part * (y2 - y1) - y)
}
