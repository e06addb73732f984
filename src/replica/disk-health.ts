/**
 * How the log's disk is doing, and what a replica does about it.
 *
 * - Stalled: an own write takes longer than the largest election timeout. A leader steps down: the cluster must not depend on a server that
 *   makes nothing durable, even though its heartbeats still go out.
 * - Full: the write stays queued and is tried again on a timer. Proposals are refused, reads go on, and a leader stays leader.
 * - Failed: nothing is tried again and the replica halts, because nobody knows any more what is on the disk.
 */

import type { Milliseconds } from "../core/index.ts"

export interface DiskHealth {
  state: "ok" | "full" | "stalled" | "failed"
  /** The log's request under way and when it began, or null. */
  writingId: number | null
  writingSince: Milliseconds
  /** While full: when to try again. */
  retryAt: Milliseconds
  /** The snapshot store had no room: take none before this moment. */
  snapshotRetryAt: Milliseconds
}

export function createDiskHealth(): DiskHealth {
  return { state: "ok", writingId: null, writingSince: 0, retryAt: Infinity, snapshotRetryAt: -Infinity }
}

/** When there is something to notice: a stall, or the moment to try again. */
export function diskDeadline(health: DiskHealth, stallMs: number): Milliseconds {
  if (health.state === "full") return health.retryAt
  return health.writingId === null || health.state === "stalled" ? Infinity : health.writingSince + stallMs
}

export function noteWriteBegan(health: DiskHealth, id: number, now: Milliseconds): void {
  health.writingId = id
  health.writingSince = now
}

/** Whether the write under way has just become a stall. Reckoned as the deadline is: rounding must not make the two disagree. */
export function hasJustStalled(health: DiskHealth, now: Milliseconds, stallMs: number): boolean {
  return health.state === "ok" && health.writingId !== null && now >= health.writingSince + stallMs
}
