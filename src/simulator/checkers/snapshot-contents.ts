/**
 * A snapshot equals the replay of its prefix, Raft §7: a state machine that was restored through an index is in the state of those that applied every
 * command up to there, one by one.
 *
 * What it is compared with is the first server's hash after each command, kept for the whole run. And now and then a snapshot is restored on the spot, so
 * that what it leaves out shows also where no server ever needs one.
 */

import type { LogIndex } from "../../core/index.ts"
import { SharedList } from "../ground/shared-list.ts"
import type { Checker } from "./checker.ts"
import { lastAtOrBelow } from "./positions.ts"

interface Replayed {
  readonly index: LogIndex
  /** Null where the machine was not asked. */
  readonly hash: number | null
}

export const snapshotContents: Checker<SharedList<Replayed>> = {
  name: "snapshot-contents",
  rule: "a state that was restored from a snapshot is the state after every command up to its last index",
  paper: "Raft §7; dissertation §5.1",
  tla: null,
  watches: "outcomes",
  create: () => new SharedList(),
  clone: (replayed) => replayed.clone(),
  check(replayed, { node, journal }) {
    for (const record of journal) {
      // It left the state as it was.
      if (record.kind === "refused") continue
      const { index, hash } = record
      if (record.kind === "applied") {
        if (record.restoredHash !== null && record.restoredHash !== hash)
          return `server ${node?.id} is in a state after index ${index} that a snapshot of it does not restore`
        if (index > (replayed.last()?.index ?? 0)) replayed.push({ index, hash })
        continue
      }
      const known = replayed.at(lastAtOrBelow(replayed, index))
      if (known === undefined || known.hash === null || known.hash === hash) continue
      return `server ${node?.id} restored a snapshot through index ${index} whose state is not the one that others had there`
    }
    return null
  },
}
