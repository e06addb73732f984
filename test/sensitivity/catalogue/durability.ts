/** What must be on disk before it is promised (Raft §5.1, Figure 2), and what a disk may take back. */

import { calmOptions } from "../../../src/simulator/index.ts"
import type { Mutant } from "../mutant.ts"
import { crashes, cuts, manyElections, slowNetwork, splitVotes, writers } from "./faults.ts"

const brokenPromises = ["durable-promises", "durable-acknowledgements", "committed-is-durable", "monotonic"]
const lostByCrash = [...brokenPromises, "one-vote-per-term", "election-safety", "monotonic", "recovery", "leader-completeness"]

/** Crashes in the middle of writes that are longer than a sector. */
const tornWrites = {
  nodes: 3,
  faults: crashes,
  clients: { ...writers, paddingBytesMax: 1_500 },
  disk: { ...slowDisk(), crashRate: 0.02 },
} as const

/** Bits flip on disks, and servers are started on what is left. */
const rot = {
  nodes: 3,
  spares: 2,
  faults: [
    { kind: "rot", everyMs: 200, lastsMs: 50 },
    { kind: "crash", everyMs: 200, lastsMs: 30 },
  ],
} as const

export const durability: readonly Mutant[] = [
  {
    name: "an acknowledgement leaves before its entries are on disk",
    section: "Raft §5.3, Figure 2",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "else sendAfterPersist(state, out, reply(index))",
        to: "else out.messages.push(reply(index))",
      },
    ],
    foundBy: brokenPromises,
    world: { nodes: 3, faults: crashes },
  },
  {
    name: "a vote leaves before it is on disk",
    section: "Raft §5.2, Figure 2",
    changes: [
      {
        file: "core/election/election.ts",
        from: 'sendAfterPersist(state, out, { kind: "requestVoteReply", from: state.options.id, to: from, term: state.term, granted })',
        to: 'out.messages.push({ kind: "requestVoteReply", from: state.options.id, to: from, term: state.term, granted })',
      },
    ],
    foundBy: [...brokenPromises, "one-vote-per-term"],
    world: { nodes: 3, faults: crashes },
  },
  {
    name: "a vote is written only together with a new term",
    section: "Raft §5.2, Figure 2",
    changes: [
      {
        file: "core/durability.ts",
        from: "return state.term !== requested.term || state.votedFor !== requested.votedFor",
        to: "return state.term !== requested.term",
      },
    ],
    foundBy: [...brokenPromises, "one-vote-per-term"],
    world: { nodes: 5, ...manyElections },
    raft: splitVotes,
  },
  {
    name: "a candidate counts its own vote before it is on disk",
    section: "Raft §5.2",
    changes: [
      {
        file: "core/election/election.ts",
        from: 'sendAfterPersist(state, out, {\n      kind: "requestVote",',
        to: 'out.messages.push({\n      kind: "requestVote",',
      },
      {
        file: "core/election/roles.ts",
        from: 'kind: "candidate", votes: new Map() }',
        to: 'kind: "candidate", votes: new Map([[state.options.id, true]]) }',
      },
    ],
    foundBy: brokenPromises,
    world: { nodes: 3, faults: crashes, disk: { ...slowDisk(), stallRate: 0.1, stallMs: 100 } },
  },
  {
    name: "an acknowledgement leaves with the write under way, not with its own",
    section: "Raft §5.3",
    changes: [
      {
        file: "core/durability.ts",
        from: "if (isHardStateDirty(state) || durability.requestedIndex < lastIndexOf(state.log)) return durability.nextNumber\n  return durability.inflight",
        to: "if (durability.inflight.length === 0) return durability.nextNumber\n  return durability.inflight",
      },
    ],
    foundBy: brokenPromises,
    world: { nodes: 3, faults: crashes, clients: writers, disk: slowDisk() },
  },
  {
    name: "all promises leave with whichever write is done first",
    section: "Raft Figure 2",
    changes: [
      {
        file: "core/durability.ts",
        from: "while (count < promises.length && promises[count]!.number <= number) count += 1",
        to: "count = promises.length",
      },
    ],
    foundBy: brokenPromises,
    world: { nodes: 3, faults: crashes },
  },
  {
    name: "a leader counts its own log before its disk has it",
    section: "Raft §5.3; dissertation §10.2.1",
    changes: [
      {
        file: "core/replication/commitment.ts",
        from: "if (voter === state.options.id) return state.durability.persistedIndex",
        to: "if (voter === state.options.id) return lastIndexOf(state.log)",
      },
    ],
    foundBy: ["committed-is-durable", "leader-completeness", "state-machine-safety"],
    world: { nodes: 3, faults: crashes, disk: slowDisk() },
  },
  {
    name: "a write that is overtaken by a truncation acknowledges what replaced it",
    section: "Raft §5.3 (ABA)",
    changes: [
      {
        file: "core/durability.ts",
        from: "durability.persistedIndex = Math.min(durability.persistedIndex, limit)\n  for (const write of durability.inflight) write.lastIndex = Math.min(write.lastIndex, limit)",
        to: "durability.persistedIndex = Math.min(durability.persistedIndex, limit)",
      },
    ],
    foundBy: [...brokenPromises, "halt"],
    world: { nodes: 3, faults: cuts, disk: { ...slowDisk(), stallRate: 0.1, stallMs: 200 } },
  },
  {
    name: "the log is written and never synced",
    section: "Raft Figure 2",
    changes: [{ file: "storage/log-batch.ts", from: '    { kind: "sync", file },\n  ]', to: "  ]" }],
    foundBy: lostByCrash,
    world: { nodes: 3, faults: crashes },
  },
  {
    name: "the name of a new log segment is not synced",
    section: "Raft Figure 2",
    changes: [{ file: "storage/log-batch.ts", from: 'if (isNew) operations.push({ kind: "syncDirectory" })', to: "" }],
    foundBy: lostByCrash,
    world: { nodes: 3, faults: crashes },
    replica: { logSegmentBytesMax: 1_000 },
  },
  {
    name: "a snapshot takes its name before its contents are synced",
    section: "Raft §7",
    changes: [
      {
        file: "storage/snapshot-draft.ts",
        from: 'operations.push({ kind: "sync", file: tmpFile }, { kind: "rename", from: tmpFile, to: file }, { kind: "syncDirectory" })',
        to: 'operations.push({ kind: "rename", from: tmpFile, to: file }, { kind: "syncDirectory" })',
      },
    ],
    foundBy: lostByCrash,
    world: { nodes: 3, faults: crashes },
    replica: { snapshotLogEntriesMax: 10 },
  },
  {
    name: "log segments are removed that still hold what no snapshot covers",
    section: "Raft §7",
    changes: [{ file: "storage/log-batch.ts", from: "if (end > keepFrom) needed = segment.sequence", to: "" }],
    foundBy: lostByCrash,
    world: { nodes: 3, faults: crashes },
    replica: { snapshotLogEntriesMax: 10, logSegmentBytesMax: 1_000 },
  },
  {
    name: "a torn tail is taken for damage",
    section: "Raft §5.1 (recovery)",
    changes: [
      {
        file: "storage/segment-reader.ts",
        from: 'return { kind: isTorn ? "torn" : "damaged", offset, found }',
        to: 'return { kind: "damaged", offset, found }',
      },
    ],
    foundBy: ["recovery"],
    world: tornWrites,
  },
  {
    name: "a full disk is taken for a broken one",
    section: "availability",
    changes: [
      {
        file: "storage/log-store.ts",
        from: 'const canTryAgain = store.status !== "failed" && completion.code === "full" && operation?.kind === "write"',
        to: "const canTryAgain = false",
      },
    ],
    foundBy: ["halt"],
    world: { nodes: 3, faults: [{ kind: "fullDisk", everyMs: 500, lastsMs: 200 }] },
  },
  {
    name: "the answer to a heartbeat promises entries that are still on their way to disk",
    section: "Raft §5.3, Figure 2",
    changes: [
      {
        file: "core/replication/replication.ts",
        from: "sendAfterVote(state, out, reply(Math.min(index, persistedIndex)))",
        to: "sendAfterVote(state, out, reply(index))",
      },
    ],
    foundBy: brokenPromises,
    world: { nodes: 3, faults: crashes, disk: slowDisk(), network: slowNetwork },
  },
  {
    name: "a log record is read without a look at its checksum",
    section: "Raft §5.1 (recovery)",
    changes: [
      {
        file: "storage/segment-reader.ts",
        from: "if (length === null || !isRecordIntact(window, view, at, length)) {\n      yield explain",
        to: "if (length === null || at + length > window.length) {\n      yield explain",
      },
    ],
    foundBy: [...lostByCrash, "log-matching", "state-machine-safety", "equal-states", "halt"],
    world: rot,
  },
  {
    name: "damage in the middle of the log is taken for its end",
    section: "Raft §5.1 (recovery)",
    changes: [
      { file: "storage/segment-reader.ts", from: "if (later !== null) {", to: "if (later !== null && offset < 0) {" },
      { file: "storage/segment-reader.ts", from: "const isTorn = endsEarly ||", to: "const isTorn = offset > 0 || endsEarly ||" },
    ],
    foundBy: [...lostByCrash, "state-machine-safety", "halt"],
    world: rot,
  },
]

function slowDisk(): NonNullable<NonNullable<Mutant["world"]>["disk"]> {
  return { ...calmOptions.disk, latencyMinMs: 2, latencyMaxMs: 40 }
}
