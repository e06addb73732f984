/**
 * Options of a first start (`cluster`, `join`, `alone` …) that are given to a node with data, and ignored. If they contradict the cluster's present
 * configuration, the operator is probably mistaken and is warned.
 */

import type { Member } from "../../core/index.ts"
import type { ReplicaStatus } from "../../replica/index.ts"
import { isSameBeginning } from "../../replica/index.ts"
import type { ResolvedOptions } from "./open-options.ts"

/** A sentence for each contradiction. */
export function describeIgnored({ bootstrap, id, clusterId }: ResolvedOptions, status: ReplicaStatus, folder: string): string[] {
  if (bootstrap === null) return []
  const { configuration, genesis } = status
  const present = configuration.members
  if (bootstrap.members.length === 0) {
    const isWaiting = present.length === 0 || status.isRemoved
    return isWaiting ? [] : [`join is ignored: ${folder} belongs to a cluster already, with the members ${listOf(present)}`]
  }
  const differences = differencesOf(bootstrap.members, present)
  const ignored: string[] = []
  if (genesis !== null && !isSameBeginning(genesis, clusterId, bootstrap)) {
    const whose = `the cluster that ${folder} belongs to began with other first members than ${bootstrap.members.map((member) => member.id).join(", ")}`
    ignored.push(`${whose}: servers that begin with this list are another cluster, and will not talk to node ${id}`)
  }
  if (differences.length > 0) {
    const since = configuration.index === 0 ? "as it began" : `as of entry ${configuration.index}`
    ignored.push(
      `the list of members is ignored, since ${folder} knows them, ${since}: ${differences.join("; ")}. Members are changed in the running cluster`,
    )
  }
  return ignored
}

function differencesOf(listed: readonly Member[], present: readonly Member[]): string[] {
  const differences: string[] = []
  for (const member of listed) {
    const known = present.find(({ id }) => id === member.id)
    if (known === undefined) differences.push(`node ${member.id} is only in the list`)
    else if (known.peerAddress !== member.peerAddress)
      differences.push(`node ${member.id} is at ${known.peerAddress}, not at ${member.peerAddress}`)
  }
  for (const { id } of present) if (!listed.some((member) => member.id === id)) differences.push(`node ${id} is not in the list`)
  return differences
}

function listOf(members: readonly Member[]): string {
  return members.map(({ id, peerAddress }) => `${id} (${peerAddress})`).join(", ")
}
