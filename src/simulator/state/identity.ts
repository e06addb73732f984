/** Who the servers of a world are: the same in every run of the same seed. */

import { bootstrapConfiguration, type Configuration, type Member, type NodeId } from "../../core/index.ts"
import type { StorageIdentity } from "../../storage/index.ts"
import { draw, purposes } from "../ground/randomness.ts"

/** What stands in the headers of a server's files. `disk` counts its disks from 1: each wipe brings another one, and another incarnation. */
export function identityOf(seed: number, id: NodeId, disk: number): StorageIdentity {
  const incarnation = draw(seed, purposes.incarnation, id, disk - 1)
    .toString(16)
    .padStart(16, "0")
  return { clusterId: "0a12c10c0a12c10c", groupId: 0, nodeId: id, incarnation }
}

/** How a server is named in configurations. */
export function memberOf(id: NodeId): Member {
  return { id, name: `S${id}`, peerAddress: `s${id}:1`, clientAddress: `s${id}:2` }
}

/** What a cluster of servers 1 to `nodes` starts with. */
export function firstConfiguration(nodes: number): Configuration {
  return bootstrapConfiguration(Array.from({ length: nodes }, (_, position) => memberOf(position + 1)))
}
