/**
 * Receiving a snapshot from the leader (Raft §7, Figure 13): gather, verify, make durable, adopt, then restore the state machine from it.
 *
 * The store gathers and verifies beside the last good snapshot, so one that is interrupted or damaged changes nothing. Adoption is a decision
 * of the core, made once the file is durable. The state machine is then restored from the file in slices; until it is done it keeps its former
 * state, answers stale reads from it, and nothing is applied. A newer snapshot that arrives meanwhile simply starts the restore anew.
 *
 * The answer to a chunk is its flow control: where the disk is behind, it waits for the disk.
 */

import {
  invariant,
  type InstallSnapshot,
  type LogIndex,
  type Message,
  type NodeId,
  type Raft,
  type SnapshotMeta,
} from "../../core/index.ts"
import { abandonReceived, beginRestore, continueRestore, receiveSnapshotPiece, type SnapshotProgress } from "../../storage/index.ts"
import type { Applied } from "../apply.ts"
import type { Effects } from "../effect.ts"
import { callRestore } from "../machine/machine-calls.ts"
import { restoredRefusals } from "../machine/refusals.ts"
import type { SnapshotSink, StateMachine } from "../machine/state-machine.ts"
import type { ReplicaState } from "../replica-state.ts"
import { ContentReader } from "./snapshot-content.ts"

/** An answer that waits for the disk. */
interface OwedReply {
  readonly to: NodeId
  readonly lastIndex: LogIndex
  readonly nextOffset: number
}

interface Restoring {
  readonly meta: SnapshotMeta
  readonly sizeBytes: number
  readonly from: NodeId
  feed: RestoreFeed
}

export interface SnapshotReceiving {
  /** What is being gathered, and from whom; null if nothing is. */
  current: { readonly lastIndex: LogIndex; readonly from: NodeId } | null
  /** Bytes accepted since the snapshot lane was last idle. */
  unwrittenBytes: number
  owed: OwedReply | null
  restoring: Restoring | null
}

/** The parts of a replica that receive a snapshot. */
type Receiver = Pick<ReplicaState, "receiving" | "snapshots" | "raft" | "options">
/** The parts of a replica that restore the state machine from a received snapshot. */
type Restorer = Pick<ReplicaState, "receiving" | "snapshots" | "applied" | "options">
/** Chunks of a snapshot that the disk has read: the answer to `beginRestore` and `continueRestore`. */
type RestoredChunks = Extract<SnapshotProgress, { readonly kind: "restored" }>

export function createSnapshotReceiving(): SnapshotReceiving {
  return { current: null, unwrittenBytes: 0, owed: null, restoring: null }
}

/** `machine` is the clone's own machine, which the copied restore will change. */
export function cloneSnapshotReceiving(receiving: SnapshotReceiving, machine: StateMachine): SnapshotReceiving {
  const { restoring } = receiving
  return { ...receiving, restoring: restoring === null ? null : { ...restoring, feed: restoring.feed.clone(machine) } }
}

/** A chunk that passed the core's term gate. */
export function onSnapshotChunk(state: Receiver, chunk: InstallSnapshot, effects: Effects): void {
  const { receiving, snapshots, raft, options } = state
  const { snapshot, sizeBytes, checksum, offset, data, from } = chunk
  const { lastIndex } = snapshot
  if (lastIndex <= raft.commitIndex) {
    // Not needed any more. To say so promises that everything up to there is on this disk, and counts in this term.
    if (receiving.current?.lastIndex === lastIndex) stopReceiving(state)
    const isDurable = lastIndex <= raft.state.durability.persistedIndex
    raft.sendAfterVote(replyTo(raft, from, lastIndex, sizeBytes, isDurable))
    return
  }
  const { current } = receiving
  // Only this term's leader gets here. What a former one began will not be finished, and must not keep an older snapshot out.
  if (current !== null && current.from !== from && current.lastIndex > lastIndex && snapshots.receiving?.draft.isEnded === false) {
    stopReceiving(state)
  }
  const { nextOffset, damaged } = receiveSnapshotPiece(snapshots, { snapshot, sizeBytes, checksum, offset, data })
  // A late chunk of an older snapshot changes nothing about the newer one that is on its way.
  if (snapshots.receiving?.draft.meta.lastIndex === lastIndex) receiving.current = { lastIndex, from }
  if (damaged !== null) effects.observations.push({ kind: "snapshotDamaged", lastIndex, from, because: damaged })
  receiving.unwrittenBytes += data.length
  if (receiving.unwrittenBytes >= options.snapshotWriteBytesMax) receiving.owed = { to: from, lastIndex, nextOffset }
  else effects.messages.push(replyTo(raft, from, lastIndex, nextOffset, false))
}

