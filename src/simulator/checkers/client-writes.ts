/**
 * What clients may rely on for writes, dissertation §6.3: an acknowledged write is in the log for good, a rejected one never will be, a
 * session's write takes effect once however often it was sent, and every try of it gets the answer of the first. Clients without a session
 * repeat only what was rejected, so their writes take effect at most once as well.
 *
 * "For good" follows with the other checkers: what was applied at an index stays so on every server.
 */

import type { LogIndex } from "../../core/index.ts"
import type { Checker } from "./checker.ts"
import { fingerprintBytes } from "./fingerprint.ts"

interface AppliedWrite {
  readonly index: LogIndex
  readonly result: number
}

interface State {
  /** Applied writes by operation. */
  readonly applied: Map<number, AppliedWrite>
  readonly refused: Set<number>
}

export const clientWrites: Checker<State> = {
  name: "client-writes",
  rule: "acknowledged writes are never lost, rejected ones never take effect, and no write takes effect twice",
  paper: "Raft §8; dissertation §6.3",
  tla: null,
  create: () => ({ applied: new Map(), refused: new Set() }),
  clone: ({ applied, refused }) => ({ applied: new Map(applied), refused: new Set(refused) }),
  check({ applied, refused }, { node, journal, clients }) {
    for (const record of journal) {
      if (record.kind !== "applied" || record.operationId === 0) continue
      const { operationId: id, index } = record
      const known = applied.get(id)
      if (refused.has(id)) return `write ${id} was applied at index ${index} after its client had been told that it never would be`
      if (known === undefined) applied.set(id, { index, result: fingerprintBytes(record.result) })
      else if (known.index !== index)
        return `server ${node?.id} applied write ${id} at index ${index}, and it was applied at index ${known.index} before`
    }
    for (const event of clients) {
      if (event.kind === "refused") {
        refused.add(event.operation.id)
        const known = applied.get(event.operation.id)
        if (known !== undefined) return `write ${event.operation.id} was rejected, but had been applied at index ${known.index}`
      } else if (event.kind === "written") {
        const known = applied.get(event.operation.id)
        if (known === undefined || known.index > event.index) {
          return `write ${event.operation.id} was acknowledged at index ${event.index}, but no state machine has applied it there`
        }
        if (event.operation.inSession && known.result !== fingerprintBytes(event.result)) {
          return `write ${event.operation.id} was answered with another result than it had when it was applied at index ${known.index}`
        }
      }
    }
    return null
  },
}
