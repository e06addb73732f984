/**
 * The snapshots of one replica: taking one, receiving one from the leader, reading one for a peer or for the state machine (Raft §7).
 *
 * A snapshot is written to a `.tmp` file beside the last good one, synced and renamed, the folder is synced, and only then are older ones removed: an
 * interrupted or damaged snapshot never replaces a good one. Everything runs in the `snapshot` lane, one request of about 1 MiB at a time, so that
 * the caller can divide the work.
 */

import { hashValue, invariant } from "../core/index.ts"
import type { LogIndex, SnapshotMeta } from "../core/index.ts"
import { WireError } from "../wire/index.ts"
import type { DiskOperation, StorageIdentity } from "./disk.ts"
import { addToDraft, beginDraft, cloneDraft, endDraft, type SnapshotDraft } from "./snapshot-draft.ts"
import { createSnapshotParser, parseSnapshot, snapshotFile, type SnapshotParser } from "./snapshot-file.ts"

/** A complete, durable snapshot file. */
export interface StoredSnapshot {
  /** The last entry that it covers, and the configuration in force there. */
  readonly meta: SnapshotMeta
  /** Its name, relative to the data folder. */
  readonly file: string
  /** The length of the whole file, header and footer included. */
  readonly sizeBytes: number
  /** CRC-32 of the whole file: what `InstallSnapshot.checksum` carries. */
  readonly checksum: number
}

/** The named limits of the snapshot store, in bytes. */
export interface SnapshotLimits {
  /** Bytes in one write or read request. */
  readonly requestBytesMax: number
  /** A state machine's chunk that is longer is written in pieces of this length, which the reader joins again. At most `chunkBytesMax`. */
  readonly pieceBytesMax: number
  /** A piece in a file that claims to be longer is treated as damaged. The same on all servers, because they read each other's files. */
  readonly chunkBytesMax: number
  /** While more bytes than this wait to be written, no further piece of a received snapshot is taken. */
  readonly pendingBytesMax: number
}

/** Requests of 1 MiB, pieces of 64 MiB, 4 MiB waiting to be written. */
export const defaultSnapshotLimits: SnapshotLimits = {
  requestBytesMax: 1 << 20,
  pieceBytesMax: 64 << 20,
  chunkBytesMax: 64 << 20,
  pendingBytesMax: 4 << 20,
}

/** What a completion meant for the snapshots. */
export type SnapshotProgress =
  /**
   * `taken`: the snapshot of this server's state is durable, so the log can be compacted. `received`: the leader's snapshot is durable: pass it to the
   * core and, if the core installs it, restore. If a newer one was stored first, `snapshot` is that one.
   */
  | { readonly kind: "stored"; readonly origin: "taken" | "received"; readonly snapshot: StoredSnapshot }
  /** The answer to `readSnapshot`. */
  | { readonly kind: "read"; readonly readId: number; readonly offset: number; readonly data: Uint8Array }
  /** Chunks of a restore in order, as the state machine wrote them; `done` with the last ones. Continue with `continueRestore`. */
  | { readonly kind: "restored"; readonly chunks: readonly Uint8Array[]; readonly done: boolean }
  /** The disk had no room for the snapshot being taken or received: it was abandoned, and its file will be removed. Try again later. */
  | { readonly kind: "full"; readonly origin: "taken" | "received"; readonly message: string }
  /** The disk cannot be trusted any more: halt. */
  | { readonly kind: "failed"; readonly message: string }

/** One piece of a snapshot file, as an `InstallSnapshot` message carries it. */
export interface ReceivedPiece {
  /** Which snapshot it is a piece of. */
  readonly snapshot: SnapshotMeta
  /** The length of the whole file. */
  readonly sizeBytes: number
  /** CRC-32 of the whole file. */
  readonly checksum: number
  /** Where in the file the piece begins, in bytes. */
  readonly offset: number
  /** The bytes of the file from `offset` on. The store copies them. */
  readonly data: Uint8Array
}

/** What became of a received piece. */
export interface ReceiveResult {
  /** How many bytes from the start are held: what `InstallSnapshotReply.nextOffset` says. */
  readonly nextOffset: number
  /** Not null if what was received is not what the leader said it sends: it was thrown away, and `nextOffset` is 0. */
  readonly damaged: string | null
}

/** A snapshot on its way in from the leader. */
export interface Receiving {
  readonly draft: SnapshotDraft
  readonly sizeBytes: number
  readonly checksum: number
  readonly parser: SnapshotParser
}

