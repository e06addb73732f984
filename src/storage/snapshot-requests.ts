/**
 * The disk requests of the snapshot store, one at a time, and their completions.
 *
 * Reads go first, because other servers or the state machine wait for them; then the snapshot that is received, then the one that is taken here.
 * Files that are no longer needed are removed last.
 */

import { invariant } from "../core/index.ts"
import { WireError } from "../wire/index.ts"
import type { DiskCompletion, DiskOperation, DiskRequest } from "./disk.ts"
import { takeDraftOperations, type SnapshotDraft } from "./snapshot-draft.ts"
import { parseSnapshot } from "./snapshot-file.ts"
import {
  isSuperfluous,
  unpinSnapshot,
  type PendingSnapshotRead,
  type SnapshotProgress,
  type SnapshotStore,
  type SnapshotTask,
  type StoredSnapshot,
} from "./snapshot-store.ts"

/** The next request for the disk, or null if there is none now. Call it after every input. */
export function nextSnapshotRequest(store: SnapshotStore): DiskRequest | null {
  if (store.requestId !== null || store.hasFailed) return null
  const next = nextRead(store) ?? nextRestore(store) ?? nextWrite(store, "received") ?? nextWrite(store, "taken") ?? nextRemoval(store)
  if (next === null) return null
  store.requestId = store.nextId
  store.nextId += 2
  store.task = next.task
  store.operations = next.operations
  return { id: store.requestId, lane: "snapshot", operations: next.operations }
}

/** Takes the completion of a request that `isSnapshotRequest` knows. */
export function completeSnapshotRequest(store: SnapshotStore, completion: DiskCompletion): SnapshotProgress | null {
  const { task, operations } = store
  invariant(completion.id === store.requestId && task !== null, "a completion of a request that the snapshot store never made", {
    id: completion.id,
  })
  store.requestId = null
  store.task = null
  store.operations = []
  if (!completion.ok) return completeWithError(store, task, operations[completion.operation], completion)
  switch (task.kind) {
    case "write":
      return task.stored === null ? null : completeWrite(store, task.origin, task.tmpFile, task.stored)
    case "read":
      return completeRead(store, task.read, completion.data)
    case "restore":
      return completeRestore(store, task, completion.data)
    case "remove":
      return null
    default:
      task satisfies never
      return null
  }
}

interface NextRequest {
  readonly task: SnapshotTask
  readonly operations: readonly DiskOperation[]
}

function nextRead(store: SnapshotStore): NextRequest | null {
  if (store.reads.length === 0) return null
  const read = store.reads.shift()
  if (read === undefined) return null
  const { file, offset, lengthBytes } = read
  return { task: { kind: "read", read }, operations: [{ kind: "read", file, offset, lengthBytes }] }
}

function nextRestore(store: SnapshotStore): NextRequest | null {
  const { restoring } = store
  if (restoring === null || !restoring.wantsMore) return null
  restoring.wantsMore = false
  const { file, sizeBytes } = restoring.snapshot
  const offset = restoring.parser.bytesTaken
  const lengthBytes = Math.min(store.limits.requestBytesMax, sizeBytes - offset)
  return { task: { kind: "restore", file, offset }, operations: [{ kind: "read", file, offset, lengthBytes }] }
}

function nextWrite(store: SnapshotStore, origin: "taken" | "received"): NextRequest | null {
  const draft = origin === "taken" ? store.taking : (store.receiving?.draft ?? null)
  if (draft === null) return null
  const { tmpFile } = draft
  // Another snapshot that is as new was stored meanwhile, so this one is not needed.
  if (draft.isEnded && store.latest !== null && isSuperfluous(store, draft.meta.lastIndex)) {
    return { task: { kind: "write", origin, tmpFile, stored: store.latest }, operations: [{ kind: "remove", file: tmpFile }] }
  }
  const next = takeDraftOperations(draft, store.limits.requestBytesMax)
  return next === null ? null : { task: { kind: "write", origin, tmpFile, stored: next.stored }, operations: next.operations }
}

