// Reading on from where a disk was read before comes to the same as reading all of it, whatever happened in between.

import { expect, test } from "vitest"
import type { DurableView } from "../checkers/index.ts"
import { production, type Build } from "../state/build.ts"
import { swarmOptions } from "../state/options.ts"
import { World } from "../world/world.ts"

/** What tells two views apart. */
function contentOf(view: DurableView | null): unknown {
  if (view === null) return null
  const { term, votedFor, snapshotIndex, lastIndex } = view
  const terms = Array.from({ length: lastIndex + 2 }, (_, index) => view.termAt(index))
  return { term, votedFor, snapshotIndex, lastIndex, terms }
}

test(
  "reading on gives what recovery would give, through rollovers, snapshots, truncations and losses of power",
  { timeout: 60_000 },
  () => {
    let readings = 0
    let compared = 0
    const counting: Build = {
      ...production,
      durable: (...disk) => {
        readings += 1
        return production.durable(...disk)
      },
    }
    for (const seed of [3, 8, 21, 34]) {
      const world = World.create(swarmOptions(seed), counting)
      while (world.now < 2_500 && world.step() !== null) {
        if (world.eventNumber % 7 !== 0) continue
        for (const id of world.nodeIds) {
          const known = contentOf(world.durable(id))
          const event = world.eventNumber
          expect({ seed, event, id, view: known }).toEqual({ seed, event, id, view: contentOf(world.durable(id, true)) })
          compared += 1
        }
      }
      expect(world.violation).toBeNull()
    }
    // One whole reading each for the comparison; far fewer for what was compared with it.
    expect(readings - compared).toBeLessThan(compared / 2)
  },
)
