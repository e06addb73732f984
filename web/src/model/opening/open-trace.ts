/** A session from a trace. */

import { production, type Build, type Trace } from "oarlock/simulator"
import { brokenRules, checkers } from "oarlock/simulator/internal"
import { Session } from "../time-machine/time-machine.ts"
import { plainNames, type Names } from "../world/names.ts"
import { CannotShow } from "./cannot-show.ts"

export interface Opened {
  readonly session: Session
  /** Whether the same events led to the same state here as where the trace was recorded. */
  readonly isSame: boolean
}

/** Makes the run of a trace happen again. Throws `CannotShow`. */
export function openTrace(trace: Trace, names: Names = plainNames): Opened {
  const session = beginTrace(trace, names)
  while (session.step < trace.end.step && session.replay());
  return finishTrace(trace, session)
}

/** How long a page may work before it draws, in milliseconds. */
const partMs = 30

/**
 * The same without keeping the page from anything else: `onProgress` hears how many events have happened. Null if `isGivenUp` says meanwhile that nobody waits any
 * more. Throws `CannotShow`.
 */
export async function openTraceInParts(trace: Trace, onProgress: (step: number) => void, isGivenUp: () => boolean): Promise<Opened | null> {
  const session = beginTrace(trace, plainNames)
  for (let isGoingOn = true; isGoingOn;) {
    const until = performance.now() + partMs
    while (isGoingOn && performance.now() < until) isGoingOn = session.step < trace.end.step && session.replay()
    onProgress(session.step)
    await new Promise((resolve) => setTimeout(resolve))
    if (isGivenUp()) return null
  }
  return finishTrace(trace, session)
}

function beginTrace({ actions, mode, build: buildName, config }: Trace, names: Names): Session {
  return new Session(config, { actions, mode, build: buildOf(buildName), buildName, names })
}

function finishTrace({ end }: Trace, session: Session): Opened {
  return { session, isSame: session.step === end.step && session.world.hash() === end.hash }
}

function buildOf(name: string): Build {
  if (name === "production") return production
  const [, rule = "", violates] = /^broken: (.*), shown by (.*)$/.exec(name) ?? []
  const build = brokenRules.get(rule)
  if (build === undefined) throw new CannotShow(`This run was recorded with other code ("${name}"), which this page does not have.`)
  // What the story is about is told to its end, even if another rule turns red on the way.
  return { ...build, tolerated: new Set(checkers.map((checker) => checker.name).filter((one) => one !== violates)) }
}
