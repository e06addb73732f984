/** Who may speak: lives of disks, wiped servers, and how a cluster begins (`replica/peers.ts`). */

import type { Mutant } from "../mutant.ts"
import { beginningWithoutEverybody, putBackAfterRestart, wipedVoter } from "./scripts.ts"

const lost = [
  "leader-completeness",
  "state-machine-safety",
  "committed-is-durable",
  "fresh-reads",
  "halt",
  "log-matching",
  "one-vote-per-term",
  "election-safety",
  "linearizability",
  "monotonic",
]

export const identity: readonly Mutant[] = [
  {
    name: "a wiped server is taken for its old self",
    section: "Raft §5.2 (stable storage)",
    changes: [
      {
        file: "replica/peers.ts",
        from: "if (standing !== undefined && standing.incarnation !== incarnation) {",
        to: 'if (standing !== undefined && standing.incarnation === "") {',
      },
    ],
    foundBy: [...lost, "handshake", "liveness"],
    world: { ...wipedVoter, wipedBeginAnew: true },
  },
  {
    name: "a life that was met before is let in",
    section: "Raft Figure 2 (persistent state)",
    changes: [
      {
        file: "replica/peers.ts",
        from: "const because = explainRollBack(state, peer, standing, introduction)",
        to: "const because = introduction.isCondemned ? explainRollBack(state, peer, standing, introduction) : null",
      },
    ],
    foundBy: [...lost, "handshake"],
    world: putBackAfterRestart,
  },
  {
    name: "a life that is lower than the highest that was met is let in",
    section: "Raft Figure 2 (persistent state)",
    changes: [{ file: "replica/peers.ts", from: "if (it.life < standing.life) return", to: "if (it.life < 0) return" }],
    foundBy: [...lost, "handshake"],
    world: putBackAfterRestart,
  },
  {
    name: "a new cluster does not wait for all its first members",
    section: "Raft §5.2",
    changes: [{ file: "replica/peers.ts", from: "waitsFor: hasBegun ? [] : others,", to: "waitsFor: []," }],
    foundBy: lost,
    world: beginningWithoutEverybody,
  },
]
