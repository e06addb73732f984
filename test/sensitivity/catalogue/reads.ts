/** What a read may be answered from (Raft §8; dissertation §6.4). */

import type { Mutant } from "../mutant.ts"
import { crashes, cuts, readers } from "./faults.ts"
import { handovers, lonelyLeader, lostSight, manyLives, oldAnswers, restartedVoter, sleepingLeader, slowLeader } from "./scripts.ts"

const staleReads = ["fresh-reads", "linearizability", "reads-never-go-back"]
/** Voters that are quick to elect another leader once their promise is over. */
const leases = { leaseReads: true, preVote: true, electionTimeoutMaxMs: 160 }
/** A leader that nobody hears goes on leading. */
const stubborn = { preVote: false }

export const reads: readonly Mutant[] = [
  {
    name: "an unconfirmed read, with nobody looking but who judges histories from outside",
    section: "Raft §8 (linearizability)",
    changes: [
      {
        file: "core/replication/read.ts",
        from: "if (batch === null || batch.round > role.confirmedRound) return",
        to: "if (batch === null) return",
      },
    ],
    foundBy: ["linearizability"],
    without: ["fresh-reads", "reads-never-go-back"],
    world: { nodes: 3, faults: cuts, safetyMs: 3_000, clients: readers },
    raft: stubborn,
  },
  {
    name: "reads that go back, with nobody looking but who remembers what each client saw",
    section: "dissertation §6.4",
    changes: [
      {
        file: "replica/requests/reads.ts",
        from: "if (read.minimumIndex > lastApplied) later.push(read)",
        to: "if (read.minimumIndex < 0) later.push(read)",
      },
    ],
    foundBy: ["reads-never-go-back"],
    without: ["fresh-reads", "linearizability"],
    world: { nodes: 3, faults: [{ kind: "crash", everyMs: 150, lastsMs: 30 }], safetyMs: 3_000, clients: readers },
  },
  {
    name: "a read is answered without confirmation that its leader still leads",
    section: "Raft §8; dissertation §6.4",
    changes: [
      {
        file: "core/replication/read.ts",
        from: "if (batch === null || batch.round > role.confirmedRound) return",
        to: "if (batch === null) return",
      },
    ],
    foundBy: staleReads,
    world: { nodes: 3, faults: cuts, safetyMs: 3_000, clients: readers },
    raft: stubborn,
  },
  {
    name: "a leader answers reads before it has committed in its term",
    section: "Raft §8; dissertation §6.4",
    changes: [
      { file: "core/replication/read.ts", from: "if (termAt(state.log, state.commitIndex) !== state.term) return false\n", to: "" },
    ],
    foundBy: staleReads,
    world: { nodes: 3, faults: crashes, safetyMs: 3_000, clients: readers },
  },
  {
    name: "a read joins a round that began before it",
    section: "dissertation §6.4",
    changes: [
      {
        file: "core/replication/read.ts",
        from: "role.readsQueued.push(read)",
        to: "const { readsConfirming, readsQueued } = role\n  const waiting = (readsConfirming?.reads ?? readsQueued) as PendingRead[]\n  waiting.push(read)",
      },
    ],
    foundBy: staleReads,
    world: oldAnswers,
    raft: { preVote: false, electionTimeoutMaxMs: 160 },
  },
  {
    name: "paused forfeits nothing: a lease outlives the sleep of its leader's machine",
    section: "dissertation §6.4.1",
    changes: [{ file: "core/raft.ts", from: "    forfeitLease(role)\n", to: "" }],
    foundBy: staleReads,
    world: sleepingLeader,
    raft: leases,
  },
  {
    name: "an answer that comes after a sleep gives a round of before it a lease",
    section: "dissertation §6.4.1",
    changes: [{ file: "core/replication/read.ts", from: "  role.roundsSentAt.fill(-Infinity)\n", to: "" }],
    foundBy: staleReads,
    world: sleepingLeader,
    raft: leases,
  },
  {
    name: "a read is answered before its index is applied",
    section: "dissertation §6.4",
    changes: [{ file: "replica/requests/reads.ts", from: "if (batch.index > lastApplied) {", to: "if (batch.index < 0) {" }],
    foundBy: staleReads,
    world: { nodes: 3, faults: cuts, safetyMs: 3_000, clients: readers },
  },
  {
    name: "a client's reads go back when it changes servers",
    section: "dissertation §6.4",
    changes: [
      {
        file: "replica/requests/reads.ts",
        from: "if (read.minimumIndex > lastApplied) later.push(read)",
        to: "if (read.minimumIndex < 0) later.push(read)",
      },
    ],
    foundBy: staleReads,
    world: { nodes: 3, faults: [{ kind: "crash", everyMs: 150, lastsMs: 30 }], safetyMs: 3_000, clients: readers },
  },
  {
    name: "a restarted server takes the answer to another life's question",
    section: "dissertation §6.4",
    changes: [
      {
        file: "replica/requests/reads.ts",
        from: "const readId = reads.bootId * readIdsPerBoot + (reads.askedCount % readIdsPerBoot)",
        to: "const readId = reads.askedCount % readIdsPerBoot",
      },
    ],
    foundBy: staleReads,
    world: manyLives,
    raft: { preVote: true },
  },
  {
    name: "a lease lasts longer than voters promise",
    section: "dissertation §6.4.1",
    changes: [
      {
        file: "core/replication/read.ts",
        from: "const leaseMs = options.electionTimeoutMinMs * (1 - options.clockDriftMax)",
        to: "const leaseMs = options.electionTimeoutMaxMs * 2",
      },
    ],
    foundBy: staleReads,
    world: lonelyLeader,
    raft: { leaseReads: true, preVote: true },
  },
  {
    name: "a lease counts from the arrival of the answer",
    section: "dissertation §6.4.1",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "else onRefused(state, out, progress, message)\n  countRound(state, role)",
        to: "else onRefused(state, out, progress, message)\n  const before = role.confirmedRound\n  countRound(state, role)\n  if (role.confirmedRound > before) role.confirmedSentAt = now",
      },
    ],
    foundBy: staleReads,
    world: oldAnswers,
    raft: { leaseReads: true, preVote: true },
  },
  {
    name: "a lease makes no allowance for clocks that run apart",
    section: "dissertation §6.4.1",
    changes: [
      {
        file: "core/replication/read.ts",
        from: "options.electionTimeoutMinMs * (1 - options.clockDriftMax)",
        to: "options.electionTimeoutMinMs",
      },
    ],
    foundBy: staleReads,
    world: slowLeader,
    raft: { ...leases, clockDriftMax: 0.6 },
  },
  {
    name: "a lease outlives the transfer of leadership",
    section: "dissertation §3.10, §6.4.1",
    changes: [{ file: "core/replication/read.ts", from: "if (role.transfer !== null || role.leaseForfeited) return null\n", to: "" }],
    foundBy: staleReads,
    world: handovers,
    raft: leases,
  },
  {
    name: "a restarted voter has forgotten that it promised its leader time",
    section: "dissertation §6.4.1",
    changes: [
      {
        file: "core/raft.ts",
        from: "leaderContactAt: options.campaignOnDisconnect || term === 0 ? -Infinity : now",
        to: "leaderContactAt: -Infinity",
      },
    ],
    foundBy: staleReads,
    world: restartedVoter,
    raft: leases,
  },
  {
    name: "a voter helps a candidate while it hears from its leader",
    section: "dissertation §4.2.3, §6.4.1",
    changes: [
      { file: "core/election/election.ts", from: "if (!state.options.preVote) return false", to: "if (state.term > 0) return false" },
    ],
    foundBy: staleReads,
    world: lostSight,
    raft: leases,
  },
]
