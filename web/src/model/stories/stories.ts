/** The stories under `scenarios/`, which the build puts into the page: the very texts that the tests run. */

import { stories as clients } from "./groups/clients.ts"
import { stories as disk } from "./groups/disk.ts"
import { stories as elections } from "./groups/elections.ts"
import { stories as identity } from "./groups/identity.ts"
import { stories as machines } from "./groups/machines.ts"
import { stories as membership } from "./groups/membership.ts"
import { stories as partitions } from "./groups/partitions.ts"
import { stories as reads } from "./groups/reads.ts"
import { stories as replication } from "./groups/replication.ts"
import { stories as snapshots } from "./groups/snapshots.ts"
import type { StoryText } from "./story.ts"

export const stories: readonly StoryText[] = [
  ...clients,
  ...disk,
  ...elections,
  ...identity,
  ...machines,
  ...membership,
  ...partitions,
  ...reads,
  ...replication,
  ...snapshots,
]
