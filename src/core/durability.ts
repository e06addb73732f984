/**
 * What is on disk, what is on its way there, and the promises that wait for it.
 *
 * Votes and acknowledgements are promises: they must not leave before what they promise is durable (Raft §5.1, Figure 2 "updated on stable
 * storage before responding to RPCs"). Writes are sealed one after the other, numbered, and completed in order. A completion names a number,
 * never an index: a truncation clamps what an older number may still acknowledge, so that a rewritten index is never taken for the old
 * one (the ABA hazard). Everything that happens while a write is under way goes into the next one.
 */

import { invariant } from "./invariants/invariant.ts"
import { entriesBetween, lastIndexOf } from "./log/log.ts"
import type { AppendEntriesReply, Message } from "./message.ts"
import type { RaftState } from "./state.ts"
import type { Entry, HardState, LogIndex } from "./types.ts"

/** What to write next, in order behind all earlier writes. */
export interface Write {
  /** Counts the writes; completions name it. */
  readonly number: number
  /** Null if neither term nor vote changed since the last write. */
  readonly hardState: HardState | null
  /** To append. If the first one's index is at or below what an earlier write held, it replaces that tail. */
  readonly entries: readonly Entry[]
}

interface SealedWrite {
  readonly number: number
  /** The end of the log that this write makes durable; lowered by truncation. */
  lastIndex: LogIndex
}

interface Promised {
  /** The write that makes it true. */
  readonly number: number
  readonly message: Message
}

export interface Durability {
  /** The number of the next write to be sealed. */
  nextNumber: number
  /** The entries up to here were handed to a write. */
  requestedIndex: LogIndex
  /** The entries up to here are on disk. */
  persistedIndex: LogIndex
  /** The hard state that was last handed to a write. */
  requested: HardState
  /** The write that carries `requested`. */
  requestedNumber: number
  /** Completed up to this number. */
  persistedNumber: number
  inflight: SealedWrite[]
  promises: Promised[]
}

export function createDurability(hardState: HardState, lastIndex: LogIndex): Durability {
  return {
    nextNumber: 1,
    requestedIndex: lastIndex,
    persistedIndex: lastIndex,
    requested: hardState,
    requestedNumber: 0,
    persistedNumber: 0,
    inflight: [],
    promises: [],
  }
}

export function cloneDurability(durability: Durability): Durability {
  return { ...durability, inflight: durability.inflight.map((write) => ({ ...write })), promises: durability.promises.slice() }
}

/** Whether term or vote changed since the last sealed write. */
function isHardStateDirty(state: RaftState): boolean {
  const { requested } = state.durability
  return state.term !== requested.term || state.votedFor !== requested.votedFor
}

/** Seals everything that changed since the last write, or returns null if nothing did. */
export function takeWrite(state: RaftState): Write | null {
  const { durability } = state
  const lastIndex = lastIndexOf(state.log)
  const dirty = isHardStateDirty(state)
  if (!dirty && durability.requestedIndex >= lastIndex) return null
  const number = durability.nextNumber
  const entries = durability.requestedIndex < lastIndex ? entriesBetween(state.log, durability.requestedIndex + 1, lastIndex) : []
  const hardState: HardState | null = dirty ? { term: state.term, votedFor: state.votedFor, commitIndex: state.commitIndex } : null
  durability.nextNumber += 1
  durability.requestedIndex = lastIndex
  durability.inflight.push({ number, lastIndex })
  if (hardState !== null) {
    durability.requested = hardState
    durability.requestedNumber = number
  }
  return { number, hardState, entries }
}

/** The number of the write after which term and vote as they are now are durable; 0 if they are already. */
export function writeOfHardState(state: RaftState): number {
  const { durability } = state
  if (isHardStateDirty(state)) return durability.nextNumber
  return durability.requestedNumber > durability.persistedNumber ? durability.requestedNumber : 0
}

/** The number of the write after which everything as it is now is durable; 0 if it is already. */
export function writeOfEverything(state: RaftState): number {
  const { durability } = state
  if (isHardStateDirty(state) || durability.requestedIndex < lastIndexOf(state.log)) return durability.nextNumber
  return durability.inflight.at(-1)?.number ?? 0
}

/** The entries from `from` on were removed from the log: what older writes hold there no longer counts. */
export function clampDurability(durability: Durability, from: LogIndex): void {
  const limit = from - 1
  durability.requestedIndex = Math.min(durability.requestedIndex, limit)
  durability.persistedIndex = Math.min(durability.persistedIndex, limit)
  for (const write of durability.inflight) write.lastIndex = Math.min(write.lastIndex, limit)
}

/** The whole log up to `index` was replaced by a durable snapshot. */
export function rebaseDurability(durability: Durability, index: LogIndex): void {
  durability.requestedIndex = index
  durability.persistedIndex = index
  for (const write of durability.inflight) write.lastIndex = Math.min(write.lastIndex, index)
}

/** Notes that the writes up to `number` are on disk, and returns the messages that waited for them. */
export function completeWrites(state: RaftState, number: number): Message[] {
  const { durability } = state
  if (number >= durability.nextNumber) {
    invariant(false, "a write was completed that was never sealed", { number, nextNumber: durability.nextNumber })
  }
  if (number <= durability.persistedNumber) return []
  durability.persistedNumber = number
  while (durability.inflight.length > 0 && durability.inflight[0]!.number <= number) {
    const write = durability.inflight.shift()!
    durability.persistedIndex = Math.max(durability.persistedIndex, write.lastIndex)
  }
  const { promises } = durability
  let count = 0
  while (count < promises.length && promises[count]!.number <= number) count += 1
  if (count === 0) return []
  const kept = count === promises.length ? promises : promises.splice(0, count)
  if (kept === promises) durability.promises = []
  return withoutSuperseded(kept)
}

/** Votes, and requests for them, that wait for the disk will not leave: this server has none any more. */
export function forgetVotes(durability: Durability): void {
  const isAboutVotes = ({ message: { kind } }: Promised): boolean =>
    kind === "requestVote" || kind === "requestVoteReply" || kind === "preVoteReply"
  durability.promises = durability.promises.filter((promised) => !isAboutVotes(promised))
}

/** Holds `message` back until write `number` is done. Numbers only grow, so the queue stays sorted but for early hard states. */
export function holdUntilDurable(durability: Durability, number: number, message: Message): void {
  const { promises } = durability
  let at = promises.length
  while (at > 0 && promises[at - 1]!.number > number) at -= 1
  if (at === promises.length) promises.push({ number, message })
  else promises.splice(at, 0, { number, message })
}

/** One write often answers many appends: of several acknowledgements to one leader only the last says anything new. */
function withoutSuperseded(promises: readonly Promised[]): Message[] {
  const messages: Message[] = []
  for (let i = 0; i < promises.length; i++) {
    const { message } = promises[i]!
    const next = promises[i + 1]?.message
    if (next === undefined || !isAcknowledgement(message) || !isAcknowledgement(next) || !supersedes(next, message)) messages.push(message)
  }
  return messages
}

function isAcknowledgement(message: Message): message is AppendEntriesReply {
  return message.kind === "appendEntriesReply" && message.success
}

function supersedes(next: AppendEntriesReply, earlier: AppendEntriesReply): boolean {
  return next.to === earlier.to && next.term === earlier.term && next.index >= earlier.index && next.round >= earlier.round
}
