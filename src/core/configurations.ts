/**
 * Which configuration is in force (Raft §6): the latest one in the log, committed or not. A truncation falls back to the one before.
 */

import { invariant } from "./invariants/invariant.ts"
import type { Ready } from "./outbox.ts"
import { isJoint } from "./quorum/configuration.ts"
import { configurationOf, type RaftState } from "./state.ts"
import type { Configuration, LogIndex } from "./types.ts"

/** Takes `configuration` into force, committed or not. */
export function activate(state: RaftState, out: Ready, configuration: Configuration, because: "appended" | "snapshot"): void {
  invariant(configuration.index > configurationOf(state).index || because === "snapshot", "configurations out of order", {
    index: configuration.index,
    current: configurationOf(state).index,
  })
  if (because === "snapshot") state.configurations = [configuration]
  else state.configurations.push(configuration)
  out.observations.push({ kind: "configurationActive", configuration, because })
}

/** The log was truncated at `from`: fall back to the configuration before. */
export function rollBackConfigurations(state: RaftState, out: Ready, from: LogIndex): void {
  const { configurations } = state
  if (configurationOf(state).index < from) return
  while (configurationOf(state).index >= from && configurations.length > 1) configurations.pop()
  out.observations.push({ kind: "configurationActive", configuration: configurationOf(state), because: "truncated" })
}

/** The configuration in force at `index`, which must not be older than the latest snapshot. */
export function configurationAt(state: RaftState, index: LogIndex): Configuration {
  const found = state.configurations.findLast((configuration) => configuration.index <= index)
  invariant(found !== undefined, "no configuration is known for an index", { index, oldest: state.configurations[0]!.index })
  return found
}

/** Forgets configurations that were replaced at or before `through`. */
export function compactConfigurations(state: RaftState, through: LogIndex): void {
  const { configurations } = state
  while (configurations.length > 1 && configurations[1]!.index <= through) configurations.shift()
}

/** Whether a change is under way: not committed, or joint. */
export function isChanging(state: RaftState): boolean {
  const current = configurationOf(state)
  return isJoint(current) || current.index > state.commitIndex
}
