/**
 * A snapshot file that is being written: bytes that wait to be written at known offsets of a `.tmp` file; at the end the sync and the real name.
 */

import type { SnapshotMeta } from "../core/index.ts"
import { crc32 } from "../wire/index.ts"
import type { DiskOperation, StorageIdentity } from "./disk.ts"
import { encodeChunkHeader, encodeSnapshotFooter, encodeSnapshotHeader, snapshotFile } from "./snapshot-file.ts"
import type { StoredSnapshot } from "./snapshot-store.ts"

const syncEveryBytes = 4 << 20

export interface SnapshotDraft {
  readonly meta: SnapshotMeta
  readonly tmpFile: string
  /** Bytes that were given to the disk. */
  writtenBytes: number
  /** Bytes that wait, in order. */
  pending: Uint8Array[]
  pendingBytes: number
  /** CRC-32 of all bytes added so far. */
  checksum: number
  chunkCount: number
  /** No more bytes will be added. */
  isEnded: boolean
}

type DraftPart =
  | { readonly kind: "header"; readonly identity: StorageIdentity; readonly meta: SnapshotMeta }
  /** Written in pieces of at most `pieceBytesMax`. */
  | { readonly kind: "chunk"; readonly chunk: Uint8Array; readonly pieceBytesMax: number }
  | { readonly kind: "footer" }
  /** Part of a file that another server made. */
  | { readonly kind: "raw"; readonly data: Uint8Array }

export function beginDraft(meta: SnapshotMeta, tmpFile: string): SnapshotDraft {
  return { meta, tmpFile, writtenBytes: 0, pending: [], pendingBytes: 0, checksum: 0, chunkCount: 0, isEnded: false }
}

export function cloneDraft(draft: SnapshotDraft): SnapshotDraft {
  return { ...draft, pending: draft.pending.slice() }
}

export function addToDraft(draft: SnapshotDraft, part: DraftPart): void {
  switch (part.kind) {
    case "header":
      addBytes(draft, encodeSnapshotHeader(part.identity, part.meta))
      return
    case "chunk":
      addChunk(draft, part.chunk, part.pieceBytesMax)
      return
    case "footer":
      addBytes(draft, encodeSnapshotFooter(draft.writtenBytes + draft.pendingBytes, draft.chunkCount, draft.checksum))
      return
    case "raw":
      addBytes(draft, part.data)
      return
    default:
      part satisfies never
  }
}

export function endDraft(draft: SnapshotDraft): void {
  draft.isEnded = true
}

/**
 * The next write of at most `bytesMax` bytes, or null while nothing waits. After the last bytes come sync, rename and sync of the folder, in this
 * order: the real name must never name contents that a power failure could still take away.
 */
export function takeDraftOperations(
  draft: SnapshotDraft,
  bytesMax: number,
): { readonly operations: DiskOperation[]; readonly stored: StoredSnapshot | null } | null {
  const { tmpFile, meta } = draft
  if (draft.pendingBytes === 0 && !draft.isEnded) return null
  const operations: DiskOperation[] = []
  if (draft.pendingBytes > 0) {
    const offset = draft.writtenBytes
    operations.push({ kind: "write", file: tmpFile, offset, data: takePending(draft, bytesMax) })
    // One sync of a whole large file at its end would delay the syncs of the log, which share the disk.
    const crossesStep = Math.floor(draft.writtenBytes / syncEveryBytes) > Math.floor(offset / syncEveryBytes)
    if (crossesStep && !(draft.isEnded && draft.pendingBytes === 0)) operations.push({ kind: "sync", file: tmpFile })
  }
  if (!draft.isEnded || draft.pendingBytes > 0) return { operations, stored: null }
  const file = snapshotFile(meta)
  operations.push({ kind: "sync", file: tmpFile }, { kind: "rename", from: tmpFile, to: file }, { kind: "syncDirectory" })
  return { operations, stored: { meta, file, sizeBytes: draft.writtenBytes, checksum: draft.checksum } }
}

/** At least one piece, so that an empty chunk is kept. */
function addChunk(draft: SnapshotDraft, chunk: Uint8Array, pieceBytesMax: number): void {
  let at = 0
  do {
    const piece = chunk.subarray(at, at + pieceBytesMax)
    at += piece.length
    draft.chunkCount += 1
    addBytes(draft, encodeChunkHeader(piece, at < chunk.length))
    addBytes(draft, piece)
  } while (at < chunk.length)
}

function addBytes(draft: SnapshotDraft, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  draft.pending.push(bytes)
  draft.pendingBytes += bytes.length
  draft.checksum = crc32(bytes, draft.checksum)
}

function takePending(draft: SnapshotDraft, bytesMax: number): Uint8Array[] {
  const data: Uint8Array[] = []
  let left = bytesMax
  let count = 0
  for (const bytes of draft.pending) {
    if (left === 0) break
    if (bytes.length > left) {
      data.push(bytes.subarray(0, left))
      draft.pending[count] = bytes.subarray(left)
      left = 0
      break
    }
    data.push(bytes)
    left -= bytes.length
    count += 1
  }
  draft.pending.splice(0, count)
  const taken = bytesMax - left
  draft.pendingBytes -= taken
  draft.writtenBytes += taken
  return data
}
