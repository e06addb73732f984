/** State machines that keep their state on disk, and what has to be kept beside it (dissertation §6.3; decision 21). */

import type { Mutant } from "../mutant.ts"
import { crashes, shortLogs, snapshots, writers } from "./faults.ts"

const wrong = ["equal-states", "exactly-once", "client-writes", "halt", "state-machine-safety", "snapshot-contents", "fresh-reads"]
const keeping = { nodes: 3, machinesOnDisk: true, faults: crashes, clients: writers } as const
const records = "replica/snapshots/machine-records.ts"

export const keptState: readonly Mutant[] = [
  {
    name: "the sessions are not kept beside the machine's state",
    section: "dissertation §6.3; decision 21",
    changes: [{ file: records, from: "isWhole ? sessions.byId.keys() : (sessions.changed ?? [])", to: "[] as number[]" }],
    foundBy: wrong,
    world: keeping,
  },
  {
    name: "a session that was used is not kept as it is then",
    section: "dissertation §6.3; decision 21",
    changes: [
      {
        file: "replica/machine/sessions.ts",
        from: "sessions.changed?.add(session.id)\n  const own =",
        to: "const own =",
      },
    ],
    foundBy: wrong,
    world: keeping,
  },
  {
    name: "a session that is gone stays beside the machine's state",
    section: "dissertation §6.3; decision 21",
    changes: [
      {
        file: records,
        from: "records.set(id, session === undefined ? null : encodeRecord(session))",
        to: "if (session !== undefined) records.set(id, encodeRecord(session))",
      },
    ],
    foundBy: wrong,
    world: keeping,
    replica: { sessionTimeoutMs: 1_500, sessionsMax: 3 },
  },
  {
    name: "a server that goes on from the machine's state has forgotten the cluster's time",
    section: "dissertation §6.3; decision 21",
    changes: [{ file: records, from: "applied.timeMs = readU53(root, 17)\n", to: "" }],
    foundBy: wrong,
    world: keeping,
  },
  {
    name: "a server that goes on from the machine's state has forgotten what was refused",
    section: "decisions 15 and 21",
    changes: [{ file: records, from: "restoredRefusals(index, readU53(root, 33), readU32(root, 41)", to: "restoredRefusals(index, 0, 0" }],
    foundBy: wrong,
    world: { ...keeping, onApplyError: "refuse", poisonRate: 0.1 },
  },
  {
    name: "what a snapshot replaced stays beside the machine's state",
    section: "Raft §7; decision 21",
    changes: [
      {
        file: "replica/snapshots/snapshot-receiving.ts",
        from: "if (applied.keeping !== null) applied.keeping = { ...applied.keeping, isWhole: true }",
        to: "if (applied.keeping !== null) applied.sessions.changed = new Set()",
      },
    ],
    foundBy: wrong,
    world: { ...keeping, faults: [{ kind: "crash", everyMs: 400, lastsMs: 500 }, ...snapshots] },
    replica: { ...shortLogs, sessionTimeoutMs: 1_500, sessionsMax: 3 },
  },
  {
    name: "a machine on disk is given what its own log does not have yet",
    section: "decision 21",
    changes: [
      {
        file: "replica/apply.ts",
        from: "return keeping === null ? commitIndex : Math.min(commitIndex, state.durability.persistedIndex)",
        to: "return keeping === null || state.durability.persistedIndex > 0 ? commitIndex : commitIndex",
      },
      { file: "replica/apply.ts", from: "if (lastApplied > raft.state.durability.persistedIndex) return\n", to: "" },
    ],
    foundBy: ["recovery"],
    world: {
      ...keeping,
      disk: {
        latencyMinMs: 5,
        latencyMaxMs: 20,
        stallRate: 0.05,
        stallMs: 100,
        syncFailRate: 0,
        errorRate: 0,
        lieRate: 0,
        crashRate: 0.02,
      },
    },
  },
  {
    name: "a server goes on from the machine's state though its snapshot is newer",
    section: "Raft §7; decision 21",
    changes: [{ file: "replica/open-replica.ts", from: "ownIndex > 0 && ownIndex >= snapshotIndex &&", to: "ownIndex > 0 &&" }],
    foundBy: ["recovery", "halt", "replica"],
    world: { ...keeping, faults: [...crashes, ...snapshots] },
    replica: shortLogs,
  },
]
