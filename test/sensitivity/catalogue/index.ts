/** All planted bugs, in the order in which the paper tells of the rules that they break. */

import type { Mutant } from "../mutant.ts"
import { clients } from "./clients.ts"
import { durability } from "./durability.ts"
import { elections } from "./elections.ts"
import { identity } from "./identity.ts"
import { keptState } from "./kept-state.ts"
import { limits } from "./limits.ts"
import { machines } from "./machines.ts"
import { membership } from "./membership.ts"
import { reads } from "./reads.ts"
import { replication } from "./replication.ts"
import { snapshots } from "./snapshots.ts"
import { store } from "./store.ts"

export const catalogue: readonly (readonly [title: string, mutants: readonly Mutant[]])[] = [
  ["Elections", elections],
  ["Durability", durability],
  ["Replication", replication],
  ["Membership", membership],
  ["Snapshots", snapshots],
  ["State machines", machines],
  ["State on disk", keptState],
  ["The key-value store", store],
  ["Reads", reads],
  ["Clients", clients],
  ["Identity", identity],
  ["Limits", limits],
]

export const mutants: readonly Mutant[] = catalogue.flatMap(([, mutants]) => mutants)
