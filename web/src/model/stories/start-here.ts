/** The stories to begin with, in the order in which one learns. */

import type { StoryText } from "./story.ts"

export const startHereNames = [
  "elections/clean-election",
  "elections/split-vote",
  "replication/normal-replication",
  "replication/uncommitted-entries-are-purged",
  "elections/stale-log-refused",
  "partitions/minority-leader",
  "replication/figure-8",
  "clients/retried-request",
  "reads/lease-read-with-a-slow-clock",
  "disk/crash-before-fsync",
] as const

export function startHere(stories: readonly StoryText[]): StoryText[] {
  return startHereNames.flatMap((name) => stories.find((story) => story.name === name) ?? [])
}
