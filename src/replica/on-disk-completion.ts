/**
 * What the disk has done, and what that allows: promises may leave, snapshots are adopted, a full disk is waited out, a failed one halts.
 */

import {
  completeLogRequest,
  completeSnapshotRequest,
  isLogRequest,
  isSnapshotRequest,
  restartLog,
  retryLog,
  type DiskCompletion,
  type StoredSnapshot,
} from "../storage/index.ts"
import { noteWriteEnded, writingSince } from "./disk-health.ts"
import type { Effects } from "./effect.ts"
import { onSnapshotInstalledForRequests } from "./membership.ts"
import type { ReplicaState } from "./replica-state.ts"
import { onSnapshotInstalled } from "./requests/proposals.ts"
import { beginRestoring, finishReceiving, onRestoreChunks, stopReceiving } from "./snapshots/snapshot-receiving.ts"
import { neededBySending, onSnapshotRead } from "./snapshots/snapshot-sending.ts"
import { abandonTaking, compactBehind, onSnapshotTaken, resetMarks } from "./snapshots/snapshot-taking.ts"

/** Deals a completion out to the log or the snapshot store. One that nobody waits for is ignored. */
export function onDiskCompletion(state: ReplicaState, completion: DiskCompletion, effects: Effects): void {
  if (isLogRequest(state.log, completion.id)) onLogCompletion(state, completion, effects)
  else if (isSnapshotRequest(state.snapshots, completion.id)) onSnapshotCompletion(state, completion, effects)
}

/** The timer of a full disk: let the queued write try again. */
export function retryDisk(state: ReplicaState): void {
  const { disk, log, options, now } = state
  if (disk.state !== "full" || now < disk.retryAt) return
  disk.retryAt = now + options.diskRetryMs
  retryLog(log)
}

function onLogCompletion(state: ReplicaState, completion: DiskCompletion, effects: Effects): void {
  const { raft, disk, log, options, now } = state
  noteWriteEnded(disk, completion.id)
  const progress = completeLogRequest(log, completion)
  switch (progress.kind) {
    case "done": {
      if (progress.becameReady) state.isReady = true
      if (progress.persisted !== null) raft.persisted(progress.persisted, now)
      // Under load something is always under way: what counts is for how long.
      const isQuickAgain = now < writingSince(disk) + options.raft.electionTimeoutMaxMs
      const isWellAgain = progress.recovered || (disk.state === "stalled" && isQuickAgain)
      if (!isWellAgain) return
      disk.state = "ok"
      effects.observations.push({ kind: "diskRecovered" })
      return
    }
    case "full":
      if (disk.state !== "full") effects.observations.push({ kind: "diskFull", message: progress.message })
      disk.state = "full"
      disk.retryAt = now + options.diskRetryMs
      return
    case "failed":
      fail(state, `the disk failed under the log: ${progress.message}`)
      return
    default:
      progress satisfies never
  }
}

function onSnapshotCompletion(state: ReplicaState, completion: DiskCompletion, effects: Effects): void {
  const { raft, snapshots, disk, options, receiving, taking, applied, now } = state
  const progress = completeSnapshotRequest(snapshots, completion)
  if (progress === null) return
  switch (progress.kind) {
    case "stored":
      if (progress.origin === "received") onReceived(state, progress.snapshot, effects)
      else onTaken(state, progress.snapshot, effects)
      return
    case "read":
      onSnapshotRead(
        state.sending,
        progress.readId,
        progress.offset,
        progress.data,
        raft,
        now,
        snapshots,
        effects.messages,
        effects.observations,
      )
      return
    case "restored":
      if (onRestoreChunks(receiving, snapshots, progress.chunks, progress.done, applied, effects.observations)) resetMarks(taking, applied)
      return
    case "full":
      disk.snapshotRetryAt = now + options.diskRetryMs
      effects.observations.push({ kind: "diskFull", message: progress.message })
      if (progress.origin === "received") stopReceiving(receiving, snapshots)
      else abandonTaking(taking, snapshots, "the disk has no room for the snapshot", effects.outcomes)
      return
    case "failed":
      fail(state, `the disk failed under a snapshot: ${progress.message}`)
      return
    default:
      progress satisfies never
  }
}

function onTaken(state: ReplicaState, snapshot: StoredSnapshot, effects: Effects): void {
  const { taking, raft, log, applied, sending, options } = state
  onSnapshotTaken(taking, snapshot, raft, log, applied, neededBySending(sending), options, effects.outcomes, effects.observations)
}

/** The leader's snapshot is durable here: the core decides whether it replaces the log, fits it, or comes too late. */
function onReceived(state: ReplicaState, snapshot: StoredSnapshot, effects: Effects): void {
  const { raft, log, applied, taking, receiving, snapshots, sending, options, proposals, requests } = state
  const { meta } = snapshot
  const result = raft.installSnapshot(meta)
  const from = finishReceiving(receiving, raft)
  switch (result) {
    case "installed":
      abandonTaking(taking, snapshots, "the leader's snapshot took its place", effects.outcomes)
      restartLog(log, meta)
      onSnapshotInstalled(proposals, meta.lastIndex, meta.lastTerm, raft.state.leaderId, effects.outcomes)
      onSnapshotInstalledForRequests(requests, meta.lastIndex, meta.lastTerm, effects.outcomes)
      beginRestoring(receiving, snapshots, applied, from, options)
      break
    case "fastForwarded":
      compactBehind(taking, meta, raft, log, applied, neededBySending(sending), options, effects.observations)
      break
    case "ignored":
      break
    default:
      result satisfies never
  }
}

function fail(state: ReplicaState, because: string): void {
  state.disk.state = "failed"
  state.halted = because
}
