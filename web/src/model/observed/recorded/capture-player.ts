/**
 * A capture that is looked at: the model as it was at a moment, made again from the notes up to then.
 *
 * To go on, the next notes are taken; to go back, one of the states that were kept on the way, and the notes since.
 */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals"
import { Cluster, type ClusterState } from "../cluster.ts"
import type { DevStatus } from "../dev-status.ts"
import type { Facts } from "../facts.ts"
import { type Picture, pictureOf } from "../picture.ts"
import type { Capture } from "./read-capture.ts"
import { type Reign, reignsOf } from "./reigns.ts"

/** How many times as fast as it was. */
export const speeds = [1, 10, 60] as const
/** A key goes this far, in milliseconds. */
const stepMs = 1_000
/** A state is kept after so many notes. */
const notesBetweenStates = 1_000

export class CapturePlayer implements Facts {
  readonly capture: Capture
  readonly reigns: readonly Reign[]
  readonly picture: Signal<Picture>
  /** The supervisor's word is not in a capture. */
  readonly dev: ReadonlySignal<DevStatus | null> = signal<DevStatus | null>(null)
  readonly selected: Signal<number | null> = signal<number | null>(null)
  readonly isPlaying: Signal<boolean> = signal(false)
  readonly speed: Signal<number> = signal<number>(speeds[0])
  cluster: Cluster
  /** Notes that `cluster` has taken. */
  #taken = 0
  readonly #states: ClusterState[]

  /** Stands at the end: as it was when it was saved. */
  constructor(capture: Capture) {
    this.capture = capture
    this.reigns = reignsOf(capture)
    this.#states = [capture.start]
    this.cluster = Cluster.from(capture.start)
    this.picture = signal(pictureOf(this.cluster, capture.from))
    this.seek(capture.until)
  }

  /** The moment that is shown, on the clock of the page that saved it. */
  get at(): number {
    return this.picture.value.now
  }

  seek(to: number): void {
    const { from, until, notes } = this.capture
    const at = Math.max(from, Math.min(until, to))
    if (this.#taken > 0 && notes[this.#taken - 1]!.at > at) this.#goBack(at)
    while (this.#taken < notes.length && notes[this.#taken]!.at <= at) {
      this.cluster.take(notes[this.#taken]!)
      this.#taken += 1
      if (this.#taken === this.#states.length * notesBetweenStates) this.#states.push(this.cluster.state())
    }
    this.picture.value = pictureOf(this.cluster, at)
  }

  step(direction: 1 | -1): void {
    this.isPlaying.value = false
    this.seek(this.at + direction * stepMs)
  }

  /** To the moment at which the election before, or the next one, showed. */
  jump(direction: 1 | -1): void {
    this.isPlaying.value = false
    const to = this.electionFrom(direction)
    if (to !== null) this.seek(to)
  }

  electionFrom(direction: 1 | -1): number | null {
    const { at } = this
    const elections = this.reigns.filter(({ isElection }) => isElection)
    const found = direction === 1 ? elections.find((one) => one.at > at) : elections.findLast((one) => one.at < at)
    return found?.at ?? null
  }

  toggle(): void {
    const { from, until } = this.capture
    if (!this.isPlaying.value && this.at >= until) this.seek(from)
    this.isPlaying.value = !this.isPlaying.value
  }

  /** So much time has passed on the wall. */
  pass(ms: number): void {
    if (!this.isPlaying.value) return
    this.seek(this.at + ms * this.speed.value)
    if (this.at >= this.capture.until) this.isPlaying.value = false
  }

  #goBack(at: number): void {
    const { notes } = this.capture
    let place = this.#states.length - 1
    while (place > 0 && notes[place * notesBetweenStates - 1]!.at > at) place -= 1
    this.cluster = Cluster.from(this.#states[place]!)
    this.#taken = place * notesBetweenStates
  }
}
