/** What happens at a limit: found only by seeds whose limits are small enough to be reached. */

import type { Mutant } from "../mutant.ts"
import { cuts, shortLogs, writers } from "./faults.ts"

/** Where limits are not named, the small ones that a part of the seeds draws have to do. */
export const limits: readonly Mutant[] = [
  {
    name: "a follower whose window is full is told of the same commit for ever",
    section: "Raft §5.3; docs/limits.md",
    changes: [
      {
        file: "core/replication/sending.ts",
        from: "progress.sentCommit < tellableCommit(state, progress.nextIndex - 1) &&",
        to: "progress.sentCommit < state.commitIndex &&",
      },
    ],
    foundBy: ["halt"],
  },
  {
    name: "a chunk of a snapshot makes no room for the configuration beside it",
    section: "docs/limits.md",
    changes: [
      {
        file: "replica/options/frame-fit.ts",
        from: "return Math.max(1, Math.min(snapshotChunkBytes, room))",
        to: "return Math.max(1, Math.min(snapshotChunkBytes, room + 1e9))",
      },
    ],
    foundBy: ["messages"],
    world: { nodes: 3, faults: cuts, clients: writers },
    raft: { appendEntriesMax: 4, appendBytesMax: 200, proposalBytesMax: 600 },
    replica: { ...shortLogs, frameBytesMax: 900, snapshotChunkBytes: 800 },
  },
  {
    name: "the pieces of a long chunk are given back one by one",
    section: "Raft §7; docs/limits.md",
    changes: [
      {
        file: "storage/snapshot-file.ts",
        from: "chunks.push(before === null ? piece : joined([...before, piece]))",
        to: "chunks.push(piece)",
      },
      {
        file: "storage/snapshot-file.ts",
        from: "parser.pieces = parser.onlyVerifies ? [] : [...(before ?? []), copyOf(piece)]",
        to: "parser.pieces = []\n    chunks.push(copyOf(piece))",
      },
    ],
    foundBy: ["halt", "recovery", "replica"],
    world: { faults: cuts },
    replica: shortLogs,
  },
  {
    name: "what was not confirmed of a snapshot is due again at the same moment",
    section: "docs/limits.md",
    changes: [
      {
        file: "replica/snapshots/snapshot-sending.ts",
        from: "  stream.isProbing = true\n  stream.movedAt = now\n",
        to: "  stream.isProbing = true\n",
      },
    ],
    foundBy: ["halt"],
    world: { nodes: 3, faults: cuts, clients: writers },
    replica: shortLogs,
  },
]
