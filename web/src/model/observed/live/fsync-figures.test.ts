import { expect, test } from "vitest"
import { figuresBetween, readBuckets } from "./fsync-figures.ts"

const metrics = (counts: readonly number[]) =>
  ["0.001", "0.01", "+Inf"]
    .map((end, place) => `oarlock_wal_fsync_duration_seconds_bucket{le="${end}",node="n1"} ${counts[place]}`)
    .join("\n")

test("what was synced between two looks, by its buckets' ends", () => {
  const before = readBuckets(metrics([10, 10, 10]))
  const after = readBuckets(metrics([60, 109, 110]))
  expect(figuresBetween(before, after, 5)).toEqual({ at: 5, count: 100, p50Ms: 1, p99Ms: 10 })
})

test("above the last bucket there is no telling how slow", () => {
  expect(figuresBetween(readBuckets(metrics([0, 0, 0])), readBuckets(metrics([0, 0, 1])), 5)?.p99Ms).toBe(Infinity)
})

test("nothing synced, or a node that began anew, tells nothing", () => {
  const buckets = readBuckets(metrics([10, 10, 10]))
  expect(figuresBetween(buckets, buckets, 5)).toBeNull()
  expect(figuresBetween(buckets, readBuckets(metrics([1, 2, 20])), 5)).toBeNull()
})