/** The snapshot lane is idle: what was accepted is written, and the sender may go on. */
export function onSnapshotLaneIdle(receiving: SnapshotReceiving, raft: Raft, messages: Message[]): void {
  receiving.unwrittenBytes = 0
  const { owed } = receiving
  if (owed === null) return
  receiving.owed = null
  messages.push(replyTo(raft, owed.to, owed.lastIndex, owed.nextOffset, false))
}

/** What was received is durable, and the core has decided about it: tells the sender that it is done. Returns the sender. */
export function finishReceiving(receiving: SnapshotReceiving, raft: Raft): NodeId {
  const { current } = receiving
  invariant(current !== null, "a snapshot was received that nobody sent")
  receiving.current = null
  receiving.owed = null
  // The leader counts it as an acknowledgement, which is of its term: that has to be on disk, too.
  raft.sendAfterVote(replyTo(raft, current.from, current.lastIndex, 0, true))
  return current.from
}

/** Gives up what is being gathered. */
export function stopReceiving({ receiving, snapshots }: Pick<Receiver, "receiving" | "snapshots">): void {
  receiving.current = null
  receiving.owed = null
  abandonReceived(snapshots)
}

/** The core adopted the latest snapshot in the place of its log: begin to read it for the state machine. */
export function beginRestoring({ receiving, snapshots, applied, options }: Restorer, from: NodeId): void {
  const { latest } = snapshots
  invariant(latest !== null, "a snapshot was adopted that is not there")
  const feed = new RestoreFeed(applied.machine, options.cloneable === true)
  receiving.restoring = { meta: latest.meta, sizeBytes: latest.sizeBytes, from, feed }
  beginRestore(snapshots)
}

/** More of the file was read. True once the state is that of the snapshot. */
export function onRestoreChunks(
  { receiving, snapshots, applied }: Restorer,
  { chunks, done }: RestoredChunks,
  { observations }: Effects,
): boolean {
  const { restoring } = receiving
  invariant(restoring !== null, "chunks of a restore that nobody began")
  for (const chunk of chunks) restoring.feed.write(chunk)
  if (!done) {
    continueRestore(snapshots)
    return false
  }
  receiving.restoring = null
  restoring.feed.finish(applied, restoring.meta)
  observations.push({
    kind: "snapshotInstalled",
    lastIndex: restoring.meta.lastIndex,
    sizeBytes: restoring.sizeBytes,
    from: restoring.from,
  })
  return true
}

/** Deals a snapshot's chunks to the replica's part and to the state machine; also used by recovery. */
export class RestoreFeed {
  readonly #machine: StateMachine
  readonly #content = new ContentReader()
  #sink: SnapshotSink | null = null
  /** What was written so far, where a clone may be asked for: a half-fed sink cannot be copied, but fed anew. */
  readonly #kept: Uint8Array[] | null

  constructor(machine: StateMachine, isCloneable: boolean) {
    this.#machine = machine
    this.#kept = isCloneable ? [] : null
  }

  /** Throws a `MachineError` about what the state machine throws, as it does at a chunk that is not its own. */
  write(chunk: Uint8Array): void {
    this.#kept?.push(chunk)
    if (!this.#content.isComplete) {
      this.#content.write(chunk)
      return
    }
    this.#sink ??= callRestore(this.#machine)
    this.#sink.write(chunk)
  }

  /** Puts the snapshot's state in the place of `applied`'s. */
  finish(applied: Applied, meta: SnapshotMeta): void {
    if (!this.#content.isComplete) throw new RangeError("the snapshot ends before its sessions do")
    this.#sink ??= callRestore(this.#machine)
    this.#sink.finish()
    const { count, hash, lastIndex } = this.#content.refusals
    applied.sessions = this.#content.sessions
    applied.refusals = restoredRefusals(meta.lastIndex, count, hash, lastIndex)
    applied.timeMs = this.#content.timeMs
    applied.lastApplied = meta.lastIndex
    applied.lastAppliedTerm = meta.lastTerm
    if (applied.keeping !== null) applied.keeping = { ...applied.keeping, isWhole: true }
  }

  clone(machine: StateMachine): RestoreFeed {
    if (this.#kept === null) throw new Error("a replica cannot be cloned in the middle of a restore unless its option `cloneable` is set")
    const copy = new RestoreFeed(machine, true)
    for (const chunk of this.#kept) copy.write(chunk)
    return copy
  }
}

function replyTo(raft: Raft, to: NodeId, lastIndex: LogIndex, nextOffset: number, done: boolean): Message {
  return { kind: "installSnapshotReply", from: raft.state.options.id, to, term: raft.state.term, lastIndex, nextOffset, done }
}
