/**
 * Questions to ask of a configuration, and the one that a cluster starts with.
 */

import type { Configuration, Member, NodeId } from "../types.ts"

/** The configuration of a server that belongs to nothing yet: it answers, learns, and never campaigns. */
export const emptyConfiguration: Configuration = {
  index: 0,
  voters: [],
  votersOutgoing: [],
  learners: [],
  promoting: [],
  learnersNext: [],
  members: [],
  highestId: 0,
}

/** The configuration of a new cluster: all `members` vote. */
export function bootstrapConfiguration(members: readonly Member[]): Configuration {
  const sorted = [...members].sort((a, b) => a.id - b.id)
  const voters = sorted.map((member) => member.id)
  return { ...emptyConfiguration, voters, members: sorted, highestId: voters.at(-1) ?? 0 }
}

/** Whether decisions need a majority of the old voters and one of the new (Raft §6). */
export function isJoint(configuration: Configuration): boolean {
  return configuration.votersOutgoing.length > 0
}

/** Whether `id` has a vote in either majority. */
export function isVoter(configuration: Configuration, id: NodeId): boolean {
  return configuration.voters.includes(id) || configuration.votersOutgoing.includes(id)
}

/** Whether a server belongs to the cluster, voting or not. */
export function isMember(configuration: Configuration, id: NodeId): boolean {
  return isVoter(configuration, id) || configuration.learners.includes(id)
}

/** The member with this id; null if there is none. */
export function memberOf(configuration: Configuration, id: NodeId): Member | null {
  return configuration.members.find((member) => member.id === id) ?? null
}

/**
 * Bytes that the encoded `configuration` never exceeds, whatever becomes of the same members: each of them in all five lists, and every character of
 * a name or an address in three bytes.
 */
export function configurationBytesMost({ members }: Pick<Configuration, "members">): number {
  let bytes = 24
  for (const { name, peerAddress, clientAddress } of members) {
    bytes += 30 + 3 * (name.length + peerAddress.length + clientAddress.length)
  }
  return bytes
}
