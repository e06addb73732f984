/**
 * Log Matching, Raft §5.3 and Figure 3: if two logs contain an entry with the same index and term, then the logs are identical in all
 * entries up through the given index.
 *
 * Checked by its induction, and over the whole run: an (index, term) stands for one content and for one term of the entry before it, in
 * whatever log it ever appears. If every pair of neighbours keeps to that, so do whole logs, and only entries that changed need a look.
 */

import type { LogIndex, Term } from "../../core/index.ts"
import type { Checker } from "./checker.ts"
import { fingerprintEntry } from "./fingerprint.ts"

interface Seen {
  readonly term: Term
  readonly previousTerm: Term
  readonly fingerprint: number
  /** The same index under another term. */
  readonly other: Seen | null
}

export const logMatching: Checker<(Seen | undefined)[]> = {
  name: "log-matching",
  rule: "if two logs contain an entry with the same index and term, the logs are identical up through that index",
  paper: "Raft §5.3, Figure 3 (Log Matching)",
  tla: "LogMatchingInv",
  watches: "servers",
  create: () => [],
  clone: (seen) => seen.slice(),
  check(seen, { node, changedFrom }) {
    if (node === null) return null
    for (let index = Math.max(changedFrom, node.base.index + 1); index <= node.lastIndex; index++) {
      const entry = node.entry(index)
      if (entry === undefined) return `server ${node.id} has no entry ${index}, between ${node.base.index} and ${node.lastIndex}`
      if (entry.index !== index) return `server ${node.id} holds entry ${entry.index} at index ${index}`
      const { term } = entry
      const previousTerm = index - 1 === node.base.index ? node.base.term : (node.entry(index - 1)?.term ?? 0)
      if (previousTerm > term)
        return `server ${node.id} holds term ${previousTerm} at index ${index - 1} before term ${term} at index ${index}`
      const known = find(seen[index], term)
      if (known === null) {
        seen[index] = { term, previousTerm, fingerprint: fingerprintEntry(entry), other: seen[index] ?? null }
      } else if (known.previousTerm !== previousTerm) {
        return `entry ${index} of term ${term} follows term ${previousTerm} on server ${node.id}, and term ${known.previousTerm} elsewhere`
      } else if (known.fingerprint !== fingerprintEntry(entry)) {
        return `entry ${index} of term ${term} differs on server ${node.id} from what it is elsewhere`
      }
    }
    return checkBase(seen, node.id, node.base.index, node.base.term)
  },
}

function checkBase(seen: readonly (Seen | undefined)[], id: number, index: LogIndex, term: Term): string | null {
  if (index === 0 || find(seen[index], term) !== null) return null
  return `server ${id}'s log begins after entry ${index} of term ${term}, which no log ever held`
}

function find(first: Seen | null | undefined, term: Term): Seen | null {
  for (let seen = first ?? null; seen !== null; seen = seen.other) if (seen.term === term) return seen
  return null
}
