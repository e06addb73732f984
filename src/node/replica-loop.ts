/**
 * Drives a replica on the event loop of Node: gathers events, steps once per turn, has the effects performed, sleeps until the deadline.
 *
 * Everything that the sockets and the disk delivered in one poll of the event loop becomes one `step` in the check phase right after it
 * (`setImmediate`), so that batches form by themselves under load, and without load no event waits.
 *
 * A stalled loop, a SIGSTOP or a suspended machine is a pause that the process does not notice (Raft's model: any server may be slow at any time).
 * So if the deadline has passed, the replica first gets the true time, by a `wake` event, and only then the messages that queued up: an old leader
 * checks its quorum and its lease before it uses answers from before the pause. If the monotonic clock itself stood still, the wall clock shows it
 * (`clock-watch.ts`), and that event comes first of all.
 */

import type { Milliseconds } from "../core/index.ts"
import { type Effects, type Proposal, type Read, type ReplicaEvent, stackOf } from "../replica/index.ts"
import { ClockWatch, systemClocks } from "./watching/clock-watch.ts"
import type { StallWatch } from "./watching/stall-watch.ts"

/** The part of a replica that the loop uses. */
export interface Steppable {
  readonly deadline: Milliseconds
  step(now: Milliseconds, events: readonly ReplicaEvent[]): Effects
}

export interface ReplicaLoopOptions {
  readonly replica: Steppable
  /** Performs effects. May feed the loop while it does. */
  readonly perform: (effects: Effects) => void
  /** The replica stopped for good; the loop has stopped too. */
  readonly onHalt: (because: string, error: unknown) => void
  /** Told of every turn, if given. */
  readonly stalls?: StallWatch
  /** A monotonic clock in milliseconds; tests bring their own. */
  readonly now?: () => Milliseconds
  /** The wall clock that the monotonic one is compared with: `Date.now` if left out, or `now` if that is given. */
  readonly wallNow?: () => Milliseconds
}

/** How punctual the loop has been since the node was opened. Durations in milliseconds. */
export interface LoopFigures {
  /** Turns of the event loop in which the replica stepped, since the node was opened. */
  readonly turns: number
  /** The longest single turn: one step and its effects. */
  readonly longestTurnMs: number
  /** The longest delay of a wake-up: because of other work on this thread, or a pause of the process. */
  readonly longestDelayMs: number
  /** How often the event loop stood still for half of the smallest election timeout or longer; see `StallWatch`. */
  readonly stalls: number
  /** The sum of those times, in milliseconds. */
  readonly stalledMs: number
}

/** The most steps that follow each other directly, if their effects complete at once, before sockets are read again. */
export const stepsPerTurnMax = 4

/** Node keeps timers as 32-bit numbers of milliseconds; a longer sleep is made of several. */
const sleepMsMax = 0x7fff_ffff

export class ReplicaLoop {
  readonly #replica: Steppable
  readonly #perform: (effects: Effects) => void
  readonly #onHalt: (because: string, error: unknown) => void
  readonly #now: () => Milliseconds
  readonly #clocks: ClockWatch
  #events: ReplicaEvent[] = []
  /** The lists inside this turn's `propose` and `read` events, to which further requests of the turn are added. */
  #proposals: Proposal[] | null = null
  #reads: Read[] | null = null
  #immediate: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #timerDueMs: Milliseconds = Number.POSITIVE_INFINITY
  #stepping = false
  #stopped = false
  #turns = 0
  #longestTurnMs = 0
  #longestDelayMs = 0
  readonly #stalls: StallWatch | null

  constructor(options: ReplicaLoopOptions) {
    this.#replica = options.replica
    this.#perform = options.perform
    this.#onHalt = options.onHalt
    this.#stalls = options.stalls ?? null
    const { now = systemClocks.now } = options
    this.#now = now
    this.#clocks = new ClockWatch({ now, wallNow: options.wallNow ?? (options.now === undefined ? systemClocks.wallNow : now) })
  }

  /**
   * Takes the first step, after this turn of the event loop. Its effects are recovery's repairs of the disk and its observations, which the caller of
   * `open` can hear only once it has the node and has added listeners.
   */
  start(): void {
    this.#events.unshift({ kind: "wake" })
    this.#stalls?.start()
    this.#schedule()
  }

