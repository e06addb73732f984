/**
 * The write-ahead log, the snapshot store and recovery. The caller says what to persist, performs the disk requests that come out, and passes their
 * completions back in.
 *
 * The order of use: `recover` → `createLogStore` and `createSnapshotStore` → perform `nextLogRequest`/`nextSnapshotRequest` until both return
 * null, pass every completion back, and ask again. No vote and no acknowledgement may leave before the log reports `becameReady`.
 */

export type { DiskCompletion, DiskErrorCode, DiskLane, DiskOperation, DiskReader, DiskRequest, StorageIdentity } from "./disk.ts"
export {
  append,
  cloneLogStore,
  compactLog,
  completeLogRequest,
  createLogStore,
  defaultLogLimits,
  forgetPeer,
  hashLogStore,
  hasRoomForBatch,
  isLogRequest,
  logBytes,
  nextLogRequest,
  noteCommitIndex,
  recordOwn,
  recordPeer,
  restartLog,
  retryLog,
} from "./log-store.ts"
export type { LogLimits, LogProgress, LogStore, LogWrite } from "./log-store.ts"
export { completeSnapshotRequest, nextSnapshotRequest } from "./snapshot-requests.ts"
export {
  abandonReceived,
  abandonSnapshot,
  addSnapshotChunk,
  beginRestore,
  beginSnapshot,
  cloneSnapshotStore,
  continueRestore,
  createSnapshotStore,
  defaultSnapshotLimits,
  finishSnapshot,
  hashSnapshotStore,
  isAsWritten,
  isSnapshotRequest,
  noteCorruptSnapshot,
  pinSnapshot,
  readSnapshot,
  receiveSnapshotPiece,
  unpinSnapshot,
  wantsSnapshotChunk,
} from "./snapshot-store.ts"
export { latestFile } from "./log-latest.ts"
export { MemoryDisk } from "./memory-disk.ts"
export type { ReceivedPiece, ReceiveResult, SnapshotLimits, SnapshotProgress, SnapshotStore, StoredSnapshot } from "./snapshot-store.ts"
export { recover } from "./recovery.ts"
export type { ExpectedIdentity, Recovered, ResumePoint } from "./recovery.ts"
export { inspectFolder, verifyFolder } from "./inspect.ts"
export type { InspectionRow, FolderVerdict } from "./inspect.ts"
export { RecoveryError } from "./recovery-error.ts"
export { snapshotChunks } from "./snapshot-choice.ts"
export { createSnapshotParser } from "./snapshot-file.ts"
export type { SnapshotParser } from "./snapshot-file.ts"
