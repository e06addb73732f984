/** How long fsyncs of the log took of late: the difference of two looks at the histogram in `/metrics`. */

import type { FsyncFigures } from "../note.ts"

const name = "oarlock_wal_fsync_duration_seconds_bucket"

/** Counts up to each bucket's end, in seconds. */
export type Buckets = ReadonlyMap<number, number>

export function readBuckets(text: string): Buckets {
  const buckets = new Map<number, number>()
  for (const [, labels, count] of text.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\S+)$`, "gm"))) {
    const end = /le="([^"]+)"/.exec(labels!)?.[1]
    if (end !== undefined) buckets.set(end === "+Inf" ? Infinity : Number(end), Number(count))
  }
  return buckets
}

/** Null if nothing was synced between the two, or the node began anew. */
export function figuresBetween(before: Buckets, after: Buckets, at: number): FsyncFigures | null {
  const gained = [...after].map(([end, count]) => [end, count - (before.get(end) ?? 0)] as const).toSorted(([a], [b]) => a - b)
  const count = gained.at(-1)?.[1] ?? 0
  if (count <= 0 || gained.some(([, more]) => more < 0)) return null
  const quantile = (part: number): number => (gained.find(([, upTo]) => upTo >= count * part)?.[0] ?? Infinity) * 1000
  return { at, count, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}
