/**
 * Which servers can be exchanged for each other.
 *
 * Servers that begin alike and may do the same are alike: the core compares ids only for equality, and what it draws at random by id and seed
 * are moments in time, which the explored world does not have. So a situation with the servers renamed leads to the same situations, renamed,
 * and one of all its renamings is enough.
 *
 * Two exceptions, in which nobody is exchanged. With PreVote, the higher id goes first among equal rivals. Where the membership changes, members
 * of different configurations are not alike, and a leader that leaves chooses the lowest id among equal successors.
 */

import type { NodeId } from "../../core/index.ts"
import type { Bounds } from "./bounds.ts"
import { identityRenaming, type Renaming } from "./keys.ts"

/** All renamings under which nothing changes, the identity first. */
export function renamingsOf({ servers, joining, campaigners, slowDisks, change, preVote }: Bounds): Renaming[] {
  const identity = identityRenaming(servers + joining)
  if (preVote || change !== null || joining > 0 || servers > symmetricServersMax) return [identity]
  const kindOf = (id: NodeId): string => `${campaigners === null || campaigners.includes(id)} ${slowDisks.includes(id)}`
  return permutations(identity.slice(1))
    .filter((order) => order.every((name, i) => kindOf(name) === kindOf(i + 1)))
    .map((order) => [0, ...order])
}

/** Beyond, writing every part under every renaming costs more than it saves. */
const symmetricServersMax = 4

/** In lexicographic order of positions, so the given order comes first. */
function permutations(items: readonly NodeId[]): NodeId[][] {
  if (items.length <= 1) return [items.slice()]
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]))
}
