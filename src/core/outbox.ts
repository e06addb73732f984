/**
 * What a step wants said and done: filled by the rules, emptied by `takeReady`.
 *
 * Promises go through `send…AfterPersist` and wait in `durability`; everything else leaves at once.
 */

import { holdUntilDurable, writeOfEverything, writeOfHardState } from "./durability.ts"
import type { ForwardProposals, ForwardProposalsReply, InstallSnapshot, InstallSnapshotReply, Message } from "./message.ts"
import type { RaftObservation } from "./observation.ts"
import type { RaftState } from "./state.ts"
import type { LogIndex, NodeId } from "./types.ts"

/** The answer to a read that this server asked for (ReadIndex, dissertation §6.4). */
export interface ReadReady {
  /** The number that the read was asked with. */
  readonly readId: number
  /** A state machine that has applied so far may answer the read; null: the leader did not confirm it, ask again. */
  readonly readIndex: LogIndex | null
}

/** What one or more steps want done: messages to send, and what concerns the replica. */
export interface Ready {
  /** Messages to send now, in order. */
  messages: Message[]
  /** Chunks of snapshots from the leader of this term: for the replica's receiver. */
  snapshotChunks: InstallSnapshot[]
  /** Answers of followers to chunks: for the replica's sender. */
  snapshotReplies: InstallSnapshotReply[]
  /** Followers that need entries which the log no longer has: send them the latest snapshot. */
  snapshotsNeeded: NodeId[]
  /** Other servers' proposals that reached this one. */
  forwarded: ForwardProposals[]
  /** This server's own proposals that the leader did not take. */
  forwardRejections: ForwardProposalsReply[]
  /** Reads of this server that were answered. */
  reads: ReadReady[]
  /** What happened, in order. */
  observations: RaftObservation[]
}

export function createReady(): Ready {
  return {
    messages: [],
    snapshotChunks: [],
    snapshotReplies: [],
    snapshotsNeeded: [],
    forwarded: [],
    forwardRejections: [],
    reads: [],
    observations: [],
  }
}

export function isEmptyReady(ready: Ready): boolean {
  return (
    ready.messages.length === 0 &&
    ready.reads.length === 0 &&
    ready.observations.length === 0 &&
    ready.snapshotChunks.length === 0 &&
    ready.snapshotReplies.length === 0 &&
    ready.snapshotsNeeded.length === 0 &&
    ready.forwarded.length === 0 &&
    ready.forwardRejections.length === 0
  )
}

/** Hands over what `ready` holds, and leaves it empty. Most of its lists are empty anyway: those that leave share one, which nobody may fill. */
export function takeReady(ready: Ready): Ready {
  const taken: Ready = {
    messages: ready.messages.length === 0 ? none : ready.messages,
    snapshotChunks: ready.snapshotChunks.length === 0 ? none : ready.snapshotChunks,
    snapshotReplies: ready.snapshotReplies.length === 0 ? none : ready.snapshotReplies,
    snapshotsNeeded: ready.snapshotsNeeded.length === 0 ? none : ready.snapshotsNeeded,
    forwarded: ready.forwarded.length === 0 ? none : ready.forwarded,
    forwardRejections: ready.forwardRejections.length === 0 ? none : ready.forwardRejections,
    reads: ready.reads.length === 0 ? none : ready.reads,
    observations: ready.observations.length === 0 ? none : ready.observations,
  }
  if (taken.messages !== none) ready.messages = []
  if (taken.snapshotChunks !== none) ready.snapshotChunks = []
  if (taken.snapshotReplies !== none) ready.snapshotReplies = []
  if (taken.snapshotsNeeded !== none) ready.snapshotsNeeded = []
  if (taken.forwarded !== none) ready.forwarded = []
  if (taken.forwardRejections !== none) ready.forwardRejections = []
  if (taken.reads !== none) ready.reads = []
  if (taken.observations !== none) ready.observations = []
  return taken
}

const none: never[] = []

/** Sends `message` once everything that this server knows now is on disk: entries, term and vote. */
export function sendAfterPersist(state: RaftState, out: Ready, message: Message): void {
  sendAfter(state, out, writeOfEverything(state), message)
}

/** Sends `message` once term and vote are on disk: for answers that promise nothing about entries. */
export function sendAfterVote(state: RaftState, out: Ready, message: Message): void {
  sendAfter(state, out, writeOfHardState(state), message)
}

function sendAfter(state: RaftState, out: Ready, number: number, message: Message): void {
  if (number > 0) holdUntilDurable(state.durability, number, message)
  else out.messages.push(message)
}
