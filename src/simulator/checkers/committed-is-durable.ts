/**
 * What is committed is on the disks of a majority, Raft §5.3 ("replicated on a majority of the servers"), and of both majorities in a joint
 * configuration (§6). A sample of the advances of the highest commit index is compared with what every disk would give back right then.
 */

import type { LogIndex, NodeId, Term } from "../../core/index.ts"
import type { Checker, DurableView } from "./checker.ts"

interface State {
  highest: LogIndex
}

const sampleEvery = 64

export const committedIsDurable: Checker<State> = {
  name: "committed-is-durable",
  rule: "a committed entry is on the disks of a majority",
  paper: "Raft §5.3, §6",
  tla: "CommittedIsDurableInv",
  create: () => ({ highest: 0 }),
  clone: (state) => ({ ...state }),
  check(state, { node, sample, wiped, durable }) {
    if (node === null || node.commitIndex <= state.highest) return null
    state.highest = node.commitIndex
    if (sample % sampleEvery !== 0) return null
    const index = node.commitIndex
    const term = index === node.base.index ? node.base.term : node.entry(index)?.term
    if (term === undefined) return null
    const { voters, votersOutgoing } = node.configuration
    for (const half of votersOutgoing.length > 0 ? [voters, votersOutgoing] : [voters]) {
      const holders: NodeId[] = []
      // Disks are dear to read: no more of them than it takes.
      for (const id of half) {
        if (holders.length * 2 <= half.length && (wiped.includes(id) || holds(durable(id), index, term))) holders.push(id)
      }
      if (holders.length * 2 > half.length) continue
      return `entry ${index} of term ${term} was committed by server ${node.id} with only ${list(holders)} of voters ${list(half)} having it on disk`
    }
    return null
  },
}

function holds(disk: DurableView | null, index: LogIndex, term: Term): boolean {
  return disk !== null && (index <= disk.snapshotIndex || disk.termAt(index) === term)
}

function list(ids: readonly NodeId[]): string {
  return ids.length === 0 ? "none" : ids.join(", ")
}
