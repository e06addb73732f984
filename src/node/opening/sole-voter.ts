/**
 * The only voter of a cluster commits the end of its log by itself, as soon as it leads: so `open` waits until that is applied, to report a state machine
 * that throws. It waits no longer than an election takes, because a node with a full or slow disk is opened as well.
 */

import { setTimeout as sleep } from "node:timers/promises"
import type { NodeId } from "../../core/index.ts"
import type { ReplicaStatus } from "../../replica/index.ts"

/** How long `open` waits, in largest election timeouts: one until the voter campaigns, and one for its disk. */
export const openingElectionsMax = 2
/** The time between two checks, in milliseconds. */
export const openingLookMs = 5

type Applying = Pick<ReplicaStatus, "configuration" | "lastApplied" | "lastLogIndex" | "halted">

/** Resolves once the only voter has applied the log that it was opened with, has halted, or takes too long; at once for every other server. */
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
