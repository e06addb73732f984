/**
 * Arithmetic of a configuration: one majority, or both of a joint one (Raft §6). Elections, commits, CheckQuorum and reads all decide here.
 */

import type { Configuration, NodeId } from "../types.ts"
import { majorityOf, majorityValue, majorityVote, type VoteResult } from "./majority.ts"

/** The highest value that a quorum has reached: what the slower of both majorities has, while joint. */
export function quorumValue(configuration: Configuration, valueOf: (voter: NodeId) => number): number {
  const incoming = majorityValue(configuration.voters, valueOf)
  if (configuration.votersOutgoing.length === 0) return incoming
  return Math.min(incoming, majorityValue(configuration.votersOutgoing, valueOf))
}

/** Won only if both majorities grant; lost as soon as either cannot. */
export function quorumVote(configuration: Configuration, votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  const incoming = majorityVote(configuration.voters, votes)
  if (configuration.votersOutgoing.length === 0) return incoming
  const outgoing = majorityVote(configuration.votersOutgoing, votes)
  if (incoming === outgoing) return incoming
  return incoming === "lost" || outgoing === "lost" ? "lost" : "pending"
}

/** Whether the servers that `isAlive` names are a majority of `voters`. */
export function hasMajority(voters: readonly NodeId[], isAlive: (voter: NodeId) => boolean): boolean {
  let alive = 0
  for (const voter of voters) if (isAlive(voter)) alive += 1
  return alive >= majorityOf(voters.length)
}
