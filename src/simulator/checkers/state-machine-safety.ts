/**
 * State Machine Safety, Raft §5.4.3 and Figure 3: if a server has applied an entry at a given index, no other server will ever apply a
 * different entry for the same index.
 *
 * Checked one step earlier too, where the damage begins: what one server holds as committed at an index, every other holds there once
 * it commits that far, and no log changes at or below its commit index.
 */

import type { Term } from "../../core/index.ts"
import { SharedList } from "../ground/shared-list.ts"
import type { Checker } from "./checker.ts"
import { fingerprintBytes, fingerprintEntry } from "./fingerprint.ts"

interface CommittedEntry {
  readonly term: Term
  readonly fingerprint: number
}

interface State {
  /** Position n holds what is committed at index n + 1; null if nobody who committed it could show it. */
  readonly committed: SharedList<CommittedEntry | null>
  /** The fingerprint of each applied command, at the position of its index. */
  readonly applied: (number | undefined)[]
}

export const stateMachineSafety: Checker<State> = {
  name: "state-machine-safety",
  rule: "no two servers ever commit or apply different entries at the same index",
  paper: "Raft §5.4.3, Figure 3 (State Machine Safety)",
  tla: "LogInv",
  watches: "servers",
  create: () => ({ committed: new SharedList(), applied: [] }),
  clone: ({ committed, applied }) => ({ committed: committed.clone(), applied: applied.slice() }),
  check({ committed, applied }, { node, before, changedFrom, journal }) {
    for (const record of journal) {
      if (record.kind !== "applied") continue
      const fingerprint = fingerprintBytes(record.command)
      const known = applied[record.index]
      if (known === undefined) applied[record.index] = fingerprint
      else if (known !== fingerprint)
        return `server ${node?.id} applied another command at index ${record.index} than the first server that got there`
    }
    if (node === null) return null
    if (before !== null && changedFrom <= Math.min(before.commitIndex, node.lastIndex)) {
      return `server ${node.id} changed its log from index ${changedFrom} on, but had committed through ${before.commitIndex}`
    }
    if (node.commitIndex > node.lastIndex)
      return `server ${node.id} committed through ${node.commitIndex}, but its log ends at ${node.lastIndex}`
    if (node.appliedIndex > node.commitIndex)
      return `server ${node.id} applied through ${node.appliedIndex}, but committed only through ${node.commitIndex}`
    const from = Math.max(node.base.index + 1, (before?.commitIndex ?? 0) + 1)
    for (let index = committed.length + 1; index < from && index <= node.commitIndex; index++) committed.push(null)
    for (let index = from; index <= node.commitIndex; index++) {
      const entry = node.entry(index)
      if (entry === undefined) return `server ${node.id} committed entry ${index}, which it does not hold`
      const fingerprint = fingerprintEntry(entry)
      const known = committed.at(index - 1)
      if (known === undefined) {
        committed.push({ term: entry.term, fingerprint })
      } else if (known !== null && (known.term !== entry.term || known.fingerprint !== fingerprint)) {
        return `server ${node.id} committed term ${entry.term} at index ${index}, where term ${known.term} was committed before`
      }
    }
    return null
  },
}
