/**
 * What clients may rely on for writes, Raft §8: an acknowledged write is in the log for good, and a rejected one never will be.
 *
 * "For good" follows with the other checkers: what was applied at an index stays so on every server.
 */

import type { LogIndex } from "../../core/index.ts"
import type { Checker } from "./checker.ts"

interface State {
  /** Where each write was first applied, by operation. */
  readonly applied: Map<number, LogIndex>
  readonly refused: Set<number>
}

export const clientWrites: Checker<State> = {
  name: "client-writes",
  rule: "acknowledged writes are never lost, and rejected ones never take effect",
  paper: "Raft §8; dissertation §6.3",
  tla: null,
  watches: "outcomes",
  create: () => ({ applied: new Map(), refused: new Set() }),
  clone: ({ applied, refused }) => ({ applied: new Map(applied), refused: new Set(refused) }),
  check({ applied, refused }, { journal, clients }) {
    for (const record of journal) {
      if (record.kind !== "applied" || record.operationId === 0) continue
      const { operationId: id, index } = record
      if (refused.has(id)) return `write ${id} was applied at index ${index} after its client had been told that it never would be`
      if (!applied.has(id)) applied.set(id, index)
    }
    for (const event of clients) {
      const { id } = event.operation
      if (event.kind === "refused") {
        refused.add(id)
        const index = applied.get(id)
        if (index !== undefined) return `write ${id} was rejected, but had been applied at index ${index}`
      } else if (event.kind === "written") {
        const index = applied.get(id)
        if (index === undefined || index > event.index)
          return `write ${id} was acknowledged at index ${event.index}, but no state machine has applied it there`
      }
    }
    return null
  },
}
