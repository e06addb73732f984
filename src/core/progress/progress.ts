/**
 * What a leader knows of one other server: Figure 2's `nextIndex` and `matchIndex`, and how appends flow to it.
 *
 * `probe`: the leader looks for the place where the logs agree, one message at a time. `replicate`: it streams, `nextIndex` runs ahead of what
 * was acknowledged, bounded by the inflight window. `snapshot`: it waits for a snapshot to arrive; only heartbeats are sent (dissertation §10.2
 * for pipelining).
 */

import type { LogIndex, Milliseconds, NodeId } from "../types.ts"
import { cloneInflights, createInflights, resetInflights, type Inflights } from "./inflights.ts"

/** How entries flow to a follower: see the head of this file. */
export type ProgressState = "probe" | "replicate" | "snapshot"

/** A learner's race to catch up with a moving target (dissertation §4.2.1). */
export interface CatchUp {
  /** The round is over when the learner has this index, the end of the log when the round began. */
  target: LogIndex
  startedAt: Milliseconds
  /** Rounds run, this one included. */
  rounds: number
  /** The last round took less than an election timeout: promoting it now would not cost availability. */
  done: boolean
}

/** What a leader knows of one other server (Figure 2), and how entries flow to it. */
export interface Progress {
  /** The other server. */
  readonly id: NodeId
  /** How entries flow to it. */
  state: ProgressState
  /** The logs are known to be equal up to here, on the follower's disk. */
  matchIndex: LogIndex
  /** The next entry to send. */
  nextIndex: LogIndex
  /** In `probe`: one is on its way; the next goes out after its answer, or with the next heartbeat. */
  probing: boolean
  /** The window of appends that are under way to it. */
  readonly inflights: Inflights
  /** The highest commit index that was sent to it. */
  sentCommit: LogIndex
  /** When its last answer in this term arrived; the beginning of leadership at first. */
  lastContactAt: Milliseconds
  /** The highest round that it has confirmed (dissertation §6.4). */
  confirmedRound: number
  /** In `snapshot`: what the snapshot on its way covers. Otherwise 0. */
  snapshotIndex: LogIndex
  /** The race of a learner that is to become a voter; null if there is none. */
  catchUp: CatchUp | null
}

export function createProgress(id: NodeId, nextIndex: LogIndex, now: Milliseconds): Progress {
  return {
    id,
    state: "probe",
    matchIndex: 0,
    nextIndex,
    probing: false,
    inflights: createInflights(),
    sentCommit: 0,
    lastContactAt: now,
    confirmedRound: 0,
    snapshotIndex: 0,
    catchUp: null,
  }
}

export function cloneProgress(progress: Progress): Progress {
  return {
    ...progress,
    inflights: cloneInflights(progress.inflights),
    catchUp: progress.catchUp === null ? null : { ...progress.catchUp },
  }
}

export function becomeProbe(progress: Progress): void {
  progress.nextIndex = progress.matchIndex + 1
  enter(progress, "probe")
}

export function becomeReplicate(progress: Progress): void {
  progress.nextIndex = progress.matchIndex + 1
  enter(progress, "replicate")
}

export function becomeSnapshot(progress: Progress, snapshotIndex: LogIndex): void {
  enter(progress, "snapshot")
  progress.snapshotIndex = snapshotIndex
}

function enter(progress: Progress, state: ProgressState): void {
  progress.state = state
  progress.probing = false
  progress.snapshotIndex = 0
  resetInflights(progress.inflights)
}
