/**
 * All checkers, in the order in which they look: the paper's five properties first (Raft, Figure 3), then how servers elect and commit, what a crash
 * could take away, what snapshots and state machines hold, and what clients see. `docs/invariants.md` lists them; a test compares the two.
 */

import type { Checker, StepView } from "./checker.ts"
import { clientWrites } from "./client-writes.ts"
import { commitQuorum } from "./commit-quorum.ts"
import { committedIsDurable } from "./committed-is-durable.ts"
import { currentTermCommit } from "./current-term-commit.ts"
import { durableAcknowledgements } from "./durable-acknowledgements.ts"
import { durablePromises } from "./durable-promises.ts"
import { electionQuorum } from "./election-quorum.ts"
import { electionSafety } from "./election-safety.ts"
import { equalStates } from "./equal-states.ts"
import { exactlyOnce } from "./exactly-once.ts"
import { freshReads } from "./fresh-reads.ts"
import { leaderAppendOnly } from "./leader-append-only.ts"
import { leaderCompleteness } from "./leader-completeness.ts"
import { linearizability } from "./linearizability.ts"
import { logMatching } from "./log-matching.ts"
import { monotonic } from "./monotonic.ts"
import { oneChangeAtATime } from "./one-change-at-a-time.ts"
import { oneVotePerTerm } from "./one-vote-per-term.ts"
import { readsNeverGoBack } from "./reads-never-go-back.ts"
import { refusedChanges } from "./refused-changes.ts"
import { snapshotContents } from "./snapshot-contents.ts"
import { snapshotDescriptions } from "./snapshot-descriptions.ts"
import { stateMachineSafety } from "./state-machine-safety.ts"

export type {
  AppliedEntry,
  Refused,
  ChangeEvent,
  Checker,
  ClientEvent,
  ClientOperation,
  DurableView,
  NodeSummary,
  NodeView,
  Restored,
  StepView,
} from "./checker.ts"
export {
  clientWrites,
  commitQuorum,
  committedIsDurable,
  currentTermCommit,
  durableAcknowledgements,
  durablePromises,
  electionQuorum,
  electionSafety,
  equalStates,
  exactlyOnce,
  freshReads,
  leaderAppendOnly,
  leaderCompleteness,
  linearizability,
  logMatching,
  monotonic,
  oneChangeAtATime,
  oneVotePerTerm,
  readsNeverGoBack,
  refusedChanges,
  snapshotContents,
  snapshotDescriptions,
  stateMachineSafety,
}

// Each keeps a state of its own type; the suite below is the only place that pairs them up.
// oxlint-disable-next-line typescript/no-explicit-any
export const checkers: readonly Checker<any>[] = [
  electionSafety,
  leaderAppendOnly,
  logMatching,
  leaderCompleteness,
  stateMachineSafety,
  monotonic,
  oneVotePerTerm,
  electionQuorum,
  currentTermCommit,
  commitQuorum,
  oneChangeAtATime,
  refusedChanges,
  durablePromises,
  durableAcknowledgements,
  committedIsDurable,
  snapshotDescriptions,
  snapshotContents,
  equalStates,
  clientWrites,
  exactlyOnce,
  freshReads,
  readsNeverGoBack,
  linearizability,
]

/** A broken rule, and how it showed. */
export interface Violation {
  /** The rule: the name of a checker (docs/invariants.md), or one of the world's own, such as `liveness`, `load`, `halt` or `recovery`. */
  readonly checker: string
  /** What was found, in a sentence that names servers and indexes. A stack may follow on further lines. */
  readonly reason: string
}

/** What every checker remembers, in the order of `checkers`. */
export type CheckerStates = unknown[]

export function createCheckerStates(): CheckerStates {
  return checkers.map((checker) => checker.create() as unknown)
}

export function cloneCheckerStates(states: CheckerStates): CheckerStates {
  return checkers.map((checker, position) => checker.clone(states[position]) as unknown)
}

/** Lets every checker look at one step; the first complaint wins, apart from those of the `tolerated`. */
export function checkStep(states: CheckerStates, step: StepView, tolerated: ReadonlySet<string> = nobody): Violation | null {
  const hasMoved = step.node !== null
  const hasOutcomes = step.journal.length > 0 || step.clients.length > 0
  for (let position = 0; position < checks.length; position++) {
    if (watchServers[position] === true ? !hasMoved : !hasOutcomes) continue
    const check = checks[position]!
    const reason = check(states[position], step)
    if (reason === null) continue
    const { name } = checkers[position]!
    if (!tolerated.has(name)) return { checker: name, reason }
  }
  return null
}

/** Their looks alone: every step asks all of them, and no two checkers are alike to the engine. None of them goes by its `this`. */
// oxlint-disable-next-line typescript/unbound-method
const checks: readonly ((state: unknown, step: StepView) => string | null)[] = checkers.map(({ check }) => check)
const watchServers: readonly boolean[] = checkers.map(({ watches }) => watches === "servers")

/** Lets every checker look back at the whole run; the first complaint wins, apart from those of the `tolerated`. */
export function concludeRun(states: CheckerStates, tolerated: ReadonlySet<string> = nobody): Violation | null {
  for (const [position, checker] of checkers.entries()) {
    const reason = checker.conclude?.(states[position]) ?? null
    if (reason !== null && !tolerated.has(checker.name)) return { checker: checker.name, reason }
  }
  return null
}

const nobody: ReadonlySet<string> = new Set()
