/** Who may vote, for whom, and how votes are counted (Raft §5.1, §5.2, §5.4.1; dissertation §4.2.3, §9.6). */

import type { Mutant } from "../mutant.ts"
import { crashes, cuts, manyElections, repeating, splitVotes, stubborn, verySlowNetwork } from "./faults.ts"
import { failedTransfer, longTail } from "./scripts.ts"

const lostEntries = ["leader-completeness", "state-machine-safety", "log-matching", "halt"]

export const elections: readonly Mutant[] = [
  {
    name: "votes are granted to any log",
    section: "Raft §5.4.1",
    changes: [
      {
        file: "core/log/log.ts",
        from: "return lastLogTerm > lastTerm || (lastLogTerm === lastTerm && lastLogIndex >= lastIndexOf(log))",
        to: "return true",
      },
    ],
    foundBy: lostEntries,
    world: { nodes: 3, faults: [...crashes, ...cuts] },
  },
  {
    name: "the longer log wins, whatever its last term",
    section: "Raft §5.4.1",
    changes: [
      {
        file: "core/log/log.ts",
        from: "return lastLogTerm > lastTerm || (lastLogTerm === lastTerm && lastLogIndex >= lastIndexOf(log))",
        to: "return lastLogIndex >= lastIndexOf(log)",
      },
    ],
    foundBy: lostEntries,
    world: longTail,
    raft: stubborn,
  },
  {
    name: "of two logs with the same last term, the shorter one may win",
    section: "Raft §5.4.1",
    changes: [
      {
        file: "core/log/log.ts",
        from: "(lastLogTerm === lastTerm && lastLogIndex >= lastIndexOf(log))",
        to: "lastLogTerm === lastTerm",
      },
    ],
    foundBy: lostEntries,
    world: { nodes: 3, faults: [...crashes, ...cuts] },
  },
  {
    name: "a restarted server has forgotten whom it voted for",
    section: "Raft §5.2, Figure 2",
    changes: [{ file: "core/raft.ts", from: "const votedFor = isTermBehind ? null : hardState.votedFor", to: "const votedFor = null" }],
    foundBy: ["one-vote-per-term", "election-safety"],
    world: { nodes: 5, ...manyElections },
    raft: splitVotes,
  },
  {
    name: "stepping down within a term forgets the vote",
    section: "Raft §5.2",
    changes: [
      {
        file: "core/election/roles.ts",
        from: "if (isNewTerm) {\n    state.term = term\n    state.votedFor = null\n  }",
        to: "state.term = term\n  state.votedFor = null",
      },
    ],
    foundBy: ["one-vote-per-term", "monotonic", "election-safety", "halt"],
    world: { nodes: 5, ...manyElections },
    raft: splitVotes,
  },
  {
    name: "a server votes for every candidate, as often as it is asked",
    section: "Raft §5.2",
    changes: [
      {
        file: "core/election/election.ts",
        from: "const unpromised = state.votedFor === null || state.votedFor === from",
        to: "const unpromised = true",
      },
    ],
    foundBy: ["one-vote-per-term", "monotonic", "election-safety", "halt"],
    world: { nodes: 5, ...manyElections },
    raft: splitVotes,
  },
  {
    name: "a vote counts twice if its message arrives twice",
    section: "Raft §5.2",
    changes: [
      {
        file: "core/election/election.ts",
        from: "if (!votes.has(voter)) votes.set(voter, granted)",
        to: "votes.set(votes.has(voter) ? 1_000 + votes.size : voter, granted)",
      },
      {
        file: "core/quorum/majority.ts",
        from: 'if (granted >= needed) return "won"',
        to: 'if ([...votes.values()].filter((vote) => vote).length >= needed) return "won"',
      },
    ],
    foundBy: ["election-quorum", "election-safety", "halt", "leader-completeness"],
    world: { nodes: 5, ...manyElections, network: repeating },
    raft: splitVotes,
  },
  {
    name: "a vote of an earlier term counts in this one",
    section: "Raft §5.1",
    changes: [
      {
        file: "core/step.ts",
        from: 'case "preVoteReply":\n    case "requestVoteReply":\n    case "appendEntriesReply":\n    case "installSnapshotReply":',
        to: 'case "requestVoteReply":\n      return true\n    case "preVoteReply":\n    case "appendEntriesReply":\n    case "installSnapshotReply":',
      },
    ],
    foundBy: ["election-quorum", "election-safety", "halt", "leader-completeness"],
    world: { nodes: 5, ...manyElections, network: verySlowNetwork },
    raft: splitVotes,
  },
  {
    name: "grants of the question before the election count as votes",
    section: "dissertation §9.6",
    changes: [
      {
        file: "core/election/roles.ts",
        from: 'state.role = { kind: "candidate", votes: new Map() }',
        to: 'state.role = { kind: "candidate", votes: state.role.kind === "preCandidate" ? state.role.votes : new Map() }',
      },
    ],
    foundBy: ["election-quorum", "election-safety", "durable-promises", "halt"],
    world: { nodes: 3, ...manyElections },
    raft: { ...splitVotes, preVote: true },
  },
  {
    name: "half of the servers make a majority",
    section: "Raft §5.2",
    changes: [{ file: "core/quorum/majority.ts", from: "return Math.floor(count / 2) + 1", to: "return Math.round(count / 2)" }],
    foundBy: ["election-quorum", "commit-quorum", "election-safety", "committed-is-durable", "leader-completeness", "halt"],
    world: { nodes: 4, faults: cuts },
  },
  {
    name: "a higher term in an answer is not adopted",
    section: "Raft §5.1",
    changes: [
      {
        file: "core/step.ts",
        from: "if (message.term > state.term) return onHigherTerm(state, out, message, now)",
        to: 'if (message.term > state.term) return !message.kind.endsWith("Reply") && onHigherTerm(state, out, message, now)',
      },
    ],
    foundBy: ["liveness"],
    world: failedTransfer,
    raft: { preVote: true },
  },
  {
    name: "a message of an earlier term is met with silence",
    section: "Raft §5.1; dissertation §6.2",
    changes: [
      {
        file: "core/step.ts",
        from: "if (message.term < state.term) return onLowerTerm(state, out, message)",
        to: "if (message.term < state.term) return false",
      },
    ],
    foundBy: ["liveness"],
    world: failedTransfer,
    raft: { preVote: true },
  },
  {
    name: "a server without a leader sleeps through its election timeout",
    section: "Raft §5.2",
    changes: [
      {
        file: "core/raft.ts",
        from: 'if (role.kind !== "leader") return this.state.electionDeadline',
        to: 'if (role.kind !== "leader") return Infinity',
      },
    ],
    foundBy: ["liveness", "progress"],
    world: { nodes: 3 },
  },
]
