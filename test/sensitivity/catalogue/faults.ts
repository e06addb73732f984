/** Mixes of faults that planted bugs like. */

import type { MembershipChange, NodeId } from "../../../src/core/index.ts"
import {
  calmNetwork,
  calmOptions,
  type ClientOptions,
  type FaultPlan,
  type NetworkOptions,
  type ScriptStep,
} from "../../../src/simulator/index.ts"

export const crashes: readonly FaultPlan[] = [{ kind: "crash", everyMs: 500, lastsMs: 200 }]

export const cuts: readonly FaultPlan[] = [
  { kind: "isolate", everyMs: 700, lastsMs: 700 },
  { kind: "split", everyMs: 900, lastsMs: 700 },
]

export const snapshots: readonly FaultPlan[] = [{ kind: "snapshot", everyMs: 300, lastsMs: 0 }]

export const changes: readonly FaultPlan[] = [{ kind: "membership", everyMs: 200, lastsMs: 0 }]

export const transfers: readonly FaultPlan[] = [{ kind: "transfer", everyMs: 300, lastsMs: 0 }]

/** Elections that end in a draw, again and again. */
export const manyElections = {
  faults: [{ kind: "crash", everyMs: 100, lastsMs: 30 }],
  network: { ...calmNetwork, latencyMaxMs: 25 },
  disk: calmOptions.disk,
} as const satisfies { faults: readonly FaultPlan[]; network: NetworkOptions; disk: unknown }

/** Every candidate at once, and none asks before. */
export const splitVotes = { preVote: false, electionTimeoutMaxMs: 160 }

/** Messages that come late, and in another order than they were sent in. */
export const slowNetwork: NetworkOptions = { ...calmNetwork, latencyMaxMs: 25, slowRate: 0.1, slowMs: 400 }

/** A network on which a message may arrive after an election or two. */
export const verySlowNetwork: NetworkOptions = { ...calmNetwork, latencyMaxMs: 25, slowRate: 0.4, slowMs: 400 }

/** Messages that come twice. */
export const repeating: NetworkOptions = { ...calmNetwork, latencyMaxMs: 25, duplicateRate: 0.3 }

/** Clients that mostly write, as fast as they are answered. */
export const writers: ClientOptions = {
  ...calmOptions.clients,
  count: 4,
  thinkMsMax: 15,
  timeoutMs: 100,
  registers: 4,
  paddingBytesMax: 64,
  sessionShare: 0.5,
  readShare: 0.1,
}

/** Clients that mostly read, and write enough for a stale answer to show. */
export const readers: ClientOptions = {
  ...calmOptions.clients,
  count: 4,
  thinkMsMax: 15,
  timeoutMs: 200,
  registers: 2,
  paddingBytesMax: 0,
  sessionShare: 0,
  readShare: 0.7,
}

/** A log that is compacted all the time, so that whoever was away needs a snapshot. */
export const shortLogs = { snapshotLogEntriesMax: 10, keptTailBytes: 0 }

/**
 * A forced election that nobody hears of, shortly before everything is healed: server 1 is told to campaign, and nothing that it says gets out. It
 * is left behind in a term that no one else is in.
 */
export const failedTransfer = {
  nodes: 3,
  safetyMs: 1_500,
  network: calmNetwork,
  disk: { ...calmOptions.disk, latencyMinMs: 8, latencyMaxMs: 10 },
  faults: [],
  script: [
    ...[1, 2, 3].map((node) => ({ atMs: 1_400, action: { kind: "transferLeadership", node, to: 1 } }) as const),
    { atMs: 1_405, action: { kind: "cut", fault: 1, from: [1], to: [2, 3] } },
  ],
} as const

/** Leaders that are left alone with clients who go on writing: their logs grow tails that contradict the others'. */
export const conflicts = {
  nodes: 3,
  safetyMs: 2_000,
  faults: [{ kind: "isolate", everyMs: 400, lastsMs: 500 }],
  clients: writers,
  network: calmNetwork,
  disk: calmOptions.disk,
} as const

/** The same, and whoever leads the others does not lead them for long: whoever comes back meets a leader that has never seen its log. */
export const deepConflicts = {
  ...conflicts,
  clients: { ...writers, count: 6, timeoutMs: 40, sessionShare: 1 },
  faults: [
    { kind: "isolate", everyMs: 400, lastsMs: 900 },
    { kind: "crash", everyMs: 150, lastsMs: 20 },
  ],
} as const

/** Whoever is alone goes on leading, or calls election after election. */
export const stubborn = { preVote: false }

/**
 * Servers 2 and 3 make room for 4 and 5 and come back, four times over. Each time the network comes apart between the two pairs around the moment of
 * the change, so that each half of a joint configuration is alone with server 1, or without it.
 */
export const swaps = {
  nodes: 3,
  spares: 2,
  safetyMs: 3_200,
  network: { ...calmNetwork, latencyMinMs: 2, latencyMaxMs: 10 },
  disk: calmOptions.disk,
  faults: [],
  script: swapScript(),
} as const

function swapScript(): ScriptStep[] {
  const script: ScriptStep[] = ask(300, [4, 5].map(addLearner))
  for (let round = 0; round < 4; round++) {
    const atMs = 700 + round * 700
    const [leaving, coming] =
      round % 2 === 0
        ? ([
            [2, 3],
            [4, 5],
          ] as const)
        : ([
            [4, 5],
            [2, 3],
          ] as const)
    const stay = [1, ...coming]
    // Two cuts come before the change is known, and two while it is under way.
    const cutAt = round < 2 ? atMs - 1 : atMs + 12
    script.push(
      { atMs: cutAt, action: { kind: "cut", fault: round, from: leaving, to: stay } },
      { atMs: cutAt, action: { kind: "cut", fault: round, from: stay, to: leaving } },
      ...ask(atMs, [...coming.map((id) => ({ kind: "promote", id }) as const), ...leaving.map((id) => ({ kind: "demote", id }) as const)]),
      { atMs: atMs + 450, action: { kind: "heal", fault: round } },
    )
  }
  return script
}

/** Whoever leads is among them. */
function ask(atMs: number, changes: readonly MembershipChange[]): ScriptStep[] {
  return [1, 2, 3, 4, 5].map((node) => ({ atMs, action: { kind: "changeMembership", node, changes, version: null } }))
}

function addLearner(id: NodeId): MembershipChange {
  return { kind: "addLearner", member: { id, name: `S${id}`, peerAddress: `s${id}:1`, clientAddress: `s${id}:2` } }
}
