/**
 * What is committed is on the disks of a majority, Raft §5.3 ("replicated on a majority of the servers"), and of both majorities in a joint
 * configuration (§6). A sample of the advances of the highest commit index is compared with what every disk would give back right then.
 *
 * A leader that commits the end of one configuration change may begin the next in the same step: what it committed was decided by the
 * configuration that it had before.
 */

import type { Configuration, LogIndex, NodeId, Term } from "../../core/index.ts"
import type { Checker, DurableView, NodeView, StepView } from "./checker.ts"

interface State {
  highest: LogIndex
  /** The configuration that each server had when it last moved. */
  readonly configurations: Map<NodeId, Configuration>
}

const sampleEvery = 64

export const committedIsDurable: Checker<State> = {
  name: "committed-is-durable",
  rule: "a committed entry is on the disks of a majority",
  paper: "Raft §5.3, §6",
  tla: "CommittedIsDurableInv",
  watches: "servers",
  create: () => ({ highest: 0, configurations: new Map() }),
  clone: ({ highest, configurations }) => ({ highest, configurations: new Map(configurations) }),
  check(state, step) {
    const { node, sample } = step
    if (node === null) return null
    const { configuration } = node
    const last = state.configurations.get(node.id)
    if (last !== configuration) state.configurations.set(node.id, configuration)
    if (node.commitIndex <= state.highest) return null
    state.highest = node.commitIndex
    return sample() % sampleEvery === 0 ? findLackOfDisks(node, step, last ?? configuration) : null
  },
}

/** `last`: the configuration that the server had before this step. */
function findLackOfDisks(node: NodeView, { wiped, durable }: StepView, last: Configuration): string | null {
  const { configuration, commitIndex: index } = node
  const term = index === node.base.index ? node.base.term : node.entry(index)?.term
  if (term === undefined) return null
  const has = (id: NodeId): boolean => wiped.includes(id) || holds(durable(id), index, term)
  const lacking = lackingHalf(configuration, has)
  if (lacking === null || (last !== configuration && lackingHalf(last, has) === null)) return null
  const { half, holders } = lacking
  return `entry ${index} of term ${term} was committed by server ${node.id} with only ${list(holders)} of voters ${list(half)} having it on disk`
}

/** The list of voters of which no majority has it, and who has; null if there is none. */
function lackingHalf(
  { voters, votersOutgoing }: Configuration,
  has: (id: NodeId) => boolean,
): { readonly half: readonly NodeId[]; readonly holders: readonly NodeId[] } | null {
  for (const half of votersOutgoing.length > 0 ? [voters, votersOutgoing] : [voters]) {
    const holders: NodeId[] = []
    // Disks are dear to read: no more of them than it takes.
    for (const id of half) if (holders.length * 2 <= half.length && has(id)) holders.push(id)
    if (holders.length * 2 <= half.length) return { half, holders }
  }
  return null
}

function holds(disk: DurableView | null, index: LogIndex, term: Term): boolean {
  return disk !== null && (index <= disk.snapshotIndex || disk.termAt(index) === term)
}

function list(ids: readonly NodeId[]): string {
  return ids.length === 0 ? "none" : ids.join(", ")
}
