/**
 * What a leader commits, a majority has acknowledged to it in its term (Raft §5.3, Figure 2, "matchIndex"), of both lists of voters while the
 * configuration is joint (§6); learners and strangers count for nothing (dissertation §4.2.1).
 *
 * Judged by the acknowledgements that really left, which is at least what arrived. In a step that ends one configuration and begins another the
 * leader may have counted by either. Whether the acknowledged is on disk is the matter of other checkers.
 */

import type { Configuration, LogIndex, Message, NodeId, Term } from "../../core/index.ts"
import type { Checker, NodeView } from "./checker.ts"
import { countedInTerm } from "./counted-commit.ts"

interface State {
  highest: LogIndex
  /** By term and server: the highest index that it acknowledged in that term. */
  readonly acknowledged: Map<number, LogIndex>
  /** The configuration that each server had when it last moved. */
  readonly configurations: Map<NodeId, Configuration>
}

export const commitQuorum: Checker<State> = {
  name: "commit-quorum",
  rule: "what a leader commits was acknowledged by a majority of the voters, of both lists while joint, and learners never count",
  paper: "Raft §5.3, §6; dissertation §4.2.1",
  tla: "QuorumLogInv",
  watches: "servers",
  create: () => ({ highest: 0, acknowledged: new Map(), configurations: new Map() }),
  clone: ({ highest, acknowledged, configurations }) => ({
    highest,
    acknowledged: new Map(acknowledged),
    configurations: new Map(configurations),
  }),
  check(state, { node, before, sent }) {
    if (node === null) return null
    const { acknowledged, configurations } = state
    for (const message of sent) {
      const index = acknowledgedIndex(message)
      if (index === 0) continue
      const key = keyOf(message.term, node.id)
      if (index > (acknowledged.get(key) ?? 0)) acknowledged.set(key, index)
    }
    const last = configurations.get(node.id)
    const { configuration, commitIndex } = node
    if (last !== configuration) configurations.set(node.id, configuration)
    const term = countedInTerm(node, before, state.highest)
    state.highest = Math.max(state.highest, commitIndex)
    return term === null ? null : findLackOfQuorum(acknowledged, node, term, last ?? configuration)
  },
}

/** `last`: the configuration that the server had before this step. */
function findLackOfQuorum(acknowledged: State["acknowledged"], node: NodeView, term: Term, last: Configuration): string | null {
  const { configuration, commitIndex } = node
  const has = (id: NodeId): boolean => id === node.id || (acknowledged.get(keyOf(term, id)) ?? 0) >= commitIndex
  const lacking = lackingHalf(configuration, has)
  if (lacking === null || (last !== configuration && lackingHalf(last, has) === null)) return null
  const holders = lacking.filter(has)
  const who = holders.length === 0 ? "none" : `only ${holders.join(", ")}`
  return `leader ${node.id} of term ${term} committed entry ${commitIndex}, but of voters ${lacking.join(", ")} ${who} had acknowledged it`
}

function acknowledgedIndex(message: Message): LogIndex {
  if (message.kind === "appendEntriesReply") return message.success ? message.index : 0
  if (message.kind === "installSnapshotReply") return message.done ? message.lastIndex : 0
  return 0
}

/** The list of voters of which no majority has it; null if there is none. */
function lackingHalf({ voters, votersOutgoing }: Configuration, has: (id: NodeId) => boolean): readonly NodeId[] | null {
  if (!isMajority(voters, has)) return voters
  return votersOutgoing.length > 0 && !isMajority(votersOutgoing, has) ? votersOutgoing : null
}

function isMajority(voters: readonly NodeId[], has: (id: NodeId) => boolean): boolean {
  let count = 0
  for (const id of voters) if (has(id)) count += 1
  return count * 2 > voters.length
}

/** The ids of a world's servers are small. */
function keyOf(term: Term, id: NodeId): number {
  return term * 65_536 + id
}
