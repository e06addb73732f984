/** What the key-value store keeps, and what its snapshots say of it (Raft §7; dissertation §5.1). */

import type { Mutant } from "../mutant.ts"
import { crashes, writers } from "./faults.ts"

const unequalStores = ["snapshot-contents", "equal-states", "recovery", "halt"]
const busyStore = { nodes: 3, workload: "keyValue", faults: crashes, clients: writers } as const

export const store: readonly Mutant[] = [
  {
    name: "a compaction frees a version that can still be read",
    section: "Raft §7 (what a snapshot holds)",
    changes: [
      {
        file: "kv/mvcc/compaction.ts",
        from: "if (revision > compactRevision) return endSweep(store)",
        to: "if (revision > compactRevision + 8) return endSweep(store)",
      },
    ],
    foundBy: unequalStores,
    world: busyStore,
  },
  {
    name: "a snapshot of the store leaves out the past",
    section: "Raft §7",
    changes: [
      {
        file: "kv/snapshot/write-snapshot.ts",
        from: "for (let i = visibleVersions(store, latest, versions) - 1; i >= 0; i--) {",
        to: "for (let i = Math.min(1, visibleVersions(store, latest, versions)) - 1; i >= 0; i--) {",
      },
    ],
    foundBy: unequalStores,
    world: busyStore,
  },
  {
    name: "a snapshot of the store forgets how often a key was written",
    section: "Raft §7",
    changes: [{ file: "kv/snapshot/write-snapshot.ts", from: "out.u64(records.version(version))", to: "out.u64(1)" }],
    foundBy: unequalStores,
    world: busyStore,
  },
]