export interface PendingSnapshotRead {
  readonly readId: number
  readonly file: string
  readonly offset: number
  readonly lengthBytes: number
}

export interface Restoring {
  readonly snapshot: StoredSnapshot
  readonly parser: SnapshotParser
  wantsMore: boolean
}

/** What the request under way is for. */
export type SnapshotTask =
  | { readonly kind: "write"; readonly origin: "taken" | "received"; readonly tmpFile: string; readonly stored: StoredSnapshot | null }
  | { readonly kind: "read"; readonly read: PendingSnapshotRead }
  | { readonly kind: "restore"; readonly file: string; readonly offset: number }
  | { readonly kind: "remove" }

/** The whole state: plain data, shared bytes never change. Read `latest`; change it only through the functions below. */
export interface SnapshotStore {
  /** Written into the header of each snapshot taken here; a received snapshot must have the same cluster and group. */
  readonly identity: StorageIdentity
  /** The bounds that this store keeps to. */
  readonly limits: SnapshotLimits
  /** The newest durable snapshot, or null. */
  latest: StoredSnapshot | null
  /** The file of `latest` is no longer as it was written: it is sent to no one, and a snapshot that is as new replaces it. */
  isLatestCorrupt: boolean
  /** A request failed for another reason than want of room: no further request is made. */
  hasFailed: boolean
  /** The snapshot of this server's own state that is being written; null if there is none. */
  taking: SnapshotDraft | null
  /** The leader's snapshot that is being received; null if there is none. */
  receiving: Receiving | null
  /** How far `latest` was read for the state machine; null if no restore is under way. */
  restoring: Restoring | null
  /** Reads for other servers that wait for the disk, in order. */
  reads: PendingSnapshotRead[]
  /** Files that are removed once they have no pin. */
  obsolete: string[]
  /** By file: how many `pinSnapshot` calls keep it from being removed. */
  pins: ReadonlyMap<string, number>
  /** What the request under way is for; null if there is none. */
  task: SnapshotTask | null
  /** The id of the request under way; null if there is none. */
  requestId: number | null
  /** The operations of the request under way, needed to know which of them failed. */
  operations: readonly DiskOperation[]
  /** The id of the next request: even numbers, ascending. */
  nextId: number
  /** Makes names of unfinished files unique. */
  draftCount: number
}

/**
 * `latest` comes from recovery (`Recovered.storedSnapshot`). Start nothing here before the log reports `becameReady`: its first request removes old
 * files.
 */
export function createSnapshotStore(
  identity: StorageIdentity,
  latest: StoredSnapshot | null,
  limits: SnapshotLimits = defaultSnapshotLimits,
): SnapshotStore {
  return {
    identity,
    limits,
    latest,
    isLatestCorrupt: false,
    hasFailed: false,
    taking: null,
    receiving: null,
    restoring: null,
    reads: [],
    obsolete: [],
    pins: new Map(),
    task: null,
    requestId: null,
    operations: [],
    nextId: 2,
    draftCount: 0,
  }
}

/** Begins to take a snapshot. At most one at a time: `store.taking` must be null. */
export function beginSnapshot(store: SnapshotStore, meta: SnapshotMeta): void {
  invariant(store.taking === null, "a snapshot was begun while another is being taken", { lastIndex: meta.lastIndex })
  store.taking = beginDraft(meta, nextTmpFile(store, meta))
  addToDraft(store.taking, { kind: "header", identity: store.identity, meta })
}

/** Whether there is room for the next chunk. Take it from `StateMachine.snapshot()` only then, so that memory stays bounded. */
export function wantsSnapshotChunk(store: SnapshotStore): boolean {
  const { taking } = store
  return taking !== null && !taking.isEnded && taking.pendingBytes < store.limits.requestBytesMax
}

/** Adds the next chunk of the state machine, of any length; its borders are kept. The bytes must not change afterwards. */
export function addSnapshotChunk(store: SnapshotStore, chunk: Uint8Array): void {
  const { taking } = store
  invariant(taking !== null && !taking.isEnded, "a chunk for a snapshot that nobody is taking")
  addToDraft(taking, { kind: "chunk", chunk, pieceBytesMax: store.limits.pieceBytesMax })
}

/** The last chunk was added: footer, sync, rename and sync of the folder follow, and then `stored`. */
export function finishSnapshot(store: SnapshotStore): void {
  const { taking } = store
  invariant(taking !== null && !taking.isEnded, "a snapshot was finished that nobody is taking")
  addToDraft(taking, { kind: "footer" })
  endDraft(taking)
}

