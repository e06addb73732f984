/**
 * Small changes of one rule, planted around the production core, and a world just large enough for each to do harm.
 *
 * Where a rule is there for the sake of a deeper one, only the deeper one is looked at: the story then goes on to the damage, such as two
 * leaders in one term, instead of stopping at the first sign.
 */

import { clampDurability } from "../../src/core/durability.ts"
import { majorityOf, quorumValue, type Message, type RaftState } from "../../src/core/index.ts"
import { lastIndexOf, termAt, truncateLog } from "../../src/core/log/log.ts"
import { matchIndexOf } from "../../src/core/replication/commitment.ts"
import { memberNumbered, type Bounds, type Tampering } from "../../src/simulator/exhaustive/index.ts"

export interface PlantedBug {
  readonly name: string
  readonly tampering: Tampering
  readonly bounds: Partial<Bounds>
  /** What is looked at. */
  readonly properties: readonly string[]
  /** What is found, and in how many actions at least. */
  readonly found: string
  readonly actions: number
}

/** The paper's five, but for what says so earlier. */
const figure3 = ["election-safety", "log-matching", "leader-completeness", "state-machine-safety"]

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "an entry of an older term is committed by counting (Figure 8)",
    tampering: { settle: commitByCounting },
    // The rule guards against four elections: 1 leads, 2 leads, 1 again, 2 again. Entries travel alone, as in the figure.
    bounds: { servers: 3, terms: 4, entries: 0, appendEntriesMax: 1, campaigners: [1, 2], staleRequests: false },
    properties: figure3,
    found: "leader-completeness",
    actions: 18,
  },
  {
    name: "a server votes for everyone who asks",
    tampering: {
      receive(message, state) {
        if (message.kind === "requestVote" && message.term === state.term && state.role.kind === "follower") forgetVote(state)
        return message
      },
    },
    bounds: { servers: 3, terms: 1, entries: 0 },
    properties: figure3,
    found: "election-safety",
    actions: 6,
  },
  {
    name: "a vote is forgotten in a restart",
    tampering: { restart: (start) => ({ ...start, hardState: { ...start.hardState, votedFor: null } }) },
    bounds: { servers: 3, terms: 1, entries: 0, crashes: 1 },
    properties: figure3,
    found: "election-safety",
    actions: 7,
  },
  {
    name: "a vote leaves before it is on disk",
    tampering: { completesEarly: (write) => write.hardState !== null },
    bounds: { servers: 3, terms: 1, entries: 0, crashes: 1, slowDisks: [3] },
    properties: figure3,
    found: "election-safety",
    actions: 6,
  },
  {
    name: "an acknowledgement leaves before its entries are on disk",
    tampering: { completesEarly: (write) => write.hardState === null },
    bounds: { servers: 3, terms: 2, entries: 0, crashes: 1, slowDisks: [3], campaigners: [1, 2] },
    properties: ["leader-completeness"],
    found: "leader-completeness",
    actions: 12,
  },
  {
    name: "a vote is granted to any log",
    tampering: {
      receive: (message) => (message.kind === "requestVote" ? { ...message, lastLogTerm: message.term, lastLogIndex: 1e9 } : message),
    },
    bounds: { servers: 3, terms: 2, entries: 0 },
    properties: figure3,
    found: "leader-completeness",
    actions: 8,
  },
  {
    name: "a follower cuts its log to what a message happens to show",
    tampering: {
      receive(message, state) {
        truncateBehind(message, state)
        return message
      },
    },
    bounds: { servers: 3, terms: 2, entries: 1, appendEntriesMax: 1, staleRequests: false },
    properties: figure3,
    found: "leader-completeness",
    actions: 12,
  },
  {
    name: "a leader commits what one voter too few has",
    tampering: { settle: commitByMinority },
    bounds: { servers: 3, terms: 2, entries: 0 },
    properties: figure3,
    found: "state-machine-safety",
    actions: 6,
  },
  {
    name: "a follower commits all that its leader has, whether it is the same or not",
    tampering: {
      receive(message, state) {
        if (message.kind === "appendEntries" && message.term >= state.term) {
          state.commitIndex = Math.max(state.commitIndex, Math.min(message.leaderCommit, lastIndexOf(state.log)))
        }
        return message
      },
    },
    bounds: { servers: 3, terms: 2, entries: 0, heartbeats: 1, campaigners: [1, 2], staleRequests: false },
    properties: figure3,
    found: "state-machine-safety",
    actions: 10,
  },
  {
    name: "a learner counts as a voter",
    tampering: { settle: countLearners },
    bounds: { servers: 2, joining: 1, terms: 1, entries: 0, change: [{ kind: "addLearner", member: memberNumbered(3) }] },
    properties: ["committed-is-durable"],
    found: "committed-is-durable",
    actions: 10,
  },
  {
    name: "a joint configuration decides by the new voters alone",
    tampering: { settle: dropOutgoing },
    bounds: {
      servers: 3,
      terms: 2,
      entries: 0,
      change: [
        { kind: "remove", id: 3 },
        { kind: "remove", id: 2 },
      ],
      campaigners: [1, 2],
    },
    properties: figure3,
    found: "leader-completeness",
    actions: 9,
  },
]

/** Raft §5.4.2 left out. */
function commitByCounting(state: RaftState): void {
  const { role } = state
  if (role.kind !== "leader") return
  const index = quorumValue(state.configurations.at(-1)!, (voter) => matchIndexOf(state, role, voter))
  state.commitIndex = Math.max(state.commitIndex, index)
}

function commitByMinority(state: RaftState): void {
  const { role } = state
  if (role.kind !== "leader") return
  const { voters } = state.configurations.at(-1)!
  const matched = voters.map((voter) => matchIndexOf(state, role, voter)).sort((a, b) => b - a)
  const index = matched[majorityOf(voters.length) - 2]!
  if (termAt(state.log, index) === state.term) state.commitIndex = Math.max(state.commitIndex, index)
}

function countLearners(state: RaftState): void {
  const { role } = state
  if (role.kind !== "leader") return
  const { voters, learners } = state.configurations.at(-1)!
  const everyone = { ...state.configurations.at(-1)!, voters: [...voters, ...learners] }
  const index = quorumValue(everyone, (voter) => matchIndexOf(state, role, voter))
  if (termAt(state.log, index) === state.term) state.commitIndex = Math.max(state.commitIndex, index)
}

function dropOutgoing(state: RaftState): void {
  const { configurations } = state
  const current = configurations.at(-1)!
  if (current.votersOutgoing.length > 0) configurations[configurations.length - 1] = { ...current, votersOutgoing: [] }
}

function forgetVote(state: RaftState): void {
  state.votedFor = null
  state.witness.votedFor = null
}

function truncateBehind(message: Message, state: RaftState): void {
  if (message.kind !== "appendEntries" || message.term < state.term || state.role.kind === "leader") return
  const end = message.prevLogIndex + message.entries.length
  if (end >= lastIndexOf(state.log) || termAt(state.log, message.prevLogIndex) !== message.prevLogTerm) return
  truncateLog(state.log, end + 1)
  clampDurability(state.durability, end + 1)
}
