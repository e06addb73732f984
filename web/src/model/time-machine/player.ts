/** Moves a time machine through time and tells the page when to look again. One loop of animation frames drives everything that moves. */

import { signal } from "@preact/signals"
import type { NodeId } from "oarlock/core"
import { scriptedClientsFrom, type WorldAction, type ScriptedOperation } from "oarlock/simulator"
import { History } from "./history.ts"
import { timeAfter } from "./idle-time.ts"
import type { Moment } from "./moment.ts"
import type { Pace } from "./pace.ts"
import type { BranchPosition, Position, TimeMachine } from "./time-machine.ts"

/** What is selected lights up in every view. */
export type Selection =
  | { readonly kind: "server"; readonly id: NodeId }
  | { readonly kind: "message"; readonly name: string }
  | { readonly kind: "link"; readonly one: NodeId; readonly other: NodeId }
  | null

/** The views of the workbench; where there is room, those from `inspector` on stand beside the others. */
export const viewNames = ["logs", "space-time", "pending", "compare", "inspector", "events", "client", "rules"] as const
export type ViewName = (typeof viewNames)[number]

/** A menu about something, at a place of the page. */
export interface Menu {
  readonly selection: NonNullable<Selection>
  readonly x: number
  readonly y: number
}

/** World time for one second on the wall, in milliseconds. */
export const speeds = [1, 5, 20, 50, 100, 500, 1_000, 10_000] as const

/** At which events playing stops by itself. */
export const stops = {
  election: ({ elected }: Moment): boolean => elected !== null,
  commit: ({ committed }: Moment, before: Moment | undefined): boolean => committed > (before?.committed ?? 0),
  purge: ({ isPurge }: Moment): boolean => isPurge,
} as const
export type Stop = keyof typeof stops

/** While it plays, views that are read rather than watched are drawn again in turn, one group of them in a frame. */
const turns = 6
export type Turn = 0 | 1 | 2 | 3 | 4 | 5

/** Events that one frame may show: a fast run must not freeze the page. */
const eventsPerFrameMax = 400
/** Events that one round may take: a message that is held back elsewhere must not keep it going for ever. */
const roundEventsMax = 5_000
/** A tab that was asleep does not catch up. */
const frameMsMax = 100

export class Player {
  /** Counts changes of the time machine: reading it makes a component look again. */
  readonly version = signal(0)
  /** The same for each turn, while it plays. */
  readonly #turns = Array.from({ length: turns }, () => signal(0))
  #turn = 0
  readonly isPlaying = signal(false)
  /** World milliseconds for one second on the wall, where there is no pace. */
  readonly speed = signal<number>(50)
  /** Whether what has a pace of its own is played at it. */
  readonly keepsPace = signal(true)
  readonly selection = signal<Selection>(null)
  /** A click on a server crashes or restarts it, a click on a message drops it. */
  readonly actsAtOnce = signal(false)
  /** Whether time passes faster while no message is on its way. */
  readonly hurries = signal(true)
  /** Playing stops at the next of these. */
  readonly stopsAt = signal<ReadonlySet<Stop>>(new Set())
  /** Which view is shown under the tape, or anywhere on a narrow page. */
  readonly view = signal<ViewName>("logs")
  readonly menu = signal<Menu | null>(null)
  /** What could not be done, in words, until the next thing is. */
  readonly notice = signal<string | null>(null)
  timeMachine: TimeMachine
  /** World time that is shown, between events too. */
  now = 0
  /** Where playing ends by itself. */
  #goal: Position | null = null
  /** A stretch that is played at a pace of its own, and how much of that has passed, in milliseconds. */
  #pace: { readonly pace: Pace; readonly branch: number; passedMs: number } | null = null
  #history = new History()
  readonly #frames = new Set<(now: number) => void>()
  #lastFrameAt: number | null = null
  #frame = 0

  constructor(timeMachine: TimeMachine) {
    this.timeMachine = timeMachine
    this.now = timeMachine.world.now
  }

  /** Calls `show` with the world time that is to be drawn, every frame. Returns how to stop that. */
  onFrame(show: (now: number) => void): () => void {
    this.#frames.add(show)
    return () => {
      this.#frames.delete(show)
    }
  }

