/** Changes of the members by joint consensus (Raft §6; dissertation §4). */

import type { Mutant } from "../mutant.ts"
import { changes, crashes, cuts, readers, shortLogs, slowNetwork, snapshots, stubborn, writers } from "./faults.ts"
import { swaps } from "./scripts.ts"

const split = [
  "snapshot-descriptions",
  "election-quorum",
  "commit-quorum",
  "election-safety",
  "leader-completeness",
  "committed-is-durable",
  "state-machine-safety",
  "halt",
]

export const membership: readonly Mutant[] = [
  {
    name: "one majority of a joint configuration elects a leader",
    section: "Raft §6",
    changes: [
      {
        file: "core/quorum/quorum.ts",
        from: "const outgoing = majorityVote(configuration.votersOutgoing, votes)",
        to: "const outgoing = incoming",
      },
    ],
    foundBy: split,
    world: swaps,
  },
  {
    name: "one majority of a joint configuration commits",
    section: "Raft §6",
    changes: [
      {
        file: "core/replication/commitment.ts",
        from: "const index = quorumValue(configurationOf(state), (voter)",
        to: "const index = quorumValue({ ...configurationOf(state), votersOutgoing: [] }, (voter)",
      },
    ],
    foundBy: split,
    world: swaps,
  },
  {
    name: "one majority of a joint configuration confirms a read",
    section: "Raft §6; dissertation §6.4",
    changes: [
      {
        file: "core/replication/rounds.ts",
        from: "const confirmed = quorumValue(configurationOf(state), (voter)",
        to: "const confirmed = quorumValue({ ...configurationOf(state), votersOutgoing: [] }, (voter)",
      },
    ],
    foundBy: ["fresh-reads", "linearizability"],
    world: { ...swaps, clients: readers },
    raft: stubborn,
  },
  {
    name: "learners count when entries are committed",
    section: "dissertation §4.2.1",
    changes: [
      {
        file: "core/replication/commitment.ts",
        from: "const index = quorumValue(configurationOf(state), (voter)",
        to: "const inForce = configurationOf(state)\n  const index = quorumValue({ ...inForce, voters: [...inForce.voters, ...inForce.learners] }, (voter)",
      },
    ],
    foundBy: split,
    world: { nodes: 3, spares: 3, safetyMs: 3_000, faults: [...changes, ...cuts] },
  },
  {
    name: "a leader that the configuration leaves out counts itself",
    section: "Raft §6; dissertation §4.2.2",
    changes: [
      {
        file: "core/replication/commitment.ts",
        from: "const index = quorumValue(configurationOf(state), (voter)",
        to: "const inForce = configurationOf(state)\n  const index = quorumValue({ ...inForce, voters: [...new Set([...inForce.voters, state.options.id])] }, (voter)",
      },
    ],
    foundBy: split,
    world: { nodes: 4, spares: 2, safetyMs: 3_000, faults: [...changes, ...cuts] },
  },
  {
    name: "a joint configuration is left before it is committed",
    section: "Raft §6",
    changes: [
      {
        file: "core/membership/membership.ts",
        from: "if (current.index > state.commitIndex || state.commitIndex < role.firstIndex) return\n",
        to: "",
      },
    ],
    foundBy: [...split, "one-change-at-a-time"],
    world: swaps,
  },
  {
    name: "entries are counted by the last committed configuration, not by the one in force",
    section: "Raft §6",
    changes: [
      {
        file: "core/replication/commitment.ts",
        from: "const index = quorumValue(configurationOf(state), (voter)",
        to: "const committed = state.configurations.findLast((one) => one.index <= state.commitIndex) ?? configurationOf(state)\n  const index = quorumValue(committed, (voter)",
      },
    ],
    foundBy: [...split, "liveness"],
    world: swaps,
  },
  {
    name: "a truncated configuration stays in force",
    section: "Raft §6",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "clampDurability(state.durability, from)\n  rollBackConfigurations(state, out, from)",
        to: "clampDurability(state.durability, from)",
      },
    ],
    foundBy: [...split, "liveness"],
    world: swaps,
  },
  {
    name: "a second change begins before the first one is done",
    section: "Raft §6",
    changes: [
      {
        file: "core/membership/membership.ts",
        from: "if (isChanging(state)) return refused",
        to: "if (state.options.id < 0) return refused",
      },
    ],
    foundBy: [...split, "one-change-at-a-time"],
    world: { ...swaps, faults: [{ kind: "membership", everyMs: 30, lastsMs: 0 }] },
  },
  {
    name: "a change begins before its leader has committed anything in its term",
    section: "dissertation §4.1 (the correction of 2015)",
    changes: [
      { file: "core/membership/membership.ts", from: "if (state.commitIndex < role.firstIndex) {", to: "if (state.commitIndex < 0) {" },
    ],
    foundBy: ["one-change-at-a-time"],
    world: { nodes: 3, spares: 3, faults: [{ kind: "membership", everyMs: 10, lastsMs: 0 }, ...crashes] },
  },
  {
    name: "an entry of its own term before it makes a change rejected",
    section: "Raft §5.3, §6",
    changes: [{ file: "replica/membership.ts", from: "? entry.term > change.term :", to: "? entry.term >= change.term :" }],
    foundBy: ["refused-changes"],
    world: { nodes: 3, spares: 2, faults: changes, clients: writers },
  },
  {
    name: "a snapshot that reaches a change in doubt makes it rejected",
    section: "Raft §6, §7",
    changes: [
      {
        file: "replica/membership.ts",
        from: 'outcomes.push(unknown(change.id, "a snapshot replaced the part',
        to: 'outcomes.push(rejection(change.id, "lostLeadership", null, "a snapshot replaced the part',
      },
    ],
    foundBy: ["refused-changes"],
    world: {
      nodes: 3,
      spares: 2,
      faults: [...changes, { kind: "starve", everyMs: 400, lastsMs: 400 }],
      network: { ...slowNetwork, latencyMinMs: 5 },
      clients: writers,
    },
    replica: shortLogs,
  },
  {
    name: "the id of a server that was removed is given to another",
    section: "dissertation §4.1",
    changes: [{ file: "core/membership/membership-plan.ts", from: "if (id <= draft.highestId) {", to: "if (id < 1) {" }],
    foundBy: ["one-change-at-a-time"],
    world: { nodes: 3, spares: 3, faults: changes },
  },
  {
    name: "a snapshot carries the configuration of the one before it",
    section: "Raft §7",
    changes: [
      {
        file: "core/replication/snapshot.ts",
        from: "return { lastIndex: index, lastTerm, configuration: configurationAt(state, index) }",
        to: "return { lastIndex: index, lastTerm, configuration: state.snapshot.configuration }",
      },
    ],
    foundBy: [...split, "recovery", "snapshot-contents", "snapshot-descriptions", "liveness"],
    world: { nodes: 3, spares: 3, faults: [...changes, ...crashes, ...snapshots] },
    replica: shortLogs,
  },
  {
    name: "a snapshot carries the latest configuration, not the one at its index",
    section: "Raft §7",
    changes: [
      {
        file: "core/replication/snapshot.ts",
        from: "return { lastIndex: index, lastTerm, configuration: configurationAt(state, index) }",
        to: "return { lastIndex: index, lastTerm, configuration: state.configurations.at(-1)! }",
      },
    ],
    foundBy: [...split, "recovery", "snapshot-contents", "snapshot-descriptions", "liveness"],
    world: { nodes: 3, spares: 3, faults: [...changes, ...crashes, ...cuts, ...snapshots] },
    replica: shortLogs,
  },
]
