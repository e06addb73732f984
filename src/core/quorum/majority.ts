/**
 * Arithmetic of one majority (Raft §5.2): what more than half of a list of servers agrees on.
 *
 * A majority is of servers, not of followers, and of n servers it is n/2 + 1, rounded down before the addition: 2 of 2, 2 of 3, 3 of 4.
 */

import type { NodeId } from "../types.ts"

/** `pending`: voters that have not answered decide. */
export type VoteResult = "won" | "lost" | "pending"

/** How many of `count` servers make a majority. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}

/** The highest value that a majority of `voters` has reached, each by `valueOf`. Nothing (-Infinity) where nobody votes. */
export function majorityValue(voters: readonly NodeId[], valueOf: (voter: NodeId) => number): number {
  const count = voters.length
  if (count === 0) return -Infinity
  if (count === 1) return valueOf(voters[0]!)
  // Insertion into a descending list: voters are few, and a sort with a comparison function would cost more than all of this.
  const values = scratch
  for (let i = 0; i < count; i++) {
    const value = valueOf(voters[i]!)
    let at = i
    while (at > 0 && values[at - 1]! < value) {
      values[at] = values[at - 1]!
      at -= 1
    }
    values[at] = value
  }
  return values[majorityOf(count) - 1]!
}

/**
 * The list that `majorityValue` sorts in: every step of a leader asks, and no answer is kept. `valueOf` must not ask in turn. It has held something
 * that is no number, so that the engine does not make a list of floating-point numbers of it, from which no index would come back an integer.
 */
const scratch: number[] = [undefined as unknown as number]

/** How a vote stands. Ballots of servers that are not in `voters` do not count; `votes` holds one ballot per server. */
export function majorityVote(voters: readonly NodeId[], votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  let granted = 0
  let missing = 0
  for (const voter of voters) {
    const vote = votes.get(voter)
    if (vote === undefined) missing += 1
    else if (vote) granted += 1
  }
  const needed = majorityOf(voters.length)
  if (granted >= needed) return "won"
  return granted + missing >= needed ? "pending" : "lost"
}
