/**
 * The election timer (Raft §5.2, §9.3): how long a server waits for word from a leader, drawn at random so that votes do not split.
 */

import { fractionOf } from "./randomness.ts"
import type { RaftState } from "./state.ts"
import type { Milliseconds } from "./types.ts"

/** The purposes that randomness is drawn for; part of the hash, so that they do not disturb each other. */
const electionTimerPurpose = 1

/** Draws a new election timeout, uniformly from the configured range (Raft §5.2, §9.3), and starts the timer. */
export function drawElectionTimer(state: RaftState, now: Milliseconds): void {
  const { electionTimeoutMinMs: min, electionTimeoutMaxMs: max, seed, id } = state.options
  state.electionTimerCount += 1
  state.electionTimeoutMs = min + (max - min) * fractionOf(seed, electionTimerPurpose, id, state.electionTimerCount)
  resetElectionTimer(state, now)
}

/** Starts the timer anew with the timeout that was drawn last: word from a leader must be cheap. */
export function resetElectionTimer(state: RaftState, now: Milliseconds): void {
  state.electionTimerSetAt = now
  state.electionDeadline = now + state.electionTimeoutMs
}

/**
 * The connection to the leader broke: other candidates are not refused because of it any more, and this server campaigns soon, at a moment drawn at
 * random so that votes do not split.
 */
export function onLeaderDisconnected(state: RaftState, now: Milliseconds): void {
  const { heartbeatIntervalMs, seed, id } = state.options
  state.electionTimerCount += 1
  state.leaderContactAt = -Infinity
  const patienceMs = heartbeatIntervalMs * fractionOf(seed, electionTimerPurpose, id, state.electionTimerCount)
  state.electionDeadline = Math.min(state.electionDeadline, now + patienceMs)
}
