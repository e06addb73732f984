/**
 * What keeps a broken rule from taking the whole process with it: a replica that goes on and on at one moment, or asks to be woken and moves nothing,
 * halts with its recent events. Without this a circle in the rules would never give the event loop back: no signal, no timer and no peer would be heard.
 */

import { invariant, type Milliseconds, type Raft } from "../core/index.ts"

/** Rounds of what the core has to say, and of what it says to that, in one step. A handful is usual: more is a circle that would never end. */
const roundsPerStepMax = 1000
/** Steps that a passed deadline asked for, one right after the other, and that moved nothing. One is usual, where clocks round; more never end. */
const idleWakesMax = 1000

export interface Idle {
  /** Wakes for nothing in a row. */
  wakes: number
  /** How far the replica was at the last of them. */
  progress: number
}

/** One more round in this step. `latest`: what kind of message was the last to be said. */
export function checkRounds(rounds: number, { commitIndex, lastIndex }: Raft, latest: string): void {
  if (rounds >= roundsPerStepMax) invariant(false, "the algorithm goes on and on at one moment", { rounds, commitIndex, lastIndex, latest })
}

/** The step that a wake began is over. `progress` grows with whatever takes several steps: entries applied, chunks of a snapshot made. */
export function noteWake(idle: Idle, now: Milliseconds, deadline: Milliseconds, progress: number): void {
  if (deadline > now || progress !== idle.progress) {
    idle.wakes = 0
    idle.progress = progress
    return
  }
  idle.wakes += 1
  invariant(idle.wakes < idleWakesMax, "woken again and again for a deadline that does not move", { now, deadline, wakes: idle.wakes })
}