function nextRemoval(store: SnapshotStore): NextRequest | null {
  const files = store.obsolete.filter((file) => !store.pins.has(file))
  if (files.length === 0) return null
  store.obsolete = store.obsolete.filter((file) => store.pins.has(file))
  const operations: DiskOperation[] = files.map((file) => ({ kind: "remove", file }))
  return { task: { kind: "remove" }, operations: [...operations, { kind: "syncDirectory" }] }
}

function completeWrite(
  store: SnapshotStore,
  origin: "taken" | "received",
  tmpFile: string,
  stored: StoredSnapshot,
): SnapshotProgress | null {
  const { latest } = store
  // A draft that was no longer needed ends with `latest` itself: nothing new is stored, and a corrupt `latest` stays corrupt.
  if (stored !== latest && !isSuperfluous(store, stored.meta.lastIndex)) {
    // A snapshot that is as new as a corrupt one has the same file name, and replaced its file.
    if (latest !== null && latest.file !== stored.file) store.obsolete.push(latest.file)
    store.latest = stored
    store.isLatestCorrupt = false
  }
  // Abandoned while its last request was under way: it is durable, but its caller no longer waits for it.
  if (draftOf(store, origin)?.tmpFile !== tmpFile) return null
  endTask(store, origin)
  return { kind: "stored", origin, snapshot: stored }
}

function completeRead(store: SnapshotStore, read: PendingSnapshotRead, data: Uint8Array | null): SnapshotProgress {
  if (data === null || data.length !== read.lengthBytes)
    return fail(store, `${read.file} gave ${data?.length ?? 0} bytes at byte ${read.offset}`)
  return { kind: "read", readId: read.readId, offset: read.offset, data }
}

function completeRestore(
  store: SnapshotStore,
  task: SnapshotTask & { readonly kind: "restore" },
  data: Uint8Array | null,
): SnapshotProgress | null {
  const { restoring } = store
  // The restore was begun again meanwhile, and these bytes belong to the earlier one.
  if (restoring === null || restoring.snapshot.file !== task.file || restoring.parser.bytesTaken !== task.offset) return null
  const { parser, snapshot } = restoring
  let chunks: Uint8Array[]
  try {
    chunks = parseSnapshot(parser, data ?? new Uint8Array(0), store.limits.chunkBytesMax)
  } catch (error) {
    if (error instanceof WireError) return fail(store, `${snapshot.file} was damaged since it was written: ${error.message}`)
    throw error
  }
  if (!parser.isComplete && (data === null || data.length === 0 || parser.bytesTaken >= snapshot.sizeBytes)) {
    return fail(store, `${snapshot.file} ends at byte ${parser.bytesTaken}, before its footer`)
  }
  if (!parser.isComplete && chunks.length === 0) {
    restoring.wantsMore = true
    return null
  }
  if (parser.isComplete) {
    unpinSnapshot(store, snapshot)
    store.restoring = null
  }
  return { kind: "restored", chunks, done: parser.isComplete }
}

function completeWithError(
  store: SnapshotStore,
  task: SnapshotTask,
  operation: DiskOperation | undefined,
  completion: DiskCompletion & { readonly ok: false },
): SnapshotProgress | null {
  const isOutOfRoom = completion.code === "full" && operation?.kind === "write" && task.kind === "write"
  if (!isOutOfRoom) return fail(store, completion.message)
  if (draftOf(store, task.origin)?.tmpFile !== task.tmpFile) return null
  store.obsolete.push(task.tmpFile)
  endTask(store, task.origin)
  return { kind: "full", origin: task.origin, message: completion.message }
}

function draftOf(store: SnapshotStore, origin: "taken" | "received"): SnapshotDraft | null {
  return origin === "taken" ? store.taking : (store.receiving?.draft ?? null)
}

function endTask(store: SnapshotStore, origin: "taken" | "received"): void {
  if (origin === "taken") store.taking = null
  else store.receiving = null
}

function fail(store: SnapshotStore, message: string): SnapshotProgress {
  store.hasFailed = true
  return { kind: "failed", message }
}
