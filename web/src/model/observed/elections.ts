/** Elections, each with what began it and what came of it, put together from what the nodes told. */

import type { Heard } from "./cluster.ts"

export interface Election {
  readonly term: number
  readonly at: number
  /** Who campaigned, and why. */
  readonly candidates: readonly { readonly name: string; readonly because: string }[]
  /** Null: nobody won it, or nobody told. */
  readonly winner: { readonly name: string; readonly votes: number } | null
}

/** The latest first. */
export function electionsOf(events: readonly Heard[]): Election[] {
  const found = new Map<number, Election>()
  /**
   * Why a node began to ask around, which it does before it campaigns (dissertation §9.6): by its name. Forgotten once it campaigns or hears of a
   * leader: what it does after that has another reason, as when a leader hands over.
   */
  const reasons = new Map<string, string>()
  for (const { at, event } of events) {
    const { observation, name } = event
    if (observation.kind === "becamePreCandidate") reasons.set(name, reasonOf(event.text))
    if (observation.kind === "becameFollower" || observation.kind === "leaderKnown") reasons.delete(name)
    if (observation.kind !== "becameCandidate" && observation.kind !== "becameLeader") continue
    const { term } = observation
    const before = found.get(term) ?? { term, at, candidates: [], winner: null }
    const because = reasons.get(name) ?? reasonOf(event.text)
    reasons.delete(name)
    found.set(
      term,
      observation.kind === "becameLeader"
        ? { ...before, winner: { name, votes: observation.votes.length } }
        : { ...before, candidates: [...before.candidates, { name, because }] },
    )
  }
  return [...found.values()].toSorted((a, b) => b.term - a.term)
}

/** What stands in brackets at the end of the node's own sentence, where nodes go by their names. */
function reasonOf(text: string): string {
  return /\((.+)\)$/.exec(text)?.[1] ?? text
}
