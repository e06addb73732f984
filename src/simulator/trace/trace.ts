/**
 * A trace: one small file from which a run happens again, event by event, to the same hash.
 *
 * It holds no events. Options and seed decide everything that a world does by itself, so a trace needs to name only those, and what was done to the
 * world from outside. `end` is the promise that a replay is held to. `docs/traces.md` documents the format for readers in other languages.
 */

import { list, oneOf, optional, record, text, withMethods } from "../../arguments/index.ts"
import type { Violation } from "../checkers/index.ts"
import { argument } from "../ground/read-arguments.ts"
import type { WorldAction } from "../state/action.ts"
import type { WorldOptions } from "../state/options.ts"
import type { World } from "../world/world.ts"

/** Grows with every change after which an older reader would misunderstand a file. */
export const traceFormatVersion = 1

/**
 * Who led the world through its run.
 *
 * - `swarm`: `runWorld` did, to its end: a safety phase, then it healed the world and waited for it to converge.
 * - `script`: the program that recorded the trace did, as far as the trace goes; `actions` are all that happened from outside.
 */
export type TraceMode = "swarm" | "script"

/** A run in a form from which it happens again, to the same hash. The file format is in docs/traces.md. */
export interface Trace {
  /** The version of the format: `traceFormatVersion`. */
  readonly formatVersion: typeof traceFormatVersion
  /** The version of Oarlock that recorded it: another one may do something else at the same event. */
  readonly coreVersion: string
  /** The code that ran: `production`, or the name that a test gave to a build of its own. */
  readonly build: string
  /** The options of the world. */
  readonly config: WorldOptions
  /** The same as `config.seed`. */
  readonly seed: number
  /** What was done from outside, in order: `op` right after event `step` (0: before the first). */
  readonly actions: readonly TraceAction[]
  /** Who led the world through its run; a replay leads it in the same way. */
  readonly mode: TraceMode
  /** How the run ended: what a replay is compared with. */
  readonly end: TraceEnd
  /** Where the trace comes from, a sentence a line. */
  readonly explanation?: readonly string[]
}

/** Something that was done to the world from outside. */
export interface TraceAction {
  /** The number of the event right after which it was done; 0: before the first. */
  readonly step: number
  /** What was done. */
  readonly op: WorldAction
}

/** How a run ended. */
export interface TraceEnd {
  /** How many events had happened. */
  readonly step: number
  /** `World.hash()` at that moment. */
  readonly hash: number
  /** The rule that broke there, or null for a run that broke none. */
  readonly violation: Violation | null
}

/** What a trace says of its origin and no world knows. */
export interface TraceSource {
  /** The version of Oarlock that ran. */
  readonly coreVersion: string
  /** Who led the world through its run. */
  readonly mode: TraceMode
  /** The name of the code that ran; `production` if left out. */
  readonly build?: string
  /** Where the trace comes from, a sentence a line; none if left out. */
  readonly explanation?: readonly string[]
}

const worldLike = withMethods<World>("a World", "hash", "act", "step")

const traceSource = record<TraceSource>({
  coreVersion: text,
  mode: oneOf("swarm", "script"),
  build: optional(text),
  explanation: optional(list(text)),
})

/** The trace of the run that `world` has gone through so far. Hashes the world, which takes milliseconds. */
export function createTrace(world: World, source: TraceSource): Trace {
  argument("createTrace", "world", world, worldLike)
  const { coreVersion, mode, build = "production", explanation } = argument("createTrace", "source", source, traceSource)
  return {
    formatVersion: traceFormatVersion,
    coreVersion,
    build,
    config: world.options,
    seed: world.options.seed,
    actions: world.actions.map(({ step, action }) => ({ step, op: action })),
    mode,
    end: endOf(world),
    ...(explanation === undefined ? {} : { explanation }),
  }
}

export function endOf(world: World): TraceEnd {
  const { violation } = world
  // What follows the first line is a stack of the code that ran: it differs between engines and builds, and a replay shows it anyway.
  const told = violation === null ? null : { checker: violation.checker, reason: firstLine(violation.reason) }
  return { step: world.eventNumber, hash: world.hash(), violation: told }
}

/** The text of a trace file. */
export function writeTrace(trace: Trace): string {
  return `${JSON.stringify(trace, null, 2)}\n`
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!
}
