/**
 * How fast a stretch of a run is shown: time goes by what there is to see, not by the clock of the world.
 *
 * An event that matters (a leader, a commit, an answer, a purge, and what the caller names) gets half a second before it and half a second after
 * it. Messages are slow enough to be followed. A calm stretch, in which nothing moves, is short. Each part of it fits into `paceMs.most`.
 */

import type { BranchRecord } from "./branch-record.ts"
import type { Branch } from "./branch.ts"
import { momentAfter, type Moment } from "./moment.ts"
import type { BranchPosition } from "./time-machine.ts"

/** Milliseconds on the wall. */
export const paceMs = {
  /** One part, at most. */
  most: 8_000,
  /** Before an event that matters, and again after it. */
  beside: 500,
  /** After something that is done, or that a server becomes. */
  notable: 250,
  /** While nothing moves, at most. */
  calm: 400,
} as const

/** What all of it takes if there is enough to see. */
const wantedMs = 6_000
/** Milliseconds on the wall for one of the world: while a message is on its way, and while none is. */
const perWorldMs = { moving: 800, calm: 20 } as const

/** One event, or one thing that is done. */
interface Happening {
  readonly position: BranchPosition
  /** World time in milliseconds. */
  readonly at: number
  /** World milliseconds since what happened before. */
  readonly sinceMs: number
  /** Whether a message was on its way then. */
  readonly isMoving: boolean
  readonly weight: "plain" | "notable" | "main"
}

export interface PaceOptions {
  /** Positions right after events that matter in the story of this run. */
  readonly about?: readonly BranchPosition[]
  /** Milliseconds that each part takes at least, so that what is said of it can be read. */
  readonly leastMs?: number
}

export class Pace {
  /** Where it begins and ends. */
  readonly from: BranchPosition
  readonly to: BranchPosition
  readonly durationMs: number
  readonly #happenings: readonly Happening[]
  /** When each of them happens, in milliseconds from the beginning. */
  readonly #whens: readonly number[]
  readonly #fromAt: number

  /** `stops`: where it begins, where its parts end, and where it ends. All of it must have happened on the branch before. */
  constructor(branch: Branch, stops: readonly BranchPosition[], { about = [], leastMs = 0 }: PaceOptions = {}) {
    this.from = stops[0]!
    this.to = stops.at(-1)!
    this.#fromAt = branch.moments[this.from.step]!.at
    const main = new Set(about.map(orderOf))
    const happenings: Happening[] = []
    const waits: number[] = [0]
    for (const [position, to] of stops.slice(1).entries()) {
      const part = happeningsOf(branch, stops[position]!, to, main)
      if (part.length === 0) continue
      happenings.push(...part)
      const [first = 0, ...others] = atLeast(waitsFor(part), leastMs)
      // What follows the last happening of one part comes before the first of the next.
      waits.push((waits.pop() ?? 0) + first, ...others)
    }
    this.#happenings = happenings
    const whens: number[] = []
    let passedMs = 0
    for (const wait of waits) whens.push((passedMs += wait))
    this.#whens = whens.slice(0, -1)
    this.durationMs = passedMs
  }

