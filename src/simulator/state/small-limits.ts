/**
 * Limits so small that a run reaches them: a limit that no run reaches hides whatever happens there.
 *
 * A part of the seeds draws all of them small, and writes large enough to meet them; the others keep sizes that servers have. Whatever is drawn fits
 * together, as the replica itself asks for (`explainBadReplicaOptions`): the frame is the largest that anything needs, and little more.
 */

import { configurationBytesMost } from "../../core/index.ts"
import { appendFrameBytes, snapshotFrameBytes } from "../../wire/index.ts"
import { chance, pick, purposes } from "../ground/randomness.ts"
import { memberOf } from "./identity.ts"
import type { WorldOptions } from "./options.ts"

/** How many of the seeds have small limits. */
const share = 0.3

/** What the replica puts around a command in a session. */
const envelopeBytes = 52
/** About what a write has beside its padding: in a transaction of the store, with its keys. */
const commandBytes = 100

/** `options` as they are, or with small limits, as the seed draws. */
export function withSmallLimits(options: WorldOptions): WorldOptions {
  const { seed, nodes, spares } = options
  if (!chance(share, seed, purposes.swarm, 200)) return options
  const roll = <T>(what: number, choices: readonly T[]): T => pick(choices, seed, purposes.swarm, what)
  const paddingBytesMax = roll(201, [0, 100, 600])
  const raft = {
    ...options.raft,
    appendEntriesMax: roll(202, [1, 3, 16]),
    appendBytesMax: roll(203, [1, 200, 2_000]),
    inflightMessagesMax: roll(204, [1, 2, 8, 256]),
    inflightBytesMax: roll(205, [1, 200, 1_000, 5_000]),
    uncommittedBytesMax: roll(206, [1, 400, 4_000]),
    pendingReadsMax: roll(207, [2, 8]),
    // Of sixteen writes one is sixteen times as long: some of those are refused.
    proposalBytesMax: envelopeBytes + commandBytes + paddingBytesMax * roll(208, [1, 8]),
  }
  const snapshotChunkBytes = roll(209, [60, 300, 2_000])
  const members = Array.from({ length: nodes + spares + 2 }, (_, position) => memberOf(position + 1))
  const frameBytesMax = Math.max(
    appendFrameBytes(1, raft.proposalBytesMax),
    appendFrameBytes(raft.appendEntriesMax, raft.appendBytesMax),
    snapshotFrameBytes(configurationBytesMost({ members: [] }), snapshotChunkBytes),
    2 * configurationBytesMost({ members }),
  )
  return {
    ...options,
    clients: { ...options.clients, paddingBytesMax },
    raft,
    replica: {
      ...options.replica,
      frameBytesMax: frameBytesMax + roll(210, [0, 0, 100]),
      snapshotChunkBytes,
      snapshotChunksInflightMax: roll(211, [1, 2, 4]),
      snapshotWriteBytesMax: roll(212, [1, 500, 2_000]),
      snapshotRequestBytesMax: roll(213, [100, 400, 4_000]),
      snapshotPieceBytesMax: roll(214, [7, 100, 64 << 20]),
      snapshotPendingBytesMax: roll(215, [1, 500, 4 << 20]),
      pendingProposalsMax: roll(216, [1, 2, 8]),
      pendingProposalBytesMax: roll(217, [1, 300, 3_000]),
      pendingReadsMax: roll(218, [1, 3]),
      applyEntriesMax: roll(219, [1, 16]),
      applyBytesMax: roll(220, [1, 200, 2_000]),
      logSegmentBytesMax: roll(221, [1, 600, 8_000]),
      sessionsMax: roll(222, [6, 8]),
      pendingRequestsMax: roll(223, [1, 3]),
      recentEventsMax: roll(224, [1, 64]),
      answerItemsMax: roll(225, [1, 3]),
    },
  }
}
