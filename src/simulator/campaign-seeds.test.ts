// Seeds far beyond those of CI that once failed, each up to where it did. Each is named after its symptom; what was wrong stands in the log of changes.

import { expect, it } from "vitest"
import { runSeed, runTo } from "./world/run.ts"

it.each([
  [
    1_000_036_313,
    2_018,
    "a server that read a snapshot whose name was not synced yet was said to have forgotten everything, since the older one rotted",
  ],
  [
    1_000_054_713,
    3_573,
    "a server that read a marker that was not synced yet was said to have forgotten everything, since a superfluous segment rotted",
  ],
  [4_000_092_212, 2_316, "a ledger counted copies in the new half of a joint configuration alone, before anything had to be there"],
  [4_100_021_564, 300, "a server that waited to be added, on a new disk, voted for one that had never met its old self"],
  [1_000_022_449, 1_298, "a leader that took a snapshot ahead of its own log passed it over when it rotted"],
  [1_000_011_090, 2_308, "a ledger counted by a configuration that was replaced, since all who knew that were down at once"],
])("seed %i, event %i: %s", { timeout: 60_000 }, (seed, event) => {
  const world = runTo(seed, event)
  expect(world.violation).toBeNull()
  expect(world.eventNumber).toBe(event)
})

it.each([
  [1_000_037_965, "a leader whose snapshot had rotted sent it again and again, and the newcomer was never promoted"],
  [1_000_074_737, "a leader whose snapshot had rotted in the middle sent it up to there again and again"],
  [
    3_000_008_372,
    "a start without its corrupt snapshot removed the segments that the log had given up for it, and the next start was refused",
  ],
  [
    4_000_081_508,
    "without PreVote a removed server deposed every leader before its learners had read a snapshot, until the operator turned it off",
  ],
  [
    4_200_011_406,
    "a former leader left the operator that had asked it for a change waiting until the log was as long again as it had been, in a cluster at rest for ever",
  ],
  [
    3_500_080_506,
    "a change of members that fitted a segment only before it was encoded began another beside a batch that was under way, and power failed",
  ],
  [4_100_025_546, "a server that found its snapshot damaged while it read it was blamed for stopping"],
  [4_100_082_061, "a client looked for service at servers that had left, one after the other, until the time was over"],
  [
    3_920_001_222,
    "a cluster that had begun without a server removed another one before that server had any entries, and nobody could lead any more",
  ],
  [2_000_062_751, "a leader whose snapshot rotted after it had looked at it sent it again and again"],
])("seed %i: %s", { timeout: 60_000 }, (seed) => {
  expect(runSeed(seed).coverage.writes).toBeGreaterThan(0)
})
