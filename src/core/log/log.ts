/**
 * The log as the algorithm sees it: a base position that stands for all that was compacted away, and the entries after it (Raft §5.3, §7).
 *
 * The base can lie below the latest snapshot: a tail is kept behind it, so that a briefly absent follower needs no snapshot. What is on disk
 * is not this file's matter; see `durability.ts`.
 */

import { invariant, InvariantError } from "../invariants/invariant.ts"
import type { Entry, LogIndex, LogPosition, Term } from "../types.ts"
import {
  cloneEntryList,
  createEntryList,
  dropEntries,
  entryAt,
  entryBytesAt,
  entryTermAt,
  pushEntry,
  sliceEntries,
  truncateEntries,
  type EntryList,
} from "./entry-list.ts"

export interface Log {
  /** The last position that was compacted away; its term is still known, so it can be a `prevLogIndex`. (0, 0) at the beginning. */
  base: LogPosition
  entries: EntryList
}

export function createLog(base: LogPosition, entries: readonly Entry[]): Log {
  const log: Log = { base, entries: createEntryList() }
  for (const entry of entries) appendEntry(log, entry)
  return log
}

export function cloneLog(log: Log): Log {
  return { base: log.base, entries: cloneEntryList(log.entries) }
}

export function lastIndexOf(log: Log): LogIndex {
  return log.base.index + log.entries.length
}

export function lastTermOf(log: Log): Term {
  const { entries } = log
  return entries.length === 0 ? log.base.term : entryTermAt(entries, entries.length - 1)
}

/** The term of the entry at `index`, or null where the log does not (or no longer) know it. */
export function termAt(log: Log, index: LogIndex): Term | null {
  const { base, entries } = log
  if (index === base.index) return base.term
  if (index < base.index || index > base.index + entries.length) return null
  return entryTermAt(entries, index - base.index - 1)
}

/** The entry at `index`, which the log must hold. */
export function entryOf(log: Log, index: LogIndex): Entry {
  if (index <= log.base.index || index > lastIndexOf(log)) refuseOutside(log, index, index)
  return entryAt(log.entries, index - log.base.index - 1)
}

/** The entries from `from` through `through`, both inclusive; all of them must be held. */
export function entriesBetween(log: Log, from: LogIndex, through: LogIndex): Entry[] {
  if (from <= log.base.index || through > lastIndexOf(log)) refuseOutside(log, from, through)
  return sliceEntries(log.entries, from - log.base.index - 1, through - log.base.index)
}

/** Apart, so that the details are put together only when there is something to say. */
function refuseOutside(log: Log, from: LogIndex, through: LogIndex): never {
  throw new InvariantError("asked for entries that the log does not hold", {
    from,
    through,
    base: log.base.index,
    lastIndex: lastIndexOf(log),
  })
}

/** Entries from `from` on: at most `countMax`, and at most `bytesMax` of data unless the first alone is larger. */
export function entriesFrom(log: Log, from: LogIndex, countMax: number, bytesMax: number): Entry[] {
  const start = from - log.base.index - 1
  const end = Math.min(log.entries.length, start + countMax)
  let bytes = 0
  let at = start
  while (at < end) {
    bytes += entryBytesAt(log.entries, at)
    if (bytes > bytesMax && at > start) break
    at += 1
  }
  return sliceEntries(log.entries, start, at)
}

/** Appends `entry`, which must follow the last one. */
export function appendEntry(log: Log, entry: Entry): void {
  const lastIndex = lastIndexOf(log)
  const lastTerm = lastTermOf(log)
  // The hottest assertions there are: their details are put together only when they are broken.
  if (entry.index !== lastIndex + 1) invariant(false, "a gap in the log", { lastIndex, index: entry.index })
  if (entry.term < lastTerm) invariant(false, "terms in the log went backwards", { lastTerm, term: entry.term, index: entry.index })
  pushEntry(log.entries, entry)
}

/** Removes `from` and everything behind it. */
export function truncateLog(log: Log, from: LogIndex): void {
  invariant(from > log.base.index, "truncation of what was compacted", { from, base: log.base.index })
  truncateEntries(log.entries, from - log.base.index - 1)
}

/** Forgets the entries up to and including `through`, whose term is remembered. */
export function compactLog(log: Log, through: LogIndex): void {
  if (through <= log.base.index) return
  const term = termAt(log, through)
  invariant(term !== null, "compaction beyond the end of the log", { through, lastIndex: lastIndexOf(log) })
  dropEntries(log.entries, through - log.base.index)
  log.base = { index: through, term }
}

/** Replaces the whole log by a position: what a snapshot stands for. */
export function resetLog(log: Log, base: LogPosition): void {
  log.base = base
  log.entries = createEntryList()
}

/**
 * The largest index not above `index` whose term is not above `term`: the last place where a log that has `term` at `index` may agree with
 * this one. Both sides skip with it, so that repair takes about one probe per term (Raft §5.3, last paragraphs).
 */
export function findConflictByTerm(log: Log, index: LogIndex, term: Term): LogIndex {
  let at = Math.min(index, lastIndexOf(log))
  while (at > log.base.index && termAt(log, at)! > term) at -= 1
  return at
}

/** Raft §5.4.1: whether a log that ends with (`lastLogTerm`, `lastLogIndex`) is at least as up to date as this one. */
export function isUpToDate(log: Log, lastLogIndex: LogIndex, lastLogTerm: Term): boolean {
  const lastTerm = lastTermOf(log)
  return lastLogTerm > lastTerm || (lastLogTerm === lastTerm && lastLogIndex >= lastIndexOf(log))
}
