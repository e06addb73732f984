/**
 * Sending snapshots to followers that fell behind the log (Raft §7, Figure 13), one stream per follower.
 *
 * Chunks are read from the pinned file and sent in a bounded window. Each reply says how many bytes from the start the receiver holds: that
 * is where the stream goes on, after a lost chunk, a broken connection or a restart of the receiver alike. What is not confirmed in time is
 * sent again; after a long silence the stream is given up, and the core begins anew when the follower shows itself.
 */

import { invariant } from "../../core/index.ts"
import type { InstallSnapshotReply, LogIndex, Milliseconds, NodeId } from "../../core/index.ts"
import {
  createSnapshotParser,
  isAsWritten,
  noteCorruptSnapshot,
  pinSnapshot,
  readSnapshot,
  unpinSnapshot,
  type SnapshotParser,
  type SnapshotProgress,
  type SnapshotStore,
  type StoredSnapshot,
} from "../../storage/index.ts"
import type { Effects } from "../effect.ts"
import { snapshotDataBytesMax } from "../options/frame-fit.ts"
import type { ReplicaOptions } from "../options/options.ts"
import type { ReplicaState } from "../replica-state.ts"

interface Stream {
  readonly peer: NodeId
  readonly snapshot: StoredSnapshot
  /** The receiver holds this much, in bytes. */
  confirmed: number
  /** Read and sent up to here, or about to be. */
  next: number
  /** The read under way, or 0. Older ones are ignored when they complete. */
  readId: number
  /** Something was lost: one chunk at a time, until one is confirmed. */
  isProbing: boolean
  /** Reads along, in order from the start: what the receiver would find damaged is found before it is sent. Anew whenever the receiver begins anew. */
  parser: SnapshotParser
  /** The file is not what was written: nothing is sent until another snapshot was taken, and then that one. */
  isCorrupt: boolean
  heardAt: Milliseconds
  /** When something was last sent or confirmed. */
  movedAt: Milliseconds
}

export interface SnapshotSending {
  streams: Map<NodeId, Stream>
  nextReadId: number
}

/** The parts of a replica that send snapshots. */
type Sender = Pick<ReplicaState, "sending" | "snapshots" | "raft" | "options" | "now">
/** Bytes of a snapshot that the disk has read: the answer to `readSnapshot`. */
type ReadBytes = Extract<SnapshotProgress, { readonly kind: "read" }>

export function createSnapshotSending(): SnapshotSending {
  return { streams: new Map(), nextReadId: 1 }
}

export function cloneSnapshotSending(sending: SnapshotSending): SnapshotSending {
  return { ...sending, streams: new Map([...sending.streams].map(([peer, stream]) => [peer, { ...stream, parser: { ...stream.parser } }])) }
}

/** The core says that `peer` needs the latest snapshot. */
export function beginSending(state: Sender, peer: NodeId): void {
  const { sending, snapshots, now } = state
  endStream(state, peer)
  const { latest, isLatestCorrupt } = snapshots
  invariant(latest !== null, "the log was compacted, but there is no snapshot", { peer })
  pinSnapshot(snapshots, latest)
  const start = { confirmed: 0, next: 0, readId: 0, isProbing: false, parser: createSnapshotParser(true), isCorrupt: isLatestCorrupt }
  sending.streams.set(peer, { peer, snapshot: latest, ...start, heardAt: now, movedAt: now })
}

/** The receiver tells how much it holds. */
export function onSnapshotReply(state: Sender, reply: InstallSnapshotReply, effects: Effects): void {
  const { sending, raft, now } = state
  const stream = sending.streams.get(reply.from)
  if (stream === undefined || stream.snapshot.meta.lastIndex !== reply.lastIndex) return
  stream.heardAt = now
  if (reply.done) {
    endStream(state, reply.from)
    effects.observations.push({ kind: "snapshotSent", to: reply.from, lastIndex: reply.lastIndex })
    raft.snapshotSent(reply.from, reply.lastIndex, true)
    return
  }
  const held = Math.min(reply.nextOffset, stream.snapshot.sizeBytes)
  if (held > stream.confirmed) {
    stream.confirmed = held
    stream.next = Math.max(stream.next, held)
    stream.isProbing = false
    stream.movedAt = now
    return
  }
  // Nothing new, though more was sent: a chunk was lost. Less than before: the receiver began anew. While probing, the same again is only the
  // answers to what was sent before.
  if (!stream.isProbing || held < stream.confirmed) goBackTo(stream, held, now)
}

