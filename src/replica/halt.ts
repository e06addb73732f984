/**
 * How a replica stops for good: the reason in words, and the effects that are still performed.
 *
 * The effects of the step come from a state that can no longer be trusted, so they are dropped. If the state machine is at fault and not Raft, one
 * effect remains: the commit index is written to the log.
 */

import { append, hasRoomForBatch, nextLogRequest, noteCommitIndex } from "../storage/index.ts"
import { createEffects, type Effects } from "./effect.ts"
import { describeThrown, MachineError, stackOf } from "./machine/machine-calls.ts"
import { describeRecentEvents } from "./recent-events.ts"
import type { ReplicaState } from "./replica-state.ts"

/** Halts because of an error that a step threw. */
export function haltOnError(state: ReplicaState, error: unknown): Effects {
  const effects = halt(state, explainHalt(error), error)
  if (error instanceof MachineError && error.call === "apply") recordCommitIndex(state, effects)
  return effects
}

export function halt(state: ReplicaState, because: string, error: unknown): Effects {
  state.halted = because
  state.haltedBy = error
  const effects = createEffects()
  effects.halted = because
  effects.haltedBy = error
  effects.observations.push({ kind: "halted", because, stack: stackOf(error), recentEvents: describeRecentEvents(state.recent) })
  return effects
}

/**
 * The state machine has failed at a committed entry. The commit index goes to disk as the last write, if the log has room for a batch. The next start
 * then applies that entry before it joins the cluster, and reports the error to the person who starts it. The entries that wait to be written go
 * with it, because a commit index must not be on disk before its entries.
 */
function recordCommitIndex({ isReady, log, raft }: ReplicaState, effects: Effects): void {
  if (!isReady || !hasRoomForBatch(log)) return
  noteCommitIndex(log, raft.commitIndex)
  append(log, raft.takeWrite() ?? { number: 0, hardState: null, entries: [] })
  const request = nextLogRequest(log)
  if (request !== null) effects.disk.push(request)
}

/** Why the replica halts, and, if the state machine is at fault, what to do. */
function explainHalt(error: unknown): string {
  if (!(error instanceof MachineError)) return error instanceof Error ? error.message : describeThrown(error)
  const what = error.message.replace(/[.:;,\s]+$/, "")
  switch (error.call) {
    case "apply": {
      const refuse = error.hasThrown ? `, or open every server with onApplyError: "refuse" if apply changes nothing when it throws` : ""
      return `${what}. The entry is committed, so every server that reaches it stops, again after each start: start a state machine that answers this command${refuse}`
    }
    case "restore":
      return `${what}. The snapshot came from the leader: start the state machine that wrote it, in the version that wrote it or a later one`
    case "persist":
      return `${what}. Its state on disk is that of an earlier entry: repair its storage, and start again`
    default:
      return what
  }
}
