/**
 * The cluster's own clock: milliseconds that every server agrees on, because they stand in the log.
 *
 * The leader stamps every command with `time of the last entry when it began to lead + monotonic time since`. So the clock never goes back,
 * stands still while nobody leads, and owes nothing to anyone's wall clock. Sessions and leases expire by it: after a failover everyone has
 * at least as long as before. Nobody proposes anything just to move it: in an idle cluster it moves when the next command does.
 */

import type { Entry, LogIndex, Milliseconds, Term } from "../../core/index.ts"
import type { Applied } from "../apply.ts"
import { explainBadEnvelope, timeMsOf } from "./envelope.ts"

export interface ClusterClock {
  /** The term for which `baseMs` and `since` hold; 0 before this server led. */
  term: Term
  baseMs: number
  since: Milliseconds
}

/** What the clock reads of a leader (`Raft`): its term and its log. */
export interface StampedLog {
  readonly state: { readonly term: Term }
  readonly firstIndex: LogIndex
  readonly lastIndex: LogIndex
  entry(index: LogIndex): Entry
}

export function createClusterClock(): ClusterClock {
  return { term: 0, baseMs: 0, since: 0 }
}

/**
 * The time that the leader stamps entries with. At its first call in a term the log is searched backwards for the last stamp; `applied.timeMs` is the
 * highest stamp up to `applied.lastApplied`.
 */
export function clusterTimeMs(
  clock: ClusterClock,
  log: StampedLog,
  { lastApplied, timeMs: appliedMs }: Pick<Applied, "lastApplied" | "timeMs">,
  now: Milliseconds,
): number {
  const { term } = log.state
  if (clock.term !== term) {
    clock.term = term
    clock.baseMs = Math.max(appliedMs, lastStampMs(lastApplied, log))
    clock.since = now
  }
  const timeMs = clock.baseMs + Math.max(0, Math.floor(now - clock.since))
  if (timeMs >= appliedMs) return timeMs
  // Elected in the middle of a restore, it learns only now how late it was.
  clock.baseMs = appliedMs
  clock.since = now
  return appliedMs
}

/** The stamp of the last command above `lastApplied`: stamps grow along the log, so it is the highest. 0 if there is none. */
function lastStampMs(lastApplied: LogIndex, log: StampedLog): number {
  // While a snapshot is restored, what was applied ends before the log begins.
  for (let index = log.lastIndex; index > lastApplied && index >= log.firstIndex; index--) {
    const entry = log.entry(index)
    if (entry.kind === "command" && explainBadEnvelope(entry.data) === null) return timeMsOf(entry.data)
  }
  return 0
}
