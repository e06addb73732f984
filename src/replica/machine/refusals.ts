/**
 * Which commands the state machine refused by throwing (`onApplyError: "refuse"`): a part of the replicated state.
 *
 * Kept as a count and a running hash of their indexes, so that it costs nothing and says everything that two servers have to agree about.
 * The latest few are kept by index too, in this process only: with them a server can say what it had refused up to an earlier entry.
 */

import { hashNumbers, type LogIndex } from "../../core/index.ts"

/** Refusals by index that a server remembers in order to compare itself with others. */
export const recentRefusalsMax = 256

interface Mark {
  readonly index: LogIndex
  readonly count: number
  readonly hash: number
}

export interface Refusals {
  count: number
  /** Of all refused indexes, in their order; 0 if there are none. */
  hash: number
  /** The last one refused; 0 if there is none. */
  lastIndex: LogIndex
  /** What stood at the latest refusals, ascending. Of an older moment than the first, nothing is known here. */
  recent: readonly Mark[]
}

export function createRefusals(): Refusals {
  return { count: 0, hash: 0, lastIndex: 0, recent: [{ index: 0, count: 0, hash: 0 }] }
}

/** As a snapshot after entry `index` tells it. */
export function restoredRefusals(index: LogIndex, count: number, hash: number, lastIndex: LogIndex): Refusals {
  return { count, hash, lastIndex, recent: [{ index, count, hash }] }
}

export function cloneRefusals(refusals: Refusals): Refusals {
  return { ...refusals }
}

export function noteRefusal(refusals: Refusals, index: LogIndex): void {
  refusals.count += 1
  refusals.hash = hashNumbers(refusals.hash, index)
  refusals.lastIndex = index
  refusals.recent = [...refusals.recent, { index, count: refusals.count, hash: refusals.hash }].slice(-recentRefusalsMax)
}

/** Count and hash as they were after entry `index`; null where that is too long ago to be known here. */
export function refusalsAt(refusals: Refusals, index: LogIndex): Mark | null {
  return refusals.recent.findLast((mark) => mark.index <= index) ?? null
}

/** Adds them to a running hash. Where nothing was ever refused, the hash stays as it is. */
export function hashRefusals(hash: number, { count, hash: own }: Refusals): number {
  return count === 0 ? hash : hashNumbers(hash, count, own)
}
