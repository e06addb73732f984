/**
 * Reports when the event loop stood still, for how long, and whether in the state machine: meanwhile the node sends no heartbeats, and may lose its
 * leadership.
 *
 * A long turn of the node is measured itself, with its time in the state machine. Anything else that blocks the thread (other work of the process, a
 * SIGSTOP, a suspended machine) shows in a timer that comes late. Both are always counted and reported at most once a second.
 */

import type { LogIndex, Milliseconds } from "../../core/index.ts"
import type { MachineCall } from "../../replica/index.ts"
import type { MachineTimes } from "./machine-times.ts"

/** One time that the event loop stood still, or the longest of several. */
export interface Stall {
  /** How long the event loop stood still, in milliseconds. */
  readonly forMs: Milliseconds
  /** How much of that the state machine took, in milliseconds. */
  readonly machineMs: Milliseconds
  /** The function of the state machine that took longest; null if none took a tenth of the time. */
  readonly call: MachineCall | null
  /** The log index of the entry that was applied in that call; null if there is none. */
  readonly index: LogIndex | null
  /** All of this as a sentence, with advice. */
  readonly message: string
}

export interface StallTimings {
  readonly heartbeatIntervalMs: Milliseconds
  readonly electionTimeoutMinMs: Milliseconds
}

export interface StallWatchOptions {
  readonly timings: StallTimings
  readonly times: MachineTimes
  readonly onStall: (stall: Stall) => void
  readonly now?: () => Milliseconds
}

/** The least time between two reports, in milliseconds. */
export const stallToldEveryMs = 1_000
/** A loop that is this late, or a turn this long, is a stall: this share of the smallest election timeout. */
export const stallShare = 0.5
/** The interval of the timer that shows delays outside the node's turns, in milliseconds. */
export const probeMs = 50

export class StallWatch {
  readonly #options: StallWatchOptions
  readonly #now: () => Milliseconds
  readonly #leastMs: Milliseconds
  #timer: NodeJS.Timeout | null = null
  #expectedMs = 0
  #startedMs = 0
  /** The end of the last turn that was a stall. */
  #stalledTurnMs = -Infinity
  #count = 0
  #totalMs = 0
  #toldAt = -Infinity
  #untold = 0
  /** The longest stall that is not reported yet. */
  #longest: Stall | null = null

  constructor(options: StallWatchOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#leastMs = options.timings.electionTimeoutMinMs * stallShare
  }

  start(): void {
    this.#expectedMs = this.#now() + probeMs
    this.#timer ??= setInterval(() => this.#probe(), probeMs).unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  get count(): number {
    return this.#count
  }

  get totalMs(): Milliseconds {
    return this.#totalMs
  }

  turnBegins(startedMs: Milliseconds): void {
    this.#startedMs = startedMs
    this.#options.times.beginTurn()
  }

  /** The replica has done one step of the turn; what follows is the node's own work. */
  stepEnds(): void {
    this.#options.times.queriesEnd()
  }

  turnEnds(endedMs: Milliseconds): void {
    const forMs = endedMs - this.#startedMs
    if (forMs < this.#leastMs) return
    this.#stalledTurnMs = endedMs
    const { totalMs, longest } = this.#options.times
    this.#note(forMs, totalMs, totalMs >= forMs * noticeableShare ? longest : null, true)
  }

  #probe(): void {
    const nowMs = this.#now()
    const lateMs = nowMs - this.#expectedMs
    const isExplained = this.#stalledTurnMs > this.#expectedMs - probeMs
    this.#expectedMs = nowMs + probeMs
    if (lateMs >= this.#leastMs && !isExplained) this.#note(lateMs, 0, null, false)
    else this.#tell()
  }

  #note(forMs: Milliseconds, machineMs: Milliseconds, longest: MachineTimes["longest"], isOwnTurn: boolean): void {
    this.#count += 1
    this.#totalMs += forMs
    this.#untold += 1
    if (this.#longest === null || forMs > this.#longest.forMs) {
      const message = describeStall(forMs, machineMs, longest, isOwnTurn, this.#options.timings)
      this.#longest = { forMs, machineMs, call: longest?.call ?? null, index: longest?.index ?? null, message }
    }
    this.#tell()
  }

  /** Reports the longest stall since the last report, unless that was less than `stallToldEveryMs` ago: then a later probe does. */
  #tell(): void {
    const nowMs = this.#now()
    const stall = this.#longest
    if (stall === null || nowMs < this.#toldAt + stallToldEveryMs) return
    const others = this.#untold === 1 ? "" : ` (the longest of ${this.#untold} since the last time that this was said)`
    this.#toldAt = nowMs
    this.#untold = 0
    this.#longest = null
    this.#options.onStall({ ...stall, message: stall.message + others })
  }
}

/** Below this share of a stall the state machine is not named as its cause. */
const noticeableShare = 0.1

function describeStall(
  forMs: Milliseconds,
  machineMs: Milliseconds,
  longest: MachineTimes["longest"],
  isOwnTurn: boolean,
  { heartbeatIntervalMs, electionTimeoutMinMs }: StallTimings,
): string {
  const timings = `heartbeats are every ${heartbeatIntervalMs} ms, elections after ${electionTimeoutMinMs}`
  const blocked = `the event loop was blocked for ${Math.round(forMs)} ms`
  if (longest === null) {
    const where = isOwnTurn ? "in a turn of this node" : "by other work of this process, or the whole process stood still"
    return `${blocked} ${where}; ${timings}: look for long synchronous work, or raise electionTimeoutMinMs and electionTimeoutMaxMs`
  }
  const entry = longest.index === null ? "" : ` of entry ${longest.index}`
  const size = longest.bytes === null ? "" : ` (${inBytes(longest.bytes)})`
  const most = longest.forMs < machineMs * 0.9 ? `, the longest call ${Math.round(longest.forMs)} ms,` : ""
  const what = `of which ${Math.round(machineMs)} ms in your state machine's ${longest.call}${entry}${size}${most}`
  return `${blocked}, ${what}; ${timings}: make ${longest.call} shorter, or raise electionTimeoutMinMs and electionTimeoutMaxMs`
}

function inBytes(bytes: number): string {
  return bytes < 1_000 ? `${bytes} bytes` : bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
