/** What a tape shows of a branch: stretches of one term, and where something happened that one looks for. */

import type { WorldAction } from "oarlock/simulator"
import type { Branch } from "./branch.ts"

/** What was done: asked of a server by a client or an operator, or done to the cluster. */
export type DeedKind = "request" | "fault"

export interface Course {
  /** Stretches of the same term, `through` included. */
  readonly parts: { readonly start: number; through: number; readonly term: number }[]
  /** Events in which a leader was elected. */
  readonly elections: number[]
  /** Events in which a commit index became higher than any before. */
  readonly commits: number[]
  /** How many moments are in it. */
  moments: number
}

const courses = new WeakMap<Branch, Course>()

/** What came since it was last asked is added: to go through all of a long run takes longer than a frame may. */
export function courseOf(branch: Branch): Course {
  const course = courses.get(branch) ?? { parts: [], elections: [], commits: [], moments: 0 }
  courses.set(branch, course)
  const { parts, elections, commits } = course
  // The last moment may be another one by now: something was done right after it.
  const from = Math.max(0, course.moments - 1)
  if (parts.at(-1)?.start === from) parts.pop()
  if (elections.at(-1) === from) elections.pop()
  if (commits.at(-1) === from) commits.pop()
  for (let step = from; step < branch.moments.length; step++) {
    const { term, elected, committed } = branch.moments[step]!
    const last = parts.at(-1)
    if (last !== undefined) last.through = step
    if (last?.term !== term) parts.push({ start: step, through: step, term })
    if (elected !== null) elections.push(step)
    if (step > 0 && committed > branch.moments[step - 1]!.committed) commits.push(step)
  }
  course.moments = branch.moments.length
  return course
}

/** Null for what is no deed: a script that waits, or that says what a log holds at the beginning. */
export function kindOfDeed(action: WorldAction): DeedKind | null {
  switch (action.kind) {
    case "wait":
    case "writeLog":
    case "quieten":
      return null
    case "request":
    case "transferLeadership":
    case "takeSnapshot":
    case "changeMembership":
      return "request"
    default:
      return "fault"
  }
}
