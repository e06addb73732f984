/** A time machine from a trace. */

import { production, type Build, type Trace } from "oarlock/simulator"
import { brokenRules, checkers } from "oarlock/simulator/internal"
import { TimeMachine } from "../time-machine/time-machine.ts"
import { plainNames, type Names } from "../world/names.ts"
import { CannotShow } from "./cannot-show.ts"

export interface Opened {
  readonly timeMachine: TimeMachine
  /** Whether the same events led to the same state here as where the trace was recorded. */
  readonly isSame: boolean
}

/** Makes the run of a trace happen again. Throws `CannotShow`. */
export function openTrace(trace: Trace, names: Names = plainNames): Opened {
  const timeMachine = beginTrace(trace, names)
  while (timeMachine.step < trace.end.step && timeMachine.replay());
  return finishTrace(trace, timeMachine)
}

/** How long a page may work before it draws, in milliseconds. */
const partMs = 30

/**
 * The same without keeping the page from anything else: `onProgress` hears how many events have happened. Null if `isGivenUp` says meanwhile that nobody waits any
 * more. Throws `CannotShow`.
 */
export async function openTraceInParts(trace: Trace, onProgress: (step: number) => void, isGivenUp: () => boolean): Promise<Opened | null> {
  const timeMachine = beginTrace(trace, plainNames)
  for (let isGoingOn = true; isGoingOn;) {
    const until = performance.now() + partMs
    while (isGoingOn && performance.now() < until) isGoingOn = timeMachine.step < trace.end.step && timeMachine.replay()
    onProgress(timeMachine.step)
    await new Promise((resolve) => setTimeout(resolve))
    if (isGivenUp()) return null
  }
  return finishTrace(trace, timeMachine)
}

function beginTrace({ actions, mode, build: buildName, config }: Trace, names: Names): TimeMachine {
  return new TimeMachine(config, { actions, mode, build: buildOf(buildName), buildName, names })
}

function finishTrace({ end }: Trace, timeMachine: TimeMachine): Opened {
  return { timeMachine, isSame: timeMachine.step === end.step && timeMachine.world.hash() === end.hash }
}

function buildOf(name: string): Build {
  if (name === "production") return production
  const [, rule = "", violates] = /^broken: (.*), shown by (.*)$/.exec(name) ?? []
  const build = brokenRules.get(rule)
  if (build === undefined) throw new CannotShow(`This run was recorded with other code ("${name}"), which this page does not have.`)
  // What the story is about is told to its end, even if another rule turns red on the way.
  return { ...build, tolerated: new Set(checkers.map((checker) => checker.name).filter((one) => one !== violates)) }
}