  /** After so many milliseconds: the position that has been reached, and the world time that is shown. */
  at(ms: number): { readonly position: BranchPosition; readonly now: number } {
    let passed = 0
    while (passed < this.#whens.length && this.#whens[passed]! <= ms) passed += 1
    const last = this.#happenings[passed - 1]
    const next = this.#happenings[passed]
    const [position, lastAt] = [last?.position ?? this.from, last?.at ?? this.#fromAt]
    if (next === undefined) return { position, now: lastAt }
    const lastMs = this.#whens[passed - 1] ?? 0
    const part = Math.max(0, ms - lastMs) / (this.#whens[passed]! - lastMs)
    return { position, now: lastAt + part * (next.at - lastAt) }
  }

  /** When a position is reached; null if it is not on the way. */
  msOf(position: BranchPosition): number | null {
    const order = orderOf(position) - orderOf(this.from)
    return order === 0 ? 0 : (this.#whens[order - 1] ?? null)
  }
}

/**
 * How long it takes until each of them happens, and one more after the last. Where there is too much to see, messages are faster first, then what is
 * notable, and what matters last.
 */
function waitsFor(happenings: readonly Happening[]): number[] {
  const main = besides(happenings, "main", paceMs.beside, paceMs.beside)
  const notable = besides(happenings, "notable", 0, paceMs.notable)
  const plain = happenings.map(({ isMoving, sinceMs }) =>
    isMoving ? sinceMs * perWorldMs.moving : Math.min(paceMs.calm, sinceMs * perWorldMs.calm),
  )
  return [notable, [...plain, 0]].reduce((waits, more) => withMore(waits, more, wantedMs), within(main, paceMs.most))
}

/** What the happenings of one weight take before and after them. */
function besides(happenings: readonly Happening[], weight: Happening["weight"], beforeMs: number, afterMs: number): number[] {
  const waits = Array.from({ length: happenings.length + 1 }, () => 0)
  for (const [position, happening] of happenings.entries()) {
    if (happening.weight !== weight) continue
    const next = happenings[position + 1]
    waits[position] = Math.max(waits[position]!, beforeMs)
    // Things that are done one right after the other are seen together.
    const isFollowed = weight === "notable" && next?.weight === "notable" && next.sinceMs === 0
    if (!isFollowed) waits[position + 1] = afterMs
  }
  return waits
}

/** Waits of at least `waits`, and of `more` as far as all of them together stay under `most`. */
function withMore(waits: readonly number[], more: readonly number[], most: number): number[] {
  const missing = waits.map((ms, position) => Math.max(0, more[position]! - ms))
  const part = Math.min(1, Math.max(0, most - sum(waits)) / (sum(missing) || 1))
  return waits.map((ms, position) => ms + missing[position]! * part)
}

function atLeast(waits: readonly number[], least: number): number[] {
  const missing = Math.max(0, least - sum(waits))
  return waits.map((ms, position) => (position === waits.length - 1 ? ms + missing : ms))
}

function within(waits: readonly number[], most: number): number[] {
  const part = Math.min(1, most / (sum(waits) || 1))
  return waits.map((ms) => ms * part)
}

function happeningsOf(branch: Branch, from: BranchPosition, to: BranchPosition, about: ReadonlySet<number>): Happening[] {
  const { actions, moments, record } = branch
  const [first, last] = [orderOf(from), orderOf(to)]
  const moving = movingIn(record, first, last)
  const changes = changesIn(record)
  const found: Happening[] = []
  let [{ step, done }, before] = [from, momentAfter(moments[from.step]!, from.done)]
  for (let order = first + 1; order <= last; order++) {
    const isDeed = done < to.done && actions[done]?.step === step
    if (isDeed) done += 1
    else step += 1
    const moment = momentAfter(moments[step]!, done)
    const isMain = about.has(order) || matters(moment, before, isDeed)
    const weight = isMain ? "main" : isDeed || changes.has(order) ? "notable" : "plain"
    found.push({
      position: { step, done },
      at: moment.at,
      sinceMs: moment.at - before.at,
      isMoving: moving[order - first - 1]! > 0,
      weight,
    })
    before = moment
  }
  return found
}

function matters(moment: Moment, before: Moment, isDeed: boolean): boolean {
  if (isDeed) return false
  return moment.elected !== null || moment.committed > before.committed || moment.isPurge || moment.isAnswer
}

/** How many messages are on their way after each order from `first` on, up to `last`. Those that are held back for ever do not move. */
function movingIn({ flights }: BranchRecord, first: number, last: number): number[] {
  const changes = Array.from({ length: last - first + 1 }, () => 0)
  for (const { order, end } of flights) {
    if (end === null || end.order <= first || order >= last) continue
    changes[Math.max(0, order - first)]! += 1
    if (end.order <= last) changes[end.order - first]! -= 1
  }
  let count = 0
  return changes.map((change) => (count += change))
}

/** The orders at which a server came up, went down, or changed its role or its term. */
function changesIn({ standings }: BranchRecord): Set<number> {
  const orders = new Set<number>()
  for (const known of standings.values()) {
    for (const [position, { order, isUp, role, term }] of known.entries()) {
      const before = known[position - 1]
      if (before !== undefined && (before.isUp !== isUp || before.role !== role || before.term !== term)) orders.add(order)
    }
  }
  return orders
}

/** As `TimeMachine.order` counts. */
function orderOf({ step, done }: BranchPosition): number {
  return step + done
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