  /** Adds an event to the next step. */
  feed(event: ReplicaEvent): void {
    if (this.#stopped) return
    this.#events.push(event)
    this.#schedule()
  }

  propose(proposal: Proposal): void {
    if (this.#stopped) return
    if (this.#proposals === null) {
      this.#proposals = []
      this.feed({ kind: "propose", proposals: this.#proposals })
    }
    this.#proposals.push(proposal)
  }

  read(read: Read): void {
    if (this.#stopped) return
    if (this.#reads === null) {
      this.#reads = []
      this.feed({ kind: "read", reads: this.#reads })
    }
    this.#reads.push(read)
  }

  /** No step is taken after this. May be called twice. */
  stop(): void {
    this.#stopped = true
    this.#stalls?.stop()
    this.#events = []
    this.#proposals = null
    this.#reads = null
    if (this.#immediate !== null) clearImmediate(this.#immediate)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#immediate = null
    this.#timer = null
  }

  figures(): LoopFigures {
    return {
      turns: this.#turns,
      longestTurnMs: this.#longestTurnMs,
      longestDelayMs: this.#longestDelayMs,
      stalls: this.#stalls?.count ?? 0,
      stalledMs: this.#stalls?.totalMs ?? 0,
    }
  }

  #schedule(): void {
    if (this.#stepping || this.#stopped) return
    this.#immediate ??= setImmediate(() => {
      this.#immediate = null
      this.#turn()
    })
  }

  #turn(): void {
    this.#stepping = true
    const startedMs = this.#now()
    this.#stalls?.turnBegins(startedMs)
    let steps = 0
    do this.#step()
    while (!this.#stopped && this.#events.length > 0 && ++steps < stepsPerTurnMax)
    this.#stepping = false
    this.#turns++
    if (this.#stopped) return
    const endedMs = this.#now()
    this.#stalls?.turnEnds(endedMs)
    this.#longestTurnMs = Math.max(this.#longestTurnMs, endedMs - startedMs)
    if (this.#events.length > 0 || this.#replica.deadline <= endedMs) this.#schedule()
    else this.#sleep(endedMs)
  }

  #step(): void {
    const events = this.#events
    this.#events = []
    this.#proposals = null
    this.#reads = null
    const now = this.#now()
    const effects = this.#stepReplica(now, events)
    if (effects === null) return
    this.#stalls?.stepEnds()
    this.#perform(effects)
    if (effects.halted !== null) this.#halt([effects.halted, ...stackOf(effects.haltedBy)].join("\n    "), effects.haltedBy)
  }

  #stepReplica(now: Milliseconds, events: ReplicaEvent[]): Effects | null {
    const overdue = now >= this.#replica.deadline
    if (overdue && events[0]?.kind !== "wake") events.unshift({ kind: "wake" })
    const pausedMs = this.#clocks.look(now)
    if (pausedMs !== 0) events.unshift({ kind: "paused", forMs: pausedMs })
    try {
      return this.#replica.step(now, events)
    } catch (error) {
      // A replica does not throw. If it does, its state may be half changed: as with any broken invariant, stop rather than go on.
      this.#halt(`the replica threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, error)
      return null
    }
  }

  #halt(because: string, error: unknown): void {
    if (this.#stopped) return
    this.stop()
    this.#onHalt(because, error)
  }

  /** If the deadline moves away, as with every heartbeat, the timer stays as it is: it fires early once, and sleeps again. */
  #sleep(nowMs: Milliseconds): void {
    const dueMs = this.#replica.deadline
    if (this.#timer !== null) {
      if (this.#timerDueMs <= dueMs) return
      clearTimeout(this.#timer)
      this.#timer = null
    }
    if (dueMs === Number.POSITIVE_INFINITY) return
    this.#timerDueMs = dueMs
    this.#timer = setTimeout(() => this.#wakeUp(), Math.min(Math.ceil(dueMs - nowMs), sleepMsMax))
  }

  #wakeUp(): void {
    const nowMs = this.#now()
    const delayMs = nowMs - this.#timerDueMs
    this.#timer = null
    this.#longestDelayMs = Math.max(this.#longestDelayMs, delayMs)
    if (nowMs < this.#replica.deadline) {
      this.#sleep(nowMs)
      return
    }
    // Not stepping here: the poll that follows reads what waits in the sockets, and the turn after it begins with the true time.
    this.#schedule()
  }
}
