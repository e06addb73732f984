/**
 * Completions of disk requests and what follows: messages that waited for a sync leave, snapshots are adopted, writes to a full disk are tried
 * again, and a failed disk halts the replica.
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
import { onSnapshotRead } from "./snapshots/snapshot-sending.ts"
import { abandonTaking, compactBehind, onSnapshotTaken, resetMarks } from "./snapshots/snapshot-taking.ts"

/** Passes a completion to the log or the snapshot store. A completion that neither waits for is ignored. */
export function onDiskCompletion(state: ReplicaState, completion: DiskCompletion, effects: Effects): void {
  if (isLogRequest(state.log, completion.id)) onLogCompletion(state, completion, effects)
  else if (isSnapshotRequest(state.snapshots, completion.id)) onSnapshotCompletion(state, completion, effects)
}

/** The timer of a full disk: the queued write is tried again. */
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
      // Under load a write is always under way, so its age decides.
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
  const { snapshots, disk, options, taking, applied, now } = state
  const progress = completeSnapshotRequest(snapshots, completion)
  if (progress === null) return
  switch (progress.kind) {
    case "stored":
      if (progress.origin === "received") onReceived(state, progress.snapshot, effects)
      else onSnapshotTaken(state, progress.snapshot, effects)
      return
    case "read":
      onSnapshotRead(state, progress, effects)
      return
    case "restored":
      if (onRestoreChunks(state, progress, effects)) resetMarks(taking, applied)
      return
    case "full":
      disk.snapshotRetryAt = now + options.diskRetryMs
      effects.observations.push({ kind: "diskFull", message: progress.message })
      if (progress.origin === "received") stopReceiving(state)
      else abandonTaking(state, "the disk has no room for the snapshot", effects.outcomes)
      return
    case "failed":
      fail(state, `the disk failed under a snapshot: ${progress.message}`)
      return
    default:
      progress satisfies never
  }
}

/** The leader's snapshot is durable here. The core decides whether it replaces the log, agrees with the log, or comes too late. */
function onReceived(state: ReplicaState, snapshot: StoredSnapshot, effects: Effects): void {
  const { raft, log, receiving, proposals, requests } = state
  const { meta } = snapshot
  const result = raft.installSnapshot(meta)
  const from = finishReceiving(receiving, raft)
  switch (result) {
    case "installed":
      abandonTaking(state, "the leader's snapshot took its place", effects.outcomes)
      restartLog(log, meta)
      onSnapshotInstalled(proposals, meta, raft.state.leaderId, effects.outcomes)
      onSnapshotInstalledForRequests(requests, meta, effects.outcomes)
      beginRestoring(state, from)
      break
    case "fastForwarded":
      compactBehind(state, meta, effects)
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
