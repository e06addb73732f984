/**
 * The state of the log's disk, and what a replica does about it.
 *
 * - Stalled: a write takes longer than the largest election timeout. A leader steps down: the cluster must not depend on a server that
 *   makes nothing durable, even though its heartbeats are still sent.
 * - Full: the write stays queued and is tried again on a timer. Proposals are refused, reads continue, and a leader stays leader.
 * - Failed: nothing is tried again and the replica halts, because the contents of the disk are unknown.
 */

import type { Milliseconds } from "../core/index.ts"

export interface DiskHealth {
  state: "ok" | "full" | "stalled" | "failed"
  /** The log's requests under way and when each began, oldest first: they are completed in this order. */
  writing: readonly { readonly id: number; readonly since: Milliseconds }[]
  /** While full: when to try again. */
  retryAt: Milliseconds
  /** The snapshot store had no room: no snapshot is begun before this moment. */
  snapshotRetryAt: Milliseconds
}

export function createDiskHealth(): DiskHealth {
  return { state: "ok", writing: [], retryAt: Infinity, snapshotRetryAt: -Infinity }
}

/** The moment at which a write becomes a stall, or at which a write to a full disk is tried again. */
export function diskDeadline(health: DiskHealth, stallMs: number): Milliseconds {
  if (health.state === "full") return health.retryAt
  return health.state === "stalled" ? Infinity : writingSince(health) + stallMs
}

export function noteWriteBegan(health: DiskHealth, id: number, now: Milliseconds): void {
  health.writing = [...health.writing, { id, since: now }]
}

export function noteWriteEnded(health: DiskHealth, id: number): void {
  health.writing = health.writing.filter((write) => write.id !== id)
}

/** Whether the oldest write under way has just become a stall. Computed as the deadline is: rounding must not make the two disagree. */
export function hasJustStalled(health: DiskHealth, now: Milliseconds, stallMs: number): boolean {
  return health.state === "ok" && now >= writingSince(health) + stallMs
}

/** Since when the oldest write has been under way; infinity without any. */
export function writingSince(health: DiskHealth): Milliseconds {
  return health.writing[0]?.since ?? Infinity
}