  start(): () => void {
    const loop = (at: number): void => {
      this.#frame = requestAnimationFrame(loop)
      const passedMs = this.#lastFrameAt === null ? 0 : Math.min(frameMsMax, at - this.#lastFrameAt)
      this.#lastFrameAt = at
      if (this.isPlaying.value) this.#play(passedMs)
      for (const show of this.#frames) show(this.now)
    }
    this.#frame = requestAnimationFrame(loop)
    return () => cancelAnimationFrame(this.#frame)
  }

  open(timeMachine: TimeMachine): void {
    this.timeMachine = timeMachine
    this.#pace = null
    this.#history = new History()
    this.selection.value = null
    this.notice.value = null
    this.#moved()
  }

  /** The time machine, for a component that wants to be drawn again whenever it has changed. */
  look(): TimeMachine {
    void this.version.value
    return this.timeMachine
  }

  /** The same for a component that need not be drawn again in every frame: while it plays, only when it is its turn. */
  lookInTurn(turn: Turn): TimeMachine {
    void (this.isPlaying.value ? this.#turns[turn]! : this.version).value
    return this.timeMachine
  }

  toggle(): void {
    this.isPlaying.value = !this.isPlaying.value
    this.now = Math.max(this.now, this.timeMachine.world.now)
  }

  forward(): void {
    this.isPlaying.value = false
    this.timeMachine.forward()
    this.#moved()
  }

  back(): void {
    this.seek(this.timeMachine.step - 1)
  }

  seek(step: number): void {
    this.isPlaying.value = false
    this.timeMachine.seek(step)
    this.#moved()
  }

  /** To a position of the first branch, at which what was done next has not been done yet. */
  stand({ step, done }: BranchPosition, isUndone = false): void {
    this.isPlaying.value = false
    this.timeMachine.goTo({ branch: 1, step, done }, isUndone)
    this.#moved()
  }

  /** Plays from where it stands to a position further on along the branch. */
  playTo(goal: BranchPosition): void {
    this.#goal = { branch: this.timeMachine.branch.id, ...goal }
    // A step that only looks is over before it begins: to play would lead beyond it.
    this.isPlaying.value = this.timeMachine.order < orderOf(goal)
  }

  /** Whether the branch that is shown has a stretch with a pace of its own. */
  get hasPace(): boolean {
    return this.#pace !== null && this.#pace.branch === this.timeMachine.branch.id
  }

  /** How much has passed of what is played at a pace, from 0 to 1. */
  get passed(): number {
    if (this.#pace === null) return 0
    const { pace, passedMs } = this.#pace
    return pace.durationMs === 0 ? 1 : Math.min(1, passedMs / pace.durationMs)
  }

  /** A stretch of this branch is to be played at this pace, from wherever in it. */
  prepare(pace: Pace): void {
    this.keepsPace.value = true
    this.#pace = { pace, branch: this.timeMachine.branch.id, passedMs: pace.msOf(this.timeMachine.position) ?? 0 }
  }

  /** Plays a stretch of this branch, from its beginning. */
  playAt(pace: Pace): void {
    this.stand(pace.from)
    this.prepare(pace)
    this.isPlaying.value = pace.durationMs > 0
  }

  changeBranch(id: number): void {
    this.isPlaying.value = false
    this.timeMachine.change(id)
    this.#moved()
  }

  /** To the next event, or the one before, of which `isMeant` holds. Looks ahead no further than `ahead` events, and stays where it is without one. */
  jump(direction: 1 | -1, isMeant: (step: number) => boolean, ahead = 5_000): void {
    this.isPlaying.value = false
    const { timeMachine } = this
    const start = timeMachine.step
    if (direction === -1) {
      let step = start - 1
      while (step > 0 && !isMeant(step)) step -= 1
      timeMachine.seek(step)
    } else {
      while (timeMachine.step < start + ahead && timeMachine.forward()) if (isMeant(timeMachine.step)) break
      if (!isMeant(timeMachine.step) && timeMachine.step === start + ahead) {
        timeMachine.seek(start)
        this.notice.value = `There is none in the next ${ahead} events.`
      }
    }
    this.#moved()
  }

  /** False, with a word about it in `notice`, if it cannot be done. */
  act(...actions: readonly WorldAction[]): boolean {
    try {
      this.#history.record(this.timeMachine, () => {
        for (const action of actions) this.timeMachine.act(action)
      })
      this.notice.value = null
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.notice.value = error.message
      return false
    } finally {
      this.#moved(true)
    }
    return true
  }

  /** A branch begins here, and goes the same way until something else is done on it. */
  fork(): void {
    this.#history.record(this.timeMachine, () => this.timeMachine.fork())
    this.#moved()
  }

  get canUndo(): boolean {
    return this.#history.canUndo
  }

  get canRedo(): boolean {
    return this.#history.canRedo
  }

  /** Back to the moment before the last thing that was done. Going on from there is another course of events. */
  undo(): void {
    this.isPlaying.value = false
    this.#history.undo(this.timeMachine)
    this.#moved()
  }

  redo(): void {
    this.isPlaying.value = false
    this.#history.redo(this.timeMachine)
    this.#moved()
  }

  toggleStop(stop: Stop): void {
    const before = this.stopsAt.value
    this.stopsAt.value = before.has(stop) ? new Set([...before].filter((one) => one !== stop)) : new Set([...before, stop])
  }

  /** Until every message that is on its way now has ended, or else until the next one has left. */
  round(): void {
    this.isPlaying.value = false
    const { timeMachine } = this
    const under = timeMachine.world
      .inFlight()
      .filter(({ at }) => at !== Infinity)
      .map(({ name }) => name)
    const isOver = (): boolean =>
      under.length > 0
        ? under.every((name) => timeMachine.branch.record.flightOf(name)?.end !== null)
        : timeMachine.world.inFlight().some(({ at }) => at !== Infinity)
    for (let event = 0; event < roundEventsMax && timeMachine.forward(); event++) if (isOver()) break
    this.#moved()
  }

  /** A client that nobody has seen before asks `node` for something. */
  ask(node: NodeId, operation: ScriptedOperation): boolean {
    return this.act({ kind: "request", client: this.nextClient(), node, operation })
  }

  /** Every request comes from a client of its own, so that none has to wait for another. */
  nextClient(): number {
    const { world } = this.timeMachine
    let client = scriptedClientsFrom
    while (world.requestsOf(client).length > 0) client += 1
    return client
  }

  /** What a click on something does. */
  click(selection: NonNullable<Selection>): void {
    if (!this.actsAtOnce.value || selection.kind === "link") {
      this.select(selection)
      if (isNarrow()) this.view.value = "inspector"
    } else if (selection.kind === "message") this.act({ kind: "dropMessage", message: selection.name })
    else if (this.timeMachine.world.stateOf(selection.id) === null) this.act({ kind: "restart", node: selection.id })
    else this.act({ kind: "crash", node: selection.id, powerLoss: false })
  }

  openMenu(selection: NonNullable<Selection>, x: number, y: number): void {
    this.select(selection)
    this.menu.value = { selection, x, y }
  }

  select(selection: Selection): void {
    this.selection.value = selection
  }

  #play(passedMs: number): void {
    const { timeMachine } = this
    const { world } = timeMachine
    if (this.#playPaced(passedMs)) return
    const isIdle = this.hurries.value && timeMachine.inFlight.length === 0
    this.now = timeAfter(this.now, (passedMs * this.speed.value) / 1000, world.nextAt, isIdle)
    let events = 0
    while (timeMachine.world.nextAt <= this.now && events < eventsPerFrameMax && this.#advance()) {
      events += 1
      if (!this.#isAtGoal() && !this.#isStop()) continue
      this.isPlaying.value = false
      this.now = timeMachine.world.now
      break
    }
    if (events === eventsPerFrameMax) this.now = timeMachine.world.now
    if (timeMachine.world.violation !== null) this.isPlaying.value = false
    if (events > 0) this.version.value += 1
    this.#takeTurn()
  }

  #takeTurn(): void {
    this.#turn = (this.#turn + 1) % turns
    this.#turns[this.#turn]!.value = this.version.value
  }

  /** False where there is no pace, or where it says nothing of this place. */
  #playPaced(passedMs: number): boolean {
    const { timeMachine } = this
    if (!this.hasPace || !this.keepsPace.value) return false
    const known = this.#pace!
    const { pace } = known
    const hereMs = pace.msOf(timeMachine.position)
    // At its end, or elsewhere on the branch, time goes on as it does in any run.
    if (hereMs === null || (timeMachine.order === orderOf(pace.to) && known.passedMs >= pace.durationMs)) return false
    if (orderOf(pace.at(known.passedMs).position) !== timeMachine.order) known.passedMs = hereMs
    known.passedMs += passedMs
    const { position, now } = pace.at(known.passedMs)
    const before = timeMachine.order
    while (this.isPlaying.value && timeMachine.approach(position)) if (this.#isStop()) this.isPlaying.value = false
    if (known.passedMs >= pace.durationMs || timeMachine.world.violation !== null) this.isPlaying.value = false
    this.now = this.isPlaying.value ? now : timeMachine.world.now
    if (timeMachine.order > before) this.version.value += 1
    this.#takeTurn()
    return true
  }

  /** No further than to the goal: what was done right after it belongs to what comes then. */
  #advance(): boolean {
    const { timeMachine } = this
    const goal = this.#goal?.branch === timeMachine.branch.id && timeMachine.order < orderOf(this.#goal) ? this.#goal : null
    return goal === null ? timeMachine.forward() : timeMachine.approach(goal)
  }

  #isAtGoal(): boolean {
    return this.#goal?.branch === this.timeMachine.branch.id && this.timeMachine.order === orderOf(this.#goal)
  }

  #isStop(): boolean {
    const { moment, branch } = this.timeMachine
    return [...this.stopsAt.value].some((stop) => stops[stop](moment, branch.moments[moment.step - 1]))
  }

  #moved(keepsTime = false): void {
    this.now = keepsTime ? Math.max(this.now, this.timeMachine.world.now) : this.timeMachine.world.now
    this.version.value += 1
  }
}

/** Whether the views stand one behind the other: as in `everybody.css`. */
export function isNarrow(): boolean {
  return matchMedia("(max-width: 860px)").matches
}

/** As `TimeMachine.order` counts. */
function orderOf({ step, done }: BranchPosition): number {
  return step + done
}
