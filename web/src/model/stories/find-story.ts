/** One story by its name, such as `replication/figure-8`, without those of other folders: who embeds one shows no other. */

import type { StoryText } from "./story.ts"

const groups: Readonly<Record<string, () => Promise<{ readonly stories: readonly StoryText[] }>>> = {
  clients: () => import("./groups/clients.ts"),
  disk: () => import("./groups/disk.ts"),
  elections: () => import("./groups/elections.ts"),
  identity: () => import("./groups/identity.ts"),
  machines: () => import("./groups/machines.ts"),
  membership: () => import("./groups/membership.ts"),
  partitions: () => import("./groups/partitions.ts"),
  reads: () => import("./groups/reads.ts"),
  replication: () => import("./groups/replication.ts"),
  snapshots: () => import("./groups/snapshots.ts"),
}

/** Null if there is none. Rejects if its part of the page cannot be loaded. */
export async function findStory(name: string): Promise<StoryText | null> {
  const group = name.slice(0, Math.max(0, name.indexOf("/")))
  if (!Object.hasOwn(groups, group)) return null
  const { stories } = await groups[group]!()
  return stories.find((story) => story.name === name) ?? null
}
