/**
 * Equal state at equal applied index, dissertation §3.6 and §6.1: a state machine that applied the same prefix is in the same state, whether it got
 * there entry by entry or by a snapshot, and every command has the same result and the same time of the cluster's clock everywhere.
 *
 * Which commands reach the machine is part of it: a retry that one server's session table catches must be caught by all.
 */

import type { LogIndex } from "../../core/index.ts"
import { AppendList } from "../append-list.ts"
import type { Applied, Checker } from "./checker.ts"
import { fingerprintBytes } from "./fingerprint.ts"

interface AppliedCommand {
  readonly index: LogIndex
  readonly timeMs: number
  readonly result: number
  readonly hash: number | null
}

/** What the first server to get there made of each command, by ascending index. */
type Canonical = AppendList<AppliedCommand>

export const equalStates: Checker<{ readonly canonical: Canonical }> = {
  name: "equal-states",
  rule: "state machines that applied the same prefix are in the same state",
  paper: "Raft §2, §7; dissertation §6.3",
  tla: null,
  create: () => ({ canonical: new AppendList() }),
  clone: ({ canonical }) => ({ canonical: canonical.clone() }),
  check({ canonical }, { node, journal }) {
    for (const record of journal) {
      const wrong = record.kind === "applied" ? checkApplied(canonical, record) : checkRestored(canonical, record.index, record.hash)
      if (wrong !== null) return `server ${node?.id} ${wrong}`
    }
    return null
  },
}

function checkApplied(canonical: Canonical, applied: Applied): string | null {
  const { index, timeMs, hash } = applied
  const result = fingerprintBytes(applied.result)
  const last = canonical.last()
  if (last === undefined || index > last.index) {
    if (last !== undefined && timeMs < last.timeMs)
      return `applied index ${index} at cluster time ${timeMs}, after time ${last.timeMs} at index ${last.index}`
    canonical.push({ index, timeMs, result, hash })
    return null
  }
  const known = canonical.at(positionOf(canonical, index))
  if (known === undefined || known.index !== index) return `applied a command at index ${index}, where other servers applied none`
  if (known.timeMs !== timeMs) return `applied index ${index} at cluster time ${timeMs}, others at ${known.timeMs}`
  if (known.result !== result) return `got another result at index ${index} than others did`
  if (known.hash !== null && hash !== null && known.hash !== hash) return `is in another state after index ${index} than others were`
  return null
}

function checkRestored(canonical: Canonical, index: LogIndex, hash: number): string | null {
  const known = canonical.at(positionOf(canonical, index))
  if (known === undefined || known.hash === null || known.hash === hash) return null
  return `restored a snapshot through index ${index} whose state is not the one that others had there`
}

/** The position of the last command at or below `index`; -1 if there is none. */
function positionOf(canonical: Canonical, index: LogIndex): number {
  let low = 0
  let high = canonical.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (canonical.at(middle)!.index <= index) low = middle + 1
    else high = middle
  }
  return low - 1
}
