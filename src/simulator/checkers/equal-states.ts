/**
 * Equal state at equal applied index, Raft §2 and dissertation §6.3: state machines that applied the same commands are in the same state, and every
 * command has the same result and the same time of the cluster's clock everywhere.
 *
 * Which commands reach the machine is part of it: a retry that one server's session table catches must be caught by all. So at some indexes all that
 * is replicated is compared, sessions and clock included, whichever way a server got there.
 */

import type { LogIndex } from "../../core/index.ts"
import { isHashedAt } from "../ground/hashed-indexes.ts"
import { SharedList } from "../ground/shared-list.ts"
import type { AppliedEntry, Checker, Refused } from "./checker.ts"
import { fingerprintBytes } from "./fingerprint.ts"
import { lastAtOrBelow } from "./positions.ts"

interface AppliedCommand {
  readonly index: LogIndex
  readonly timeMs: number
  readonly result: number
  readonly hash: number | null
}

/** What the first server to get there made of each command, by ascending index. */
type Canonical = SharedList<AppliedCommand>

interface State {
  readonly canonical: Canonical
  /** By index, at some: the hash of everything that is replicated. */
  readonly replicated: Map<LogIndex, number>
}

/** All that is replicated is compared where a step ends at an index that this divides, more seldom as the log grows: hashing it is dear. */
const replicatedEvery = 32

export const equalStates: Checker<State> = {
  name: "equal-states",
  rule: "state machines that applied the same prefix are in the same state",
  paper: "Raft §2, §7; dissertation §6.3",
  tla: null,
  watches: "servers",
  create: () => ({ canonical: new SharedList(), replicated: new Map() }),
  clone: ({ canonical, replicated }) => ({ canonical: canonical.clone(), replicated: new Map(replicated) }),
  check({ canonical, replicated }, { node, before, journal, replicatedHash }) {
    for (const record of journal) {
      const wrong =
        record.kind === "restored"
          ? null
          : record.kind === "refused"
            ? checkMade(canonical, record, refused, null)
            : checkMade(canonical, record, fingerprintBytes(record.result), record.hash)
      if (wrong !== null) return `server ${node?.id} ${wrong}`
    }
    if (node === null) return null
    const { appliedIndex } = node
    if (appliedIndex === before?.appliedIndex || appliedIndex === 0 || !isHashedAt(appliedIndex, replicatedEvery)) return null
    const hash = replicatedHash(node.id)
    if (hash === null) return null
    const known = replicated.get(appliedIndex)
    if (known === undefined) replicated.set(appliedIndex, hash)
    else if (known !== hash)
      return `server ${node.id} differs at index ${appliedIndex} from what others were there: in its state, sessions or clock`
    return null
  },
}

/** In the place of a result's fingerprint, which is never negative. */
const refused = -1

function checkMade(canonical: Canonical, { index, timeMs }: AppliedEntry | Refused, result: number, hash: number | null): string | null {
  const last = canonical.last()
  if (last === undefined || index > last.index) {
    if (last !== undefined && timeMs < last.timeMs)
      return `applied index ${index} at cluster time ${timeMs}, after time ${last.timeMs} at index ${last.index}`
    canonical.push({ index, timeMs, result, hash })
    return null
  }
  const known = canonical.at(lastAtOrBelow(canonical, index))
  if (known === undefined || known.index !== index) return `applied a command at index ${index}, where other servers applied none`
  if (known.timeMs !== timeMs) return `applied index ${index} at cluster time ${timeMs}, others at ${known.timeMs}`
  if (known.result !== result) return `got another result at index ${index} than others did`
  if (known.hash !== null && hash !== null && known.hash !== hash) return `is in another state after index ${index} than others were`
  return null
}
