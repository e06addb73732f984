/**
 * Shrinks a failing run: the same rule breaks at its end, with fewer servers, faults, clients, operations and events.
 *
 * It tries, and keeps what still fails in the same way. A change somewhere in a run leaves the fate of everything else alone (randomness is
 * drawn by name), which is why simple tries succeed so often. Deterministic: the same failure is minimized to the same run everywhere.
 */

import { integer, method, record, withMethods } from "../../arguments/index.ts"
import { argument } from "../ground/read-arguments.ts"
import type { WorldOptions } from "../state/options.ts"
import { worldOptions } from "../state/read-options.ts"
import { reductions } from "./reductions.ts"
import { MinimizeSearch, type MinimizeBudget, type MinimizeProgress } from "./search.ts"
import type { Failure, Subject } from "./subject.ts"
import { compareRuns, type ReducedRow } from "./summary.ts"

/** 1,000 runs and 5 million events. */
export const defaultMinimizeBudget: MinimizeBudget = { runsMax: 1_000, stepsMax: 5_000_000 }

/** What a minimization found. */
export interface Minimized {
  /** What to run: the smallest that was found. */
  readonly options: WorldOptions
  /** How the smallest run fails: by the same rule as the first. */
  readonly failure: Failure
  /** How many runs were tried. */
  readonly runs: number
  /** Before and after, row by row. */
  readonly rows: readonly ReducedRow[]
  /** The budget ran out before nothing more could be taken away. */
  readonly isUnfinished: boolean
}

const subjectLike = withMethods<Subject>("a subject, as subjectOf makes them", "run", "unroll")

/** How much work may be done. */
export const budgetOf = record<MinimizeBudget>({ runsMax: integer(1), stepsMax: integer(1) })

/**
 * Looks for the smallest run that fails as `options` do. `tell` is called before each try. Null if `options` do not fail, or only after
 * `budget.stepsMax` events. Throws a `TypeError` or a `RangeError` for arguments that make no sense.
 */
export function minimize(
  subject: Subject,
  options: WorldOptions,
  budget: MinimizeBudget = defaultMinimizeBudget,
  tell: (progress: MinimizeProgress) => void = () => {},
): Minimized | null {
  argument("minimize", "subject", subject, subjectLike)
  argument("minimize", "options", options, worldOptions)
  argument("minimize", "budget", budget, budgetOf)
  argument("minimize", "tell", tell, method("a function (progress)"))
  const failure = subject.run(options, budget.stepsMax)
  if (failure === null) return null
  const search = new MinimizeSearch(subject, options, failure, budget, tell)
  search.try("with its faults written out", subject.unroll(options))
  for (let before = ""; !search.isSpent;) {
    for (const reduce of reductions) reduce(search)
    const after = JSON.stringify(search.smallest)
    if (after === before) break
    before = after
  }
  const { smallest, runs, isSpent } = search
  const rows = compareRuns({ options, failure }, { options: smallest, failure: search.failure })
  return { options: smallest, failure: search.failure, runs, rows, isUnfinished: isSpent }
}
