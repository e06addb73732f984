/**
 * How large a world is explored: what is counted is bounded, everything else may happen at any moment and as often as it likes.
 *
 * Bounds that a server can see in its own state (term, commands in its log, rounds) need no counter in the explored state; only crashes do.
 */

import type { MembershipChange, NodeId, Term } from "../../core/index.ts"

export interface Bounds {
  /** Servers 1 to n vote from the beginning. */
  readonly servers: number
  /** Servers n+1 to n+joining run too, and wait to be added. */
  readonly joining: number
  /** No server goes beyond this term. */
  readonly terms: Term
  /** No leader takes a command while its log holds this many. No-ops and configurations come on top. */
  readonly entries: number
  /** Rounds of heartbeats that a leader sends in one term, beside what it sends anyway. */
  readonly heartbeats: number
  /** Crashes in the whole world, each followed by a restart from the disk. */
  readonly crashes: number
  /** Servers whose election timers may run out; null for all. The others still vote, follow and crash. */
  readonly campaigners: readonly NodeId[] | null
  /** A change of membership that a leader may begin, once; null for none. */
  readonly change: readonly MembershipChange[] | null
  /** PreVote and CheckQuorum, as in `RaftOptions`. */
  readonly preVote: boolean
  /**
   * Servers whose writes complete at any later moment: everything may happen before, and a crash keeps any prefix of the write's records. With the
   * others, a write is on disk when it is asked for.
   */
  readonly slowDisks: readonly NodeId[]
  /** Whether servers answer requests of terms that are over on their disks. If not, such requests count as lost: fewer situations, fewer ways. */
  readonly staleRequests: boolean
  /** As in `RaftOptions`: with 1, every entry travels alone. */
  readonly appendEntriesMax: number
}

export const defaultBounds: Bounds = {
  servers: 3,
  joining: 0,
  terms: 2,
  entries: 1,
  heartbeats: 0,
  crashes: 0,
  campaigners: null,
  change: null,
  preVote: false,
  slowDisks: [],
  staleRequests: true,
  appendEntriesMax: 4096,
}

/** Says in a sentence what is wrong with `bounds`, or returns null. */
export function explainBadBounds(bounds: Bounds): string | null {
  const total = bounds.servers + bounds.joining
  for (const name of ["servers", "joining", "terms", "entries", "heartbeats", "crashes", "appendEntriesMax"] as const) {
    if (!Number.isSafeInteger(bounds[name]) || bounds[name] < 0) return `${name} is ${bounds[name]}; it must be a whole number`
  }
  if (bounds.servers < 1 || total > serversMax) return `${total} servers cannot be explored; take 1 to ${serversMax}`
  if (bounds.terms < 1) return "nothing happens without a term; allow at least 1"
  if (bounds.appendEntriesMax < 1) return "appendEntriesMax is 0; it must be at least 1"
  const stranger = [...(bounds.campaigners ?? []), ...bounds.slowDisks].find((id) => !(id >= 1 && id <= total))
  if (stranger !== undefined) return `there is no server ${stranger}, only 1 to ${total}`
  return null
}

/** More would never come to an end, and server numbers fit a digit. */
const serversMax = 7
