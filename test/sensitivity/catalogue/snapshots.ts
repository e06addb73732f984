/** What a snapshot holds, and what it may replace (Raft §7; dissertation §5, §6.3). */

import type { Mutant } from "../mutant.ts"
import { crashes, cuts, repeating, shortLogs, snapshots as strikes, writers } from "./faults.ts"

export const snapshots: readonly Mutant[] = [
  {
    name: "the sessions are left out of the snapshot",
    section: "dissertation §6.3",
    changes: [
      {
        file: "replica/snapshots/snapshot-content.ts",
        from: "for (const session of content.sessions.byId.values()) {\n    // Closed",
        to: "for (const session of [] as Session[]) {\n    // Closed",
      },
    ],
    foundBy: ["snapshot-contents", "equal-states", "client-writes", "exactly-once"],
    world: { nodes: 3, faults: [...crashes, ...strikes] },
  },
  {
    name: "a restored server has forgotten the cluster's time",
    section: "dissertation §6.3",
    changes: [{ file: "replica/snapshots/snapshot-receiving.ts", from: "applied.timeMs = this.#content.timeMs\n", to: "" }],
    foundBy: ["equal-states"],
    world: { nodes: 3, faults: [...crashes, ...strikes] },
  },
  {
    name: "a snapshot keeps a log that contradicts it",
    section: "Raft §7, Figure 13",
    changes: [
      {
        file: "core/replication/snapshot.ts",
        from: "if (termAt(state.log, lastIndex) === lastTerm) {",
        to: "if (termAt(state.log, lastIndex) !== null) {",
      },
    ],
    foundBy: ["log-matching", "state-machine-safety", "leader-completeness", "halt"],
    world: { nodes: 3, faults: cuts, clients: writers },
    raft: { preVote: false },
    replica: shortLogs,
  },
  {
    name: "a snapshot is taken of more than was applied",
    section: "Raft §7",
    changes: [
      {
        file: "replica/snapshots/snapshot-taking.ts",
        from: "const meta = raft.describeSnapshot(applied.lastApplied)",
        to: "const meta = raft.describeSnapshot(raft.commitIndex)",
      },
    ],
    foundBy: ["equal-states", "state-machine-safety", "halt", "snapshot-contents", "snapshot-descriptions", "client-writes", "fresh-reads"],
    world: { nodes: 3, faults: [...crashes, ...strikes] },
    replica: { ...shortLogs, applyEntriesMax: 1 },
  },
  {
    name: "a snapshot's file is removed while it is being sent",
    section: "Raft §7",
    changes: [
      {
        file: "storage/snapshot-requests.ts",
        from: "const files = store.obsolete.filter((file) => !store.pins.has(file))",
        to: "const files = store.obsolete",
      },
    ],
    foundBy: ["halt", "disk"],
    world: { nodes: 3, faults: [...cuts, ...strikes] },
    replica: { ...shortLogs, snapshotChunkBytes: 100 },
  },
  {
    name: "a server that leads no more still sends its snapshot",
    section: "Raft §7",
    changes: [
      {
        file: "replica/snapshots/snapshot-sending.ts",
        from: 'if (raft.state.role.kind !== "leader") return\n  for (const stream',
        to: "for (const stream",
      },
      {
        file: "replica/snapshots/snapshot-sending.ts",
        from: 'if (raft.state.role.kind !== "leader" || raft.state.role.progress.get(stream.peer)?.state !== "snapshot") {',
        to: "if (sizeOf(stream) < 0) {",
      },
      {
        file: "replica/snapshots/snapshot-sending.ts",
        from: "function endStream(",
        to: "const sizeOf = (stream: Stream): number => stream.snapshot.sizeBytes\n\nfunction endStream(",
      },
    ],
    foundBy: ["election-safety", "halt"],
    world: { nodes: 3, faults: [...cuts, { kind: "pause", everyMs: 500, lastsMs: 500 }] },
    replica: { ...shortLogs, snapshotChunkBytes: 100 },
  },
  {
    name: "a snapshot is adopted before all of it has arrived",
    section: "Raft §7, Figure 13",
    changes: [
      {
        file: "storage/snapshot-store.ts",
        from: "if (parser.isComplete) endDraft(draft)",
        to: "if (parser.bytesTaken * 2 >= piece.sizeBytes) endDraft(draft)",
      },
    ],
    foundBy: ["halt", "recovery", "durable-promises", "committed-is-durable"],
    world: { nodes: 3, faults: cuts },
    replica: { ...shortLogs, snapshotChunkBytes: 100 },
  },
  {
    name: "the pieces of a snapshot are put together as they arrive, unchecked",
    section: "Raft §7, Figure 13",
    changes: [
      {
        file: "storage/snapshot-store.ts",
        from: "const continues = piece.offset === parser.bytesTaken && piece.data.length > 0",
        to: "const continues = piece.data.length > 0",
      },
      {
        file: "storage/snapshot-store.ts",
        from: "const problem = examinePiece(store, receiving, data)",
        to: "parser.bytesTaken += data.length\n  const problem: string | null = null",
      },
      {
        file: "storage/snapshot-store.ts",
        from: "if (parser.isComplete) endDraft(draft)",
        to: "if (parser.bytesTaken >= piece.sizeBytes) endDraft(draft)",
      },
    ],
    foundBy: ["halt", "recovery", "durable-promises", "committed-is-durable"],
    world: { nodes: 3, faults: cuts, network: repeating },
    replica: { ...shortLogs, snapshotChunkBytes: 100 },
  },
  {
    name: "a snapshot is read without a look at its checksums",
    section: "Raft §7",
    changes: [
      { file: "storage/snapshot-file.ts", from: "if (crc32(piece) !== checksum) throw", to: "if (piece.length < 0) throw" },
      { file: "storage/snapshot-file.ts", from: " || contents !== parser.checksum) {", to: ") {" },
      {
        file: "storage/snapshot-store.ts",
        from: "if (parser.isComplete && parser.checksum !== checksum) return",
        to: "if (parser.isComplete && checksum < 0) return",
      },
    ],
    foundBy: ["snapshot-contents", "equal-states", "exactly-once", "fresh-reads", "halt", "recovery", "durable-promises"],
    world: {
      nodes: 3,
      spares: 2,
      faults: [
        { kind: "rot", everyMs: 150, lastsMs: 50 },
        { kind: "crash", everyMs: 200, lastsMs: 30 },
        { kind: "starve", everyMs: 400, lastsMs: 400 },
      ],
    },
    replica: shortLogs,
  },
]
