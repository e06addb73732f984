/**
 * The only voter of a cluster commits the end of its log by itself, as soon as its disk has it and it leads: what becomes of that belongs to the
 * opening. Waits no longer than an election takes, since a disk that is full or slow is no reason to have no node.
 */

import { setTimeout as sleep } from "node:timers/promises"
import type { NodeId } from "../../core/index.ts"
import type { ReplicaStatus } from "../../replica/index.ts"

/** How long the only voter is waited for, in largest election timeouts: one until it campaigns, and one for its disk. */
export const openingElectionsMax = 2
/** Between two looks, in milliseconds. */
export const openingLookMs = 5

type Applying = Pick<ReplicaStatus, "configuration" | "lastApplied" | "lastLogIndex" | "halted">

/** Resolves once the only voter has applied the log that it was opened with, has halted over it, or takes too long; at once for every other server. */
export async function whenSoleVoterHasApplied(id: NodeId, electionTimeoutMaxMs: number, status: () => Applying): Promise<void> {
  const { configuration, lastLogIndex } = status()
  const { voters, votersOutgoing } = configuration
  if (voters.length !== 1 || voters[0] !== id || votersOutgoing.length > 0) return
  const until = performance.now() + openingElectionsMax * electionTimeoutMaxMs
  for (let known = status(); known.lastApplied < lastLogIndex && known.halted === null; known = status()) {
    if (performance.now() > until) return
    await sleep(openingLookMs)
  }
}
