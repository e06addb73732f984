/**
 * Exactly-once, dissertation §6.3: a write that is repeated within its session takes effect once, whichever leaders took the tries and whatever
 * snapshots lie in between, and every try gets the answer of the first. A client without a session repeats only what was rejected, so its writes take
 * effect at most once as well.
 */

import type { LogIndex } from "../../core/index.ts"
import type { Checker } from "./checker.ts"
import { fingerprintBytes } from "./fingerprint.ts"

interface Effect {
  readonly index: LogIndex
  readonly result: number
}

/** Where each write took effect, by operation. */
type Effects = Map<number, Effect>

export const exactlyOnce: Checker<Effects> = {
  name: "exactly-once",
  rule: "no write takes effect twice, and every try of a session's write gets the answer of the first",
  paper: "Raft §8; dissertation §6.3",
  tla: null,
  watches: "outcomes",
  create: () => new Map(),
  clone: (effects) => new Map(effects),
  check(effects, { node, journal, clients }) {
    for (const record of journal) {
      if (record.kind !== "applied" || record.operationId === 0) continue
      const { operationId: id, index } = record
      const known = effects.get(id)
      if (known === undefined) effects.set(id, { index, result: fingerprintBytes(record.result) })
      else if (known.index !== index)
        return `server ${node?.id} applied write ${id} at index ${index}, and it was applied at index ${known.index} before`
    }
    for (const event of clients) {
      if (event.kind !== "written" || !event.operation.inSession) continue
      const known = effects.get(event.operation.id)
      if (known !== undefined && known.result !== fingerprintBytes(event.result))
        return `write ${event.operation.id} was answered with another result than it had when it was applied at index ${known.index}`
    }
    return null
  },
}