/** Abandons the snapshot that is being taken, if there is one. Its file will be removed. */
export function abandonSnapshot(store: SnapshotStore): void {
  if (store.taking === null) return
  store.obsolete.push(store.taking.tmpFile)
  store.taking = null
}

/**
 * Takes a piece of the leader's snapshot. A piece that does not continue where the last one ended is dropped, and so is one for which there is no room
 * yet: the sender continues at the returned `nextOffset`. Another snapshot (newer, or the same with other bytes) replaces an unfinished one; a
 * snapshot that is not newer than `latest` is not needed and counts as held. When the whole file is durable, `stored` comes out.
 */
export function receiveSnapshotPiece(store: SnapshotStore, piece: ReceivedPiece): ReceiveResult {
  if (store.latest !== null && piece.snapshot.lastIndex <= store.latest.meta.lastIndex)
    return { nextOffset: piece.sizeBytes, damaged: null }
  const receiving = receivingFor(store, piece)
  if (receiving === null) return { nextOffset: 0, damaged: null }
  const { draft, parser } = receiving
  const continues = piece.offset === parser.bytesTaken && piece.data.length > 0
  const hasRoom = draft.pendingBytes < store.limits.pendingBytesMax
  if (!continues || !hasRoom || draft.isEnded) return { nextOffset: parser.bytesTaken, damaged: null }
  // A copy, because the piece is a view of a whole frame. Not `slice`, which returns a view if the bytes are a Node `Buffer`.
  const data = new Uint8Array(piece.data)
  const problem = examinePiece(store, receiving, data)
  if (problem !== null) {
    abandonReceived(store)
    return { nextOffset: 0, damaged: problem }
  }
  addToDraft(draft, { kind: "raw", data })
  if (parser.isComplete) endDraft(draft)
  return { nextOffset: parser.bytesTaken, damaged: null }
}

/** Abandons the snapshot that is being received, if there is one. Its file will be removed. */
export function abandonReceived(store: SnapshotStore): void {
  if (store.receiving === null) return
  store.obsolete.push(store.receiving.draft.tmpFile)
  store.receiving = null
}

/** Keeps the file of `snapshot` from being removed while it is read. Each call needs one `unpinSnapshot`. */
export function pinSnapshot(store: SnapshotStore, snapshot: StoredSnapshot): void {
  store.pins = new Map(store.pins).set(snapshot.file, (store.pins.get(snapshot.file) ?? 0) + 1)
}

/** Takes back one `pinSnapshot`. Without any pin left, the file may be removed once a newer snapshot is durable. */
export function unpinSnapshot(store: SnapshotStore, snapshot: StoredSnapshot): void {
  const pins = new Map(store.pins)
  const count = (pins.get(snapshot.file) ?? 0) - 1
  invariant(count >= 0, "a snapshot was unpinned that nobody had pinned", { file: snapshot.file })
  if (count === 0) pins.delete(snapshot.file)
  else pins.set(snapshot.file, count)
  store.pins = pins
}

/** Asks for raw bytes of a pinned snapshot's file, for `InstallSnapshot.data`. `readId` is chosen by the caller and comes back in `read`. */
export function readSnapshot(store: SnapshotStore, snapshot: StoredSnapshot, readId: number, offset: number, lengthBytes: number): void {
  const lengthLeft = Math.max(0, Math.min(lengthBytes, snapshot.sizeBytes - offset))
  store.reads.push({ readId, file: snapshot.file, offset, lengthBytes: lengthLeft })
}

