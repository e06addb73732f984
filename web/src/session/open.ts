/** Where sessions come from: a new playground, or a trace. */

import { brokenRules, checkers, production, type Build, type Trace } from "oarlock/simulator"
import { plainNames, type Names } from "./names.ts"
import { playOptions } from "./play-options.ts"
import { Session } from "./session.ts"

/** Events after which a playground that has no leader is shown all the same. */
const electionEventsMax = 2_000

/** A playground that stands at the moment after its first election, so that there is something to see at once. */
export function newPlayground(nodes: number, seed: number): Session {
  const session = new Session(playOptions(nodes, seed))
  const hasLeader = (): boolean => session.world.views.some(({ role, commitIndex }) => role === "leader" && commitIndex > 0)
  while (!hasLeader() && session.step < electionEventsMax && session.forward());
  return session
}

/** A run that cannot be shown. The message is a sentence. */
export class CannotShow extends Error {
  override readonly name = "CannotShow"
}

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
