/** What servers make of a state machine that throws, and whether they notice that they made different things of the same log (decisions 15 and 20). */

import type { Mutant } from "../mutant.ts"
import { crashes, readers, shortLogs, snapshots, writers } from "./faults.ts"

const poisoned = { nodes: 3, onApplyError: "refuse", poisonRate: 0.1, verifyEveryEntries: 0 } as const
const comparing = { nodes: 3, onApplyError: "refuse", poisonRate: 0, verifyEveryEntries: 32, clients: writers } as const
const unequal = ["equal-states", "halt", "state-machine-safety", "client-writes", "fresh-reads", "snapshot-contents"]

/** Every server is asked for a command at which it will halt; the leader takes it. */
const poison = [1, 2, 3].map((node) => {
  return { atMs: 1_000, action: { kind: "request", client: 99 + node, node, operation: { kind: "poison" } } } as const
})
const halting = { nodes: 3, onApplyError: "halt", poisonRate: 0, clients: readers, faults: [], script: poison } as const

export const machines: readonly Mutant[] = [
  {
    name: "a server refuses what the others apply",
    section: "Raft §2; decision 15",
    changes: [
      {
        file: "replica/apply.ts",
        from: "return callApply(applied.machine, commandOf(data), context)",
        to: `if (target.options.raft.id === 2 && index % 16 === 0) throw new MachineError("apply", index, "not here", { error: null })
    return callApply(applied.machine, commandOf(data), context)`,
      },
    ],
    foundBy: unequal,
    world: poisoned,
  },
  {
    name: "a refused command changes the state: it moves the cluster's clock",
    section: "decision 15",
    changes: [
      {
        file: "replica/apply.ts",
        from: "noteRefusal(applied.refusals, index)\n",
        to: "noteRefusal(applied.refusals, index)\n    applied.timeMs += target.options.raft.id\n",
      },
    ],
    foundBy: unequal,
    world: poisoned,
  },
  {
    name: "a refused command is told as done",
    section: "decision 15",
    changes: [{ file: "replica/apply.ts", from: 'return "applyFailed"', to: "return nothing" }],
    foundBy: [...unequal, "answers"],
    world: poisoned,
  },
  {
    name: "what was refused is left out of the snapshot",
    section: "Raft §7; decision 15",
    changes: [
      {
        file: "replica/snapshots/snapshot-content.ts",
        from: "const version = refusals.count === 0 ? versionPlain : versionWithRefusals",
        to: "const version = refusals.count >= 0 ? versionPlain : versionWithRefusals",
      },
    ],
    foundBy: unequal,
    world: { ...poisoned, faults: [...crashes, ...snapshots] },
    replica: shortLogs,
  },
  {
    name: "states after different entries are compared with each other",
    section: "decision 20",
    changes: [
      {
        file: "replica/machine/verify.ts",
        from: "const known = verifying.comparisons.find((one) => one.topic === topic && one.index === index)",
        to: "const known = verifying.comparisons.find((one) => one.topic === topic)",
      },
    ],
    foundBy: ["halt"],
    world: comparing,
  },
  {
    name: "the step in which a server halts still says what it was about to say",
    section: "decision 15",
    changes: [
      {
        file: "replica/replica.ts",
        from: "return haltOnError(state, error)\n    }\n    return state.halted === null",
        to: "return { ...haltOnError(state, error), messages: effects.messages }\n    }\n    return state.halted === null",
      },
    ],
    foundBy: ["halt"],
    world: halting,
  },
  {
    name: "a halted leader goes on",
    section: "decision 15",
    changes: [
      {
        file: "replica/replica.ts",
        from: "if (state.halted !== null) {\n      effects.halted",
        to: "if (now < 0) {\n      effects.halted",
      },
      { file: "replica/replica.ts", from: "if (state.halted !== null) return Infinity\n", to: "" },
      {
        file: "replica/replica.ts",
        from: "applyCommitted(state, effects)\n  if (state.receiving",
        to: "if (state.halted === null) applyCommitted(state, effects)\n  if (state.receiving",
      },
      {
        file: "replica/replica.ts",
        from: "return state.halted === null ? effects : halt(state, state.halted, state.haltedBy)",
        to: "return effects",
      },
    ],
    foundBy: ["halt"],
    world: halting,
  },
]
