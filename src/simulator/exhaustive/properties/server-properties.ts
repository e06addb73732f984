/**
 * What one server's step can break by itself. The rules are the simulator's checkers' own; they are shown the step as the world would show it.
 *
 * No memory is needed: what is on disk never goes back (checked here), a promise leaves only after it is on disk (checked here), so a server that
 * starts from its disk (checked here) can never contradict an earlier promise.
 */

import type { Message } from "../../../core/index.ts"
import {
  durableAcknowledgements,
  durablePromises,
  leaderAppendOnly,
  monotonic,
  type DurableView,
  type NodeSummary,
  type NodeView,
  type StepView,
} from "../../checkers/index.ts"
import type { DurableState, Server, ServerStep } from "../server.ts"

export interface Complaint {
  readonly property: string
  readonly reason: string
}

/** Of the properties `asked` for, the first one that `step` breaks. */
export function checkServerStep(before: Server, step: ServerStep, isRestart: boolean, asked: ReadonlySet<string>): Complaint | null {
  const after = step.server
  if (asked.has("durable-memory")) {
    const reason = explainForgotten(before.disk, after, isRestart)
    if (reason !== null) return { property: "durable-memory", reason }
  }
  const view = stepViewOf(before, after, step.sent, isRestart)
  for (const checker of [leaderAppendOnly, durablePromises, durableAcknowledgements, monotonic]) {
    if (!asked.has(checker.name)) continue
    // Nothing is remembered from one step to the next, so each begins with an empty memory.
    const reason = (checker as { check(state: unknown, step: StepView): string | null }).check(checker.create(), view)
    if (reason !== null) return { property: checker.name, reason }
  }
  return null
}

/** Term and vote on disk never go back, and are what a restarted server starts with. */
function explainForgotten(earlier: DurableState, { id, disk, raft }: Server, isRestart: boolean): string | null {
  const was = earlier.hardState
  const is = disk.hardState
  const isOlder = is.term < was.term || (is.term === was.term && was.votedFor !== null && is.votedFor !== was.votedFor)
  if (isOlder) return `on server ${id}'s disk, term ${was.term} with vote ${was.votedFor} became term ${is.term} with vote ${is.votedFor}`
  if (!isRestart) return null
  const { term, votedFor } = raft.state
  if (term === is.term && votedFor === is.votedFor) return null
  return `server ${id} restarted in term ${term} with vote ${votedFor}; on its disk were term ${is.term} and vote ${is.votedFor}`
}

export function nodeViewOf({ id, raft }: Server): NodeView {
  const { state, lastIndex, commitIndex, configuration } = raft
  return {
    id,
    life: 1,
    incarnation: 1,
    role: state.role.kind,
    term: state.term,
    votedFor: state.votedFor,
    commitIndex,
    appliedIndex: commitIndex,
    snapshotIndex: 0,
    snapshot: state.snapshot,
    base: state.log.base,
    lastIndex,
    entry: (index) => (index >= 1 && index <= lastIndex ? raft.entry(index) : undefined),
    configuration,
  }
}

export function durableViewOf({ disk }: Server): DurableView {
  const { hardState, entries } = disk
  return {
    term: hardState.term,
    votedFor: hardState.votedFor,
    snapshotIndex: 0,
    lastIndex: entries.length,
    termAt: (index) => entries[index - 1]?.term ?? null,
  }
}

function stepViewOf(before: Server, after: Server, sent: readonly Message[], isRestart: boolean): StepView {
  const node = nodeViewOf(after)
  const earlier = nodeViewOf(before)
  const summary: NodeSummary = earlier
  let changedFrom = 1
  while (changedFrom <= node.lastIndex && node.entry(changedFrom)?.term === earlier.entry(changedFrom)?.term) changedFrom += 1
  return {
    eventNumber: 0,
    now: 0,
    node,
    before: isRestart ? null : summary,
    changedFrom,
    nodes: [node],
    journal: [],
    sent,
    clients: [],
    changes: [],
    durable: () => durableViewOf(after),
    replicatedHash: () => 0,
    wiped: [],
    // The one for which nothing is left out.
    sample: () => 0,
  }
}
