/**
 * What one frame between servers has to hold. A receiver refuses a frame above `frameBytesMax`, and the sender would send it again for ever. So
 * everything that has to fit one frame is compared with that limit beforehand: options at the start, a snapshot's chunk when it is read, and a
 * configuration when it is proposed.
 */

import { configurationBytesMost, type Configuration, type MembershipChange } from "../../core/index.ts"
import { appendFrameBytes, configurationBytes, snapshotFrameBytes } from "../../wire/index.ts"
import type { ReplicaOptions } from "./options.ts"

/** Bytes of a configuration in the longest form that its members can have (`configurationBytesMost`). A frame needs room for twice that. */
const configurationBytesMax = 1 << 20

type Limits = Pick<ReplicaOptions, "raft" | "frameBytesMax" | "snapshotChunkBytes">

/** Says in a sentence which two limits do not fit each other, their values, and what to change; or returns null. */
export function explainFrameMisfit({ raft, frameBytesMax, snapshotChunkBytes }: Limits): string | null {
  const { proposalBytesMax, appendBytesMax, appendEntriesMax } = raft
  const alone = appendFrameBytes(1, 0)
  if (alone + proposalBytesMax > frameBytesMax) {
    return misfit("proposalBytesMax", proposalBytesMax, `${alone} bytes around a proposal`, alone, frameBytesMax)
  }
  const around = appendFrameBytes(appendEntriesMax, 0)
  if (around + appendBytesMax > frameBytesMax) {
    const overhead = `${around} bytes around appendEntriesMax (${appendEntriesMax}) entries`
    return misfit("appendBytesMax", appendBytesMax, overhead, around, frameBytesMax)
  }
  // Checked with the smallest configuration: next to a longer one, chunks are made shorter.
  const snapshot = snapshotFrameBytes(configurationBytesMost({ members: [] }), 0)
  if (snapshot + snapshotChunkBytes > frameBytesMax) {
    return misfit("snapshotChunkBytes", snapshotChunkBytes, `at least ${snapshot} bytes around a chunk`, snapshot, frameBytesMax)
  }
  return null
}

function misfit(name: string, value: number, around: string, overhead: number, frameBytesMax: number): string {
  const lower = frameBytesMax > overhead ? `lower ${name} to at most ${frameBytesMax - overhead}, or ` : ""
  return (
    `${name} is ${value}, and with ${around} that makes a frame of ${value + overhead} bytes, above frameBytesMax (${frameBytesMax}): ` +
    `${lower}raise frameBytesMax, on all servers, to at least ${value + overhead}`
  )
}

/** How many bytes of a snapshot fit one message beside its configuration. */
export function snapshotDataBytesMax(configuration: Configuration, { frameBytesMax, snapshotChunkBytes }: Limits): number {
  const room = frameBytesMax - snapshotFrameBytes(configurationBytes(configuration), 0)
  return Math.max(1, Math.min(snapshotChunkBytes, room))
}

/** Says in a sentence why the configuration after `changes` would not fit one message, or returns null. */
export function explainBigConfiguration(
  current: Pick<Configuration, "members">,
  changes: readonly MembershipChange[],
  { frameBytesMax }: Limits,
): string | null {
  const added = changes.flatMap((change) => ("member" in change ? [change.member] : []))
  const bytes = configurationBytesMost({ members: [...current.members, ...added] })
  const bytesMax = Math.min(configurationBytesMax, Math.floor(frameBytesMax / 2))
  if (bytes <= bytesMax) return null
  return (
    `a configuration of ${current.members.length + added.length} members could take ${bytes} bytes; at most ${bytesMax} are allowed ` +
    `(half of frameBytesMax, ${frameBytesMax}, and never more than ${configurationBytesMax}): use fewer members, or shorter names and addresses`
  )
}
