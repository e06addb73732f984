/** How logs become equal, and when an entry is committed (Raft §5.3, §5.4.2). */

import type { Mutant } from "../mutant.ts"
import { conflicts, crashes, cuts, deepConflicts, repeating, stubborn, writers } from "./faults.ts"

const unequalLogs = ["log-matching", "state-machine-safety", "leader-completeness", "committed-is-durable", "durable-promises", "halt"]

export const replication: readonly Mutant[] = [
  {
    name: "a leader drops the end of its log when a follower refuses it",
    section: "Raft §5.3, Figure 3 (Leader Append-Only)",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "if (message.success) onAccepted",
        to: "if (!message.success && lastIndexOf(state.log) > state.commitIndex) truncateFrom(state, out, lastIndexOf(state.log), 0)\n  if (message.success) onAccepted",
      },
    ],
    foundBy: ["leader-append-only"],
    world: conflicts,
    raft: stubborn,
  },
  {
    name: "entries of earlier terms are committed by counting",
    section: "Raft §5.4.2, Figure 8",
    changes: [
      {
        file: "core/replication/commitment.ts",
        from: "if (index <= state.commitIndex || termAt(log, index) !== state.term) return",
        to: "if (index <= state.commitIndex) return",
      },
    ],
    foundBy: ["leader-completeness", "state-machine-safety", "current-term-commit", "halt"],
    world: { nodes: 5, faults: [...crashes, ...cuts] },
    raft: { appendEntriesMax: 1, inflightMessagesMax: 1, preVote: false },
  },
  {
    name: "a follower cuts its log where a message repeats what it has",
    section: "Raft §5.3",
    changes: [{ file: "core/replication/replication.ts", from: "if (ownTerm === entry.term) continue\n", to: "" }],
    foundBy: ["handshake", ...unequalLogs, "liveness"],
    world: { nodes: 3, faults: crashes, clients: writers, network: repeating },
    raft: { appendEntriesMax: 1 },
  },
  {
    name: "a follower cuts its log to what a message happens to show",
    section: "Raft §5.3",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "// Never beyond what this message confirmed to be equal",
        to: "if (lastNew >= state.commitIndex && lastNew < lastIndexOf(log)) truncateFrom(state, out, lastNew + 1, 0)\n  // Never beyond",
      },
    ],
    foundBy: [...unequalLogs, "liveness"],
    world: { nodes: 3, faults: crashes, clients: writers, network: repeating },
    raft: { appendEntriesMax: 1 },
  },
  {
    name: "a follower commits what its leader has, whether it is the same or not",
    section: "Raft §5.3, Figure 2",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "const commitIndex = Math.min(message.leaderCommit, lastNew)",
        to: "const commitIndex = Math.min(message.leaderCommit, lastIndexOf(log))",
      },
    ],
    foundBy: unequalLogs,
    world: conflicts,
    raft: stubborn,
  },
  {
    name: "an append needs an entry before it, of whatever term",
    section: "Raft §5.3",
    changes: [{ file: "core/replication/replication.ts", from: "if (ownTerm !== prevLogTerm) {", to: "if (ownTerm === null) {" }],
    foundBy: unequalLogs,
    world: deepConflicts,
    raft: stubborn,
  },
  {
    name: "a conflicting tail stays in front of what replaces it",
    section: "Raft §5.3",
    changes: [
      { file: "core/replication/replication.ts", from: "if (ownTerm === entry.term) continue\n", to: "if (ownTerm !== null) continue\n" },
    ],
    foundBy: unequalLogs,
    world: conflicts,
    raft: stubborn,
  },
  {
    name: "a leader counts what it has sent",
    section: "Raft §5.3",
    changes: [
      {
        file: "core/replication/sending.ts",
        from: "progress.nextIndex += entries.length\n",
        to: "progress.nextIndex += entries.length\n    progress.matchIndex = progress.nextIndex - 1\n",
      },
    ],
    foundBy: ["commit-quorum", "committed-is-durable", "leader-completeness", "state-machine-safety"],
    world: { nodes: 3, faults: cuts },
  },
  {
    name: "a refusal counts as an acknowledgement",
    section: "Raft §5.3",
    changes: [
      { file: "core/replication/replication.ts", from: "if (message.success) onAccepted", to: "if (message.index >= 0) onAccepted" },
    ],
    foundBy: ["commit-quorum", "committed-is-durable", "leader-completeness", "state-machine-safety", "liveness"],
    world: { nodes: 3, faults: cuts },
  },
  {
    name: "acknowledgements are credited to another server",
    section: "Raft §5.3",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "const progress = role.progress.get(message.from)\n  if (progress === undefined || message.round",
        to: "const progress = [...role.progress.values()].findLast(({ id }) => id !== message.from)\n  if (progress === undefined || message.round",
      },
    ],
    foundBy: ["commit-quorum", "committed-is-durable", "leader-completeness", "state-machine-safety", "liveness"],
    world: { nodes: 3, faults: cuts },
  },
  {
    name: "a new leader drops what it does not know to be committed",
    section: "Raft §5.3 (Leader Append-Only), §5.4.3",
    changes: [
      {
        file: "core/election/roles.ts",
        from: 'import { lastIndexOf } from "../log/log.ts"',
        to: 'import { rollBackConfigurations } from "../configurations.ts"\nimport { clampDurability } from "../durability.ts"\nimport { lastIndexOf, truncateLog } from "../log/log.ts"',
      },
      {
        file: "core/election/roles.ts",
        from: "const lastIndex = lastIndexOf(state.log)\n  const votes",
        to: "truncateLog(state.log, state.commitIndex + 1)\n  clampDurability(state.durability, state.commitIndex + 1)\n  rollBackConfigurations(state, out, state.commitIndex + 1)\n  const lastIndex = lastIndexOf(state.log)\n  const votes",
      },
    ],
    foundBy: ["leader-append-only", "leader-completeness", "state-machine-safety", "committed-is-durable", "halt"],
    world: conflicts,
    raft: stubborn,
  },
  {
    name: "a lost append is never sent again",
    section: "Raft §5.3",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "if (message.index <= progress.matchIndex) break\n      becomeProbe(progress)",
        to: "if (message.index <= progress.matchIndex) break",
      },
    ],
    foundBy: ["liveness"],
    world: { nodes: 3, faults: cuts },
  },
  {
    name: "entries are applied before they are committed",
    section: "Raft §5.3",
    changes: [
      {
        file: "replica/apply.ts",
        from: "const through = Math.min(end, applied.lastApplied + applyEntriesMax)",
        to: "const through = Math.min(raft.lastIndex, applied.lastApplied + applyEntriesMax)",
      },
    ],
    foundBy: ["state-machine-safety", "client-writes"],
    world: { nodes: 3, faults: cuts },
  },
  {
    name: "the last entry of a slice is applied twice",
    section: "Raft §5.3; dissertation §6.3",
    changes: [
      {
        file: "replica/apply.ts",
        from: "return applied.lastApplied < end\n",
        to: 'const isCut = applied.lastApplied < raft.commitIndex\n  const last = raft.entry(through)\n  if (isCut && last.kind === "command") applyCommand(applied, last, target)\n  return isCut\n',
      },
    ],
    foundBy: ["equal-states", "client-writes", "fresh-reads", "halt"],
    world: { nodes: 3, faults: crashes },
    replica: { applyEntriesMax: 4 },
  },
  {
    name: "the entries of a slice are applied in any order",
    section: "Raft §5.3",
    changes: [
      {
        file: "replica/apply.ts",
        from: "applyEntry(applied, entries[i]!, target)\n",
        to: "applyEntry(applied, { ...entries[entries.length - 1 - i]!, index: entries[i]!.index }, target)\n",
      },
    ],
    foundBy: ["state-machine-safety", "equal-states", "client-writes"],
    world: { nodes: 3, faults: crashes },
  },
]
