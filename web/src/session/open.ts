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
  const { actions, mode, build: buildName, end } = trace
  const session = new Session(trace.config, { actions, length: end.step, mode, build: buildOf(buildName), buildName, names })
  session.seek(session.end)
  const isSame = session.step === trace.end.step && session.world.hash() === trace.end.hash
  return { session, isSame }
}

function buildOf(name: string): Build {
  if (name === "production") return production
  const [, rule = "", violates] = /^broken: (.*), shown by (.*)$/.exec(name) ?? []
  const build = brokenRules.get(rule)
  if (build === undefined) throw new CannotShow(`This run was recorded with other code ("${name}"), which this page does not have.`)
  // What the story is about is told to its end, even if another rule turns red on the way.
  return { ...build, tolerated: new Set(checkers.map((checker) => checker.name).filter((one) => one !== violates)) }
}
