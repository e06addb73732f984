/**
 * Makes the run of a trace happen again, and says whether it is the same run.
 *
 * "The same" is checked, never assumed: the number of events, the hash of everything, and the broken rule must be those of the file. Whatever
 * differs is told with both sides.
 *
 * What is done to a message that is not on its way changes nothing, so that the run stays the same. It is told all the same: a person who watched a run may
 * have reached for a message too late, but a person who edits a file means something by it.
 */

import { readingTrace, TraceError } from "../ground/trace-error.ts"
import type { WorldAction } from "../state/action.ts"
import { production, type Build } from "../state/build.ts"
import type { WorldEvent } from "../state/world-event.ts"
import type { Workload } from "../workload/workload.ts"
import { Phases } from "../world/run.ts"
import { World } from "../world/world.ts"
import { hex } from "./hex.ts"
import { traceOf } from "./read-trace.ts"
import { endOf, type Trace, type TraceEnd } from "./trace.ts"

/** Whether a replay ended as its trace says. */
export interface ReplayVerdict {
  /** Whether events, hash and broken rule are those of the trace. */
  readonly isSame: boolean
  /** What came out differently, in a sentence; null if nothing did. */
  readonly difference: string | null
  /** What the trace does in vain, in sentences with the place; see `Replay.warnings`. */
  readonly warnings: readonly string[]
  /** How many events had happened at the end of the replay. */
  readonly step: number
  /** The hash of the world at the end of the replay. */
  readonly hash: number
}

/** Makes the run of a trace happen again, event by event. */
export class Replay {
  /** The trace, as it was read and checked. */
  readonly trace: Trace
  /** The world that it happens in. It may be looked at and cloned; an action from outside would make it another run. */
  readonly world: World
  readonly #phases: Phases | null
  readonly #warnings: string[] = []
  /** How many of the trace's actions were done. */
  #done = 0

  /**
   * `build` and `workload` are code and in no file: they have to be the ones that the trace was recorded with. Here and in every step: throws a
   * `TraceError` for an action that cannot be done.
   */
  constructor(trace: Trace, build: Build = production, workload?: Workload) {
    this.trace = readingTrace(() => traceOf(trace, ""))
    this.world = World.create(this.trace.config, build, workload)
    this.#phases = trace.mode === "swarm" ? new Phases(this.world) : null
    this.#act()
  }

  /** What was done so far to messages that were not on their way, in sentences with the place. */
  get warnings(): readonly string[] {
    return this.#warnings
  }

  /** Lets the next event of the trace happen, and what was done from outside right after it. Null once it is over. */
  step(): WorldEvent | null {
    const { world, trace } = this
    if (world.violation !== null || world.eventNumber >= trace.end.step) return null
    const before = world.eventNumber
    const go = (): unknown => (this.#phases === null ? world.step() : this.#phases.step())
    const next = world.peek()?.event
    if (next?.kind === "script") {
      const path = `config.script[${next.position}].action`
      this.#warnIfInVain(path, trace.config.script[next.position]!.action)
      refuseImpossible(path, go)
    } else go()
    if (world.eventNumber === before) return null
    const event = world.recent.at(-1)!
    this.#act()
    return event
  }

  /** Lets everything happen up to and including event `step`, or to the end. */
  runTo(step = this.trace.end.step): void {
    while (this.world.eventNumber < step && this.step() !== null);
  }

  /** Runs on to the end and compares it with the trace's. */
  finish(): ReplayVerdict {
    const { world, trace } = this
    this.runTo()
    // The last word of a swarm run is no event: asked for another one, it finds that it has converged, or that it never will.
    if (world.eventNumber === trace.end.step && world.violation === null) this.#phases?.step()
    const end = endOf(world)
    const difference = differenceOf(trace.end, end)
    return { isSame: difference === null, difference, warnings: this.#warnings, step: end.step, hash: end.hash }
  }

  #act(): void {
    const { world, trace } = this
    for (;;) {
      const next = trace.actions[this.#done]
      if (next === undefined || next.step !== world.eventNumber || world.violation !== null) return
      const path = `actions[${this.#done}].op`
      this.#warnIfInVain(path, next.op)
      refuseImpossible(path, () => world.act(next.op))
      this.#done += 1
    }
  }

  #warnIfInVain(path: string, action: WorldAction): void {
    if (!("message" in action) || this.world.inFlight().some(({ name }) => name === action.message)) return
    const when = `after event ${this.world.eventNumber}`
    this.#warnings.push(`${path}: there is no message ${action.message} on its way ${when}, so ${action.kind} does nothing`)
  }
}

/** Runs the whole of `trace`. */
export function replayTrace(trace: Trace, build?: Build, workload?: Workload): ReplayVerdict {
  return new Replay(trace, build, workload).finish()
}

/** What a script asks for can turn out to be impossible only when it is done: a client that is told to repeat before it has asked for anything. */
function refuseImpossible(path: string, act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (error instanceof RangeError) throw new TraceError(path, error.message)
    throw error
  }
}

function differenceOf(told: TraceEnd, found: TraceEnd): string | null {
  if (found.step > told.step) return `the run goes on after step ${told.step}, where the file says that it ends`
  if (found.step < told.step) {
    const why = found.violation === null ? "has nothing more to do" : `breaks "${found.violation.checker}": ${found.violation.reason}`
    return `the run ${why} at step ${found.step}, the file says that it goes on to step ${told.step}`
  }
  if (found.violation?.checker !== told.violation?.checker || found.violation?.reason !== told.violation?.reason) {
    return `at step ${told.step} the run ${breaks(found)}, the file says that it ${breaks(told)}`
  }
  if (found.hash !== told.hash) return `hash at step ${told.step} is ${hex(found.hash)}, the file says ${hex(told.hash)}`
  return null
}

function breaks({ violation }: TraceEnd): string {
  return violation === null ? "breaks no rule" : `breaks "${violation.checker}" (${violation.reason})`
}