/** Checks the next bytes that were read of the file of `snapshot`, as their receiver would: false if they are not as they were written. */
export function isAsWritten(store: SnapshotStore, snapshot: StoredSnapshot, parser: SnapshotParser, data: Uint8Array): boolean {
  try {
    parseSnapshot(parser, data, store.limits.chunkBytesMax)
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
  return parser.bytesTaken < snapshot.sizeBytes || (parser.isComplete && parser.checksum === snapshot.checksum)
}

/** The file of `snapshot` is no longer as it was written. Recovery would refuse it, so another snapshot must be taken soon. */
export function noteCorruptSnapshot(store: SnapshotStore, snapshot: StoredSnapshot): void {
  if (store.latest === snapshot) store.isLatestCorrupt = true
}

/** Whether a snapshot that ends at `lastIndex` would add nothing to `latest`. */
export function isSuperfluous(store: SnapshotStore, lastIndex: LogIndex): boolean {
  const { latest, isLatestCorrupt } = store
  return latest !== null && (isLatestCorrupt ? latest.meta.lastIndex > lastIndex : latest.meta.lastIndex >= lastIndex)
}

/** Begins to read `latest` for the state machine, while the server runs. Chunks come in `restored`. Replaces an unfinished restore. */
export function beginRestore(store: SnapshotStore): void {
  invariant(store.latest !== null, "a restore without a snapshot")
  if (store.restoring !== null) unpinSnapshot(store, store.restoring.snapshot)
  pinSnapshot(store, store.latest)
  store.restoring = { snapshot: store.latest, parser: createSnapshotParser(), wantsMore: true }
}

/** Asks for the next chunks of the restore. Call it once the last ones were given to the state machine. */
export function continueRestore(store: SnapshotStore): void {
  if (store.restoring !== null) store.restoring.wantsMore = true
}

/** Whether this store has a request with this id under way. Ids of the store are even, ids of the log odd. */
export function isSnapshotRequest(store: SnapshotStore, id: number): boolean {
  return id === store.requestId
}

/** An independent copy that shares the bytes of snapshots. */
export function cloneSnapshotStore(store: SnapshotStore): SnapshotStore {
  const { taking, receiving, restoring } = store
  return {
    ...store,
    taking: taking && cloneDraft(taking),
    receiving: receiving && { ...receiving, draft: cloneDraft(receiving.draft), parser: { ...receiving.parser } },
    restoring: restoring && { ...restoring, parser: { ...restoring.parser } },
    reads: store.reads.slice(),
    obsolete: store.obsolete.slice(),
  }
}

/** An unsigned 32-bit hash of the state. */
export function hashSnapshotStore(store: SnapshotStore): number {
  const { identity, limits: _limits, ...state } = store
  return hashValue(hashValue(0, identity), state)
}

function nextTmpFile(store: SnapshotStore, meta: SnapshotMeta): string {
  store.draftCount += 1
  return `${snapshotFile(meta)}.${store.draftCount}.tmp`
}

/** The snapshot being received that `piece` belongs to, or a new one if `piece` is its first; null if neither. */
function receivingFor(store: SnapshotStore, piece: ReceivedPiece): Receiving | null {
  const { receiving } = store
  if (receiving !== null) {
    const { lastIndex, lastTerm } = receiving.draft.meta
    const isSame =
      lastIndex === piece.snapshot.lastIndex &&
      lastTerm === piece.snapshot.lastTerm &&
      receiving.sizeBytes === piece.sizeBytes &&
      receiving.checksum === piece.checksum
    if (isSame) return receiving
    // A late piece of an older snapshot must not discard a newer one.
    if (lastIndex > piece.snapshot.lastIndex || receiving.draft.isEnded) return null
  }
  if (piece.offset !== 0) return null
  abandonReceived(store)
  const draft = beginDraft(piece.snapshot, nextTmpFile(store, piece.snapshot))
  store.receiving = { draft, sizeBytes: piece.sizeBytes, checksum: piece.checksum, parser: createSnapshotParser(true) }
  return store.receiving
}

/** Parses each piece as it arrives, so that only a good snapshot of this cluster and group, the one announced, gets its real name. */
function examinePiece(store: SnapshotStore, receiving: Receiving, data: Uint8Array): string | null {
  const { parser, sizeBytes, checksum, draft } = receiving
  try {
    parseSnapshot(parser, data, store.limits.chunkBytesMax)
  } catch (error) {
    if (error instanceof WireError) return error.message
    throw error
  }
  const { meta, identity } = parser
  if (identity !== null && (identity.clusterId !== store.identity.clusterId || identity.groupId !== store.identity.groupId)) {
    return `a snapshot of cluster ${identity.clusterId}, group ${identity.groupId}`
  }
  if (meta !== null && (meta.lastIndex !== draft.meta.lastIndex || meta.lastTerm !== draft.meta.lastTerm)) {
    return `a snapshot of index ${meta.lastIndex}, term ${meta.lastTerm}, announced as ${draft.meta.lastIndex}, ${draft.meta.lastTerm}`
  }
  if (parser.bytesTaken > sizeBytes) return `${parser.bytesTaken} bytes, announced as ${sizeBytes}`
  if (parser.isComplete !== (parser.bytesTaken === sizeBytes)) return `its end is not at byte ${sizeBytes}, as announced`
  if (parser.isComplete && parser.checksum !== checksum) return "its checksum is not the one announced"
  return null
}
