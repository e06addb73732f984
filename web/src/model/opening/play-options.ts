/**
 * The world of the playground: calm, and slow enough to watch. A message takes about ten milliseconds, a sync a few, an election a few hundred; nothing
 * goes wrong but what the user does, and nobody asks for anything but the user.
 */

import { calmOptions, type WorldOptions } from "oarlock/simulator"

/** How many servers a playground may have. */
export const serversMax = 9

export function playOptions(nodes: number, seed: number): WorldOptions {
  return {
    seed,
    ...calmOptions,
    nodes,
    workload: "keyValue",
    safetyMs: Number.MAX_SAFE_INTEGER,
    network: { ...calmOptions.network, latencyMinMs: 8, latencyMaxMs: 16 },
    disk: { ...calmOptions.disk, latencyMinMs: 2, latencyMaxMs: 5 },
    clients: { ...calmOptions.clients, count: 0 },
    raft: { ...calmOptions.raft, electionTimeoutMinMs: 300, electionTimeoutMaxMs: 600, heartbeatIntervalMs: 100 },
    replica: { ...calmOptions.replica, logZeroAheadBytes: 4096, keptTailBytes: 0 },
  }
}
