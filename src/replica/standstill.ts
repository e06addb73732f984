/**
 * Stops endless loops: a replica that never finishes a step, or that is woken again and again and changes nothing, halts with its recent events.
 * Without this, a bug of that kind would block the event loop for good, and with it signals, timers and all other connections of the process.
 */

import { invariant, type Milliseconds, type Raft } from "../core/index.ts"

/** Rounds in one step: the core's output is carried out, and that may give the core more output. A handful is usual; a thousand is an endless loop. */
const roundsPerStepMax = 1000
/** Steps in a row that a passed deadline asked for and that changed nothing. One is usual, where clocks round; a thousand is an endless loop. */
const idleWakesMax = 1000

export interface Idle {
  /** Wakes in a row that changed nothing. */
  wakes: number
  /** The progress at the last of them. */
  progress: number
}

/** One more round in this step. `latest`: the kind of the last message. */
export function checkRounds(rounds: number, { commitIndex, lastIndex }: Raft, latest: string): void {
  if (rounds >= roundsPerStepMax) invariant(false, "the algorithm goes on and on at one moment", { rounds, commitIndex, lastIndex, latest })
}

/** A step that began with a wake is over. `progress` grows with all work that takes several steps: entries applied, chunks of a snapshot made. */
export function noteWake(idle: Idle, now: Milliseconds, deadline: Milliseconds, progress: number): void {
  if (deadline > now || progress !== idle.progress) {
    idle.wakes = 0
    idle.progress = progress
    return
  }
  idle.wakes += 1
  invariant(idle.wakes < idleWakesMax, "woken again and again for a deadline that does not move", { now, deadline, wakes: idle.wakes })
}
