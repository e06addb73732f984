/**
 * Numbered confirmations of leadership (dissertation §6.4). Whatever a leader sends carries the present round; an answer says that its sender still
 * followed when the round began. A round that a quorum has answered proves that nobody else led at its beginning: reads and leases rest on it.
 */

import { quorumValue } from "../quorum/quorum.ts"
import { configurationOf, type Leader, type RaftState } from "../state.ts"
import type { Milliseconds } from "../types.ts"

/** How many rounds may be unconfirmed. CheckQuorum ends a leadership long before; without it, the last round goes on. */
const unconfirmedRoundsMax = 4096

/** Begins a round of confirmation: answers to anything sent from here on confirm it. False if too many rounds have no answer yet. */
export function startRound(role: Leader, now: Milliseconds): boolean {
  if (role.roundsSentAt.length >= unconfirmedRoundsMax) return false
  role.round += 1
  role.roundsSentAt.push(now)
  return true
}

/** Counts a round as confirmed once a quorum has answered it or a later one; the leader answers itself at once. */
export function countRound(state: RaftState, role: Leader): void {
  // Most answers are to appends of a round that was confirmed before.
  if (role.confirmedRound === role.round) return
  const { id } = state.options
  const confirmed = quorumValue(configurationOf(state), (voter) =>
    voter === id ? role.round : (role.progress.get(voter)?.confirmedRound ?? 0),
  )
  if (confirmed <= role.confirmedRound) return
  const count = confirmed - role.confirmedRound
  role.confirmedSentAt = role.roundsSentAt[count - 1]!
  role.roundsSentAt.splice(0, count)
  role.confirmedRound = confirmed
}
