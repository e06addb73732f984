/** Mixes of faults that planted bugs like. */

import { calmNetwork, calmOptions, type SimulatedClientOptions, type FaultPlan, type NetworkOptions } from "../../../src/simulator/index.ts"

export const crashes: readonly FaultPlan[] = [{ kind: "crash", everyMs: 500, lastsMs: 200 }]

export const cuts: readonly FaultPlan[] = [
  { kind: "isolate", everyMs: 700, lastsMs: 700 },
  { kind: "split", everyMs: 900, lastsMs: 700 },
]

export const snapshots: readonly FaultPlan[] = [{ kind: "snapshot", everyMs: 300, lastsMs: 0 }]

export const changes: readonly FaultPlan[] = [{ kind: "membership", everyMs: 200, lastsMs: 0 }]

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
export const writers: SimulatedClientOptions = {
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
export const readers: SimulatedClientOptions = {
  ...calmOptions.clients,
  count: 4,
  thinkMsMax: 15,
  timeoutMs: 200,
  registers: 2,
  paddingBytesMax: 0,
  sessionShare: 0,
  readShare: 0.7,
}

/** A log that is compacted all the time, so that a server that was away needs a snapshot. */
export const shortLogs = { snapshotLogEntriesMax: 10, keptTailBytes: 0 }

/** Leaders that are left alone with clients who go on writing: their logs grow tails that contradict the others'. */
export const conflicts = {
  nodes: 3,
  safetyMs: 2_000,
  faults: [{ kind: "isolate", everyMs: 400, lastsMs: 500 }],
  clients: writers,
  network: calmNetwork,
  disk: calmOptions.disk,
} as const

/** The same, and no server leads the others for long: a server that comes back meets a leader that has never seen its log. */
export const deepConflicts = {
  ...conflicts,
  clients: { ...writers, count: 6, timeoutMs: 40, sessionShare: 1 },
  faults: [
    { kind: "isolate", everyMs: 400, lastsMs: 900 },
    { kind: "crash", everyMs: 150, lastsMs: 20 },
  ],
} as const

/** A server that is alone goes on leading, or calls election after election. */
export const stubborn = { preVote: false }
