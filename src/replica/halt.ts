/**
 * A replica stops for good: why, in words, and what still leaves it.
 *
 * What a step wanted done came from a state that cannot be trusted any more, so nothing of it leaves. Where not Raft is at fault but the state machine,
 * one thing does: how far the log is committed.
 */

import { append, hasRoomForBatch, nextLogRequest, noteCommitIndex } from "../storage/index.ts"
import { createEffects, type Effects } from "./effect.ts"
import { describeThrown, MachineError, stackOf } from "./machine/machine-calls.ts"
import { describeRecentEvents } from "./recent-events.ts"
import type { ReplicaState } from "./replica-state.ts"

/** Halts over what a step threw. */
export function haltOver(state: ReplicaState, error: unknown): Effects {
  const effects = halt(state, explainHalt(error), error)
  if (error instanceof MachineError && error.call === "apply") leaveCommitIndex(state, effects)
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
 * Not Raft is at fault but the state machine, at an entry that is committed. That it is so goes to disk as the last thing, if the log has room for a
 * batch: the next start then meets the entry before it has joined anyone, and can say so to whoever starts it. With what else the log has to write,
 * because a commit index must not be on disk before the entries that it speaks of.
 */
function leaveCommitIndex({ isReady, log, raft }: ReplicaState, effects: Effects): void {
  if (!isReady || !hasRoomForBatch(log)) return
  noteCommitIndex(log, raft.commitIndex)
  append(log, raft.takeWrite() ?? { number: 0, hardState: null, entries: [] })
  const request = nextLogRequest(log)
  if (request !== null) effects.disk.push(request)
}

/** Why the replica halts, and where its own code is not to blame, how to go on. */
function explainHalt(error: unknown): string {
  if (!(error instanceof MachineError)) return error instanceof Error ? error.message : describeThrown(error)
  const what = error.message.replace(/[.:;,\s]+$/, "")
  switch (error.call) {
    case "apply": {
      const refuse = error.hasThrown ? `, or open every server with onApplyError: "refuse" if apply changes nothing when it throws` : ""
      return `${what}. The entry is committed, so every server stops that comes to it, again after each start: start a state machine that answers this command${refuse}`
    }
    case "restore":
      return `${what}. The snapshot came from the leader: start the state machine that wrote it, in the version that wrote it or a later one`
    case "persist":
      return `${what}. What it keeps on disk is as it was at an earlier entry: see to its storage, and start again`
    default:
      return what
  }
}