/** Reads what the windows have room for; repeats what was not confirmed in time; gives up on the silent. */
export function driveSending(state: Sender): void {
  const { sending, snapshots, raft, options, now } = state
  for (const stream of sending.streams.values()) {
    if (raft.state.role.kind !== "leader" || raft.state.role.progress.get(stream.peer)?.state !== "snapshot") {
      endStream(state, stream.peer)
    } else if (stream.isCorrupt && stream.snapshot !== snapshots.latest) {
      beginSending(state, stream.peer)
    } else if (now >= stream.heardAt + options.snapshotSilenceMaxMs) {
      endStream(state, stream.peer)
      raft.snapshotSent(stream.peer, stream.snapshot.meta.lastIndex, false)
    } else {
      if (now >= stream.movedAt + options.snapshotResendMs) goBackTo(stream, stream.confirmed, now)
      readAhead(state, stream)
    }
  }
}

/** A chunk was read: send it, unless the stream went elsewhere meanwhile. */
export function onSnapshotRead(state: Sender, { readId, offset, data }: ReadBytes, effects: Effects): void {
  const { sending, snapshots, raft, now } = state
  // Leadership may have ended while the disk was reading: in the new term these words are another's.
  if (raft.state.role.kind !== "leader") return
  for (const stream of sending.streams.values()) {
    if (stream.readId !== readId || stream.isCorrupt) continue
    const { meta, sizeBytes, checksum, file } = stream.snapshot
    stream.readId = 0
    if (!isGood(stream, snapshots, offset, data)) {
      // A receiver would throw all of it away and begin anew, for ever.
      for (const other of sending.streams.values()) if (other.snapshot === stream.snapshot) other.isCorrupt = true
      noteCorruptSnapshot(snapshots, stream.snapshot)
      effects.observations.push({ kind: "snapshotCorrupt", lastIndex: meta.lastIndex, file })
      return
    }
    stream.next = offset + data.length
    stream.movedAt = now
    effects.messages.push({
      kind: "installSnapshot",
      from: raft.state.options.id,
      to: stream.peer,
      term: raft.state.term,
      snapshot: meta,
      sizeBytes,
      checksum,
      offset,
      data,
      done: stream.next >= sizeBytes,
    })
    return
  }
}

/** When `driveSending` has something to do. */
export function sendingDeadline(sending: SnapshotSending, options: ReplicaOptions): Milliseconds {
  let deadline = Infinity
  for (const stream of sending.streams.values()) {
    deadline = Math.min(deadline, stream.movedAt + options.snapshotResendMs, stream.heardAt + options.snapshotSilenceMaxMs)
  }
  return deadline
}

/** The first index that must stay in the log for those who are being sent a snapshot. */
export function neededBySending(sending: SnapshotSending): LogIndex {
  let index = Infinity
  for (const { snapshot } of sending.streams.values()) index = Math.min(index, snapshot.meta.lastIndex + 1)
  return index
}

function readAhead({ sending, snapshots, options }: Sender, stream: Stream): void {
  const { sizeBytes, meta } = stream.snapshot
  if (stream.readId !== 0 || stream.isCorrupt || stream.next >= sizeBytes) return
  const chunkBytes = snapshotDataBytesMax(meta.configuration, options)
  const chunksMax = stream.isProbing ? 1 : options.snapshotChunksInflightMax
  if (stream.next >= stream.confirmed + chunkBytes * chunksMax) return
  stream.readId = sending.nextReadId
  sending.nextReadId += 1
  readSnapshot(snapshots, stream.snapshot, stream.readId, stream.next, Math.min(chunkBytes, sizeBytes - stream.next))
}

/** Looks at what was read for the first time and in order; what is read again was looked at before. */
function isGood({ snapshot, parser }: Stream, store: SnapshotStore, offset: number, data: Uint8Array): boolean {
  const { bytesTaken } = parser
  if (offset > bytesTaken || offset + data.length <= bytesTaken) return true
  return isAsWritten(store, snapshot, parser, data.subarray(bytesTaken - offset))
}

function goBackTo(stream: Stream, offset: number, now: Milliseconds): void {
  // The last byte is asked for again where all was sent: its answer says whether the receiver is done.
  const { sizeBytes } = stream.snapshot
  // The file may have been damaged since it was checked: that is why a receiver discards everything.
  if (offset === 0) stream.parser = createSnapshotParser(true)
  stream.confirmed = offset
  stream.next = Math.min(offset, sizeBytes - 1)
  stream.readId = 0
  stream.isProbing = true
  stream.movedAt = now
}

function endStream({ sending, snapshots }: Sender, peer: NodeId): void {
  const stream = sending.streams.get(peer)
  if (stream === undefined) return
  sending.streams.delete(peer)
  unpinSnapshot(snapshots, stream.snapshot)
}
