/**
 * Remembers which entries a server's log held, to tell what changed since.
 *
 * Entries are immutable and shared, so that "the same entry" is "the same object", or one that was packed away and made again, with its bytes in
 * the same place. A run of old entries that is packed away is as immutable as they are: the same run holds the same entries, and which those are was
 * looked at once, one by one. Logs change at their end only: looking back from there until a known entry is found shows every change that truncation
 * and appending can make. Each look also compares a few entries deeper down, another place each time, so that a change there does not stay hidden.
 */

import type { Entry, LogIndex, RaftState } from "../../core/index.ts"
import { SharedList } from "../ground/shared-list.ts"

/** A server's log, as it is and entry by entry. */
export interface MirroredLog {
  readonly log: RaftState["log"]
  readonly lastIndex: LogIndex
  entry(index: LogIndex): Entry | undefined
}

/** Entries deeper down that are compared at a time, where a look there is due. */
const windowEntries = 64

type PackedRun = Exclude<RaftState["log"]["entries"]["chunks"][number], Entry[]>

export class LogMirror {
  private base: LogIndex = 0
  private entries = new SharedList<Entry>()
  /** The packed runs that were found to hold just what the mirror remembers. */
  private knownRuns = new Set<PackedRun>()
  /** Whether a clone has the same runs: then they are copied before they change. */
  private sharesRuns = false

  get lastIndex(): LogIndex {
    return this.base + this.entries.length
  }

  /**
   * Brings the mirror up to date and returns the first index at which the log is not what it was; `lastIndex + 1` if it is. `place`, from 0 to 1,
   * is where in the log to look deeper down; null for nowhere.
   */
  update(view: MirroredLog, place: number | null): LogIndex {
    const { lastIndex } = view
    const { base } = view.log
    const known = this.lastIndex
    if (base.index > known || base.index < this.base) {
      // Another log altogether: a snapshot took its place.
      this.base = base.index
      this.entries = new SharedList()
      this.forgetRuns()
      this.append(view, base.index + 1)
      return base.index + 1
    }
    const from = Math.max(this.base, base.index)
    let changed = Math.min(known, lastIndex) + 1
    for (let index = changed - 1; index > from && !this.isSame(view, index); index--) changed = index
    if (place !== null) {
      const first = from + 1 + Math.floor(place * Math.max(0, changed - from - windowEntries))
      for (let index = first; index < Math.min(changed, first + windowEntries); index++) if (!this.isSame(view, index)) changed = index
    }
    if (base.index - this.base > windowEntries) {
      this.entries = this.entries.slice(base.index - this.base, this.entries.length)
      this.base = base.index
      this.ownRuns()
      for (const run of this.knownRuns) if (run.firstIndex + run.length - 1 <= base.index) this.knownRuns.delete(run)
    }
    // Most steps leave the log alone.
    if (changed <= Math.max(known, lastIndex)) this.append(view, changed)
    return changed
  }

  clone(): LogMirror {
    const copy = new LogMirror()
    copy.base = this.base
    copy.entries = this.entries.clone()
    copy.knownRuns = this.knownRuns
    copy.sharesRuns = true
    this.sharesRuns = true
    return copy
  }

  private ownRuns(): void {
    if (!this.sharesRuns) return
    this.knownRuns = new Set(this.knownRuns)
    this.sharesRuns = false
  }

  private forgetRuns(): void {
    this.knownRuns = new Set()
    this.sharesRuns = false
  }

  /** Forgets what was from `index` on, and takes in what is there now. */
  private append(view: MirroredLog, from: LogIndex): void {
    const kept = from - 1 - this.base
    if (this.entries.length > kept) {
      this.entries = this.entries.slice(0, kept)
      this.forgetRuns()
    }
    for (let index = from; index <= view.lastIndex; index++) this.entries.push(view.entry(index)!)
  }

  /** Whether the entry that was at `index` of the log is still there. */
  private isSame({ log: { base, entries } }: MirroredLog, index: LogIndex): boolean {
    const { chunks, skip } = entries
    const at = skip + index - base.index - 1
    // All chunks are as long as the first, but for the last one.
    const length = chunks[0]!.length
    const number = at < length ? 0 : Math.floor(at / length)
    const chunk = chunks[number]!
    const position = at - number * length
    if (Array.isArray(chunk)) return isSame(this.entryAt(index)!, chunk[position]!)
    // A run that is in the wrong place holds the wrong entries, whatever is in it.
    if (chunk.firstIndex + position !== index) return false
    return this.knows(chunk) || holds(chunk, position, this.entryAt(index)!)
  }

  /** Whether `run` holds just what the mirror remembers, wherever it does. */
  private knows(run: PackedRun): boolean {
    if (this.knownRuns.has(run)) return true
    for (let position = 0; position < run.length; position++) {
      const index = run.firstIndex + position
      if (index <= this.base) continue
      const entry = this.entryAt(index)
      if (entry === undefined || !holds(run, position, entry)) return false
    }
    this.ownRuns()
    this.knownRuns.add(run)
    return true
  }

  private entryAt(index: LogIndex): Entry | undefined {
    return this.entries.at(index - this.base - 1)
  }
}

/** Whether `entry` is at `position` of the run. Compared where it is: to make an entry of it again would cost ten times as much. */
function holds(run: PackedRun, position: number, { index, term, kind, data }: Entry): boolean {
  return (
    run.firstIndex + position === index &&
    run.terms[position] === term &&
    run.lengths[position] === data.length &&
    run.offsets[position] === data.byteOffset &&
    run.buffers[run.bufferNumbers[position]!] === data.buffer &&
    data.length > 0 &&
    kind === "command"
  )
}

function isSame(one: Entry, other: Entry): boolean {
  if (one === other) return true
  const { data } = other
  const isSamePlace = one.data.buffer === data.buffer && one.data.byteOffset === data.byteOffset && one.data.length === data.length
  return isSamePlace && one.index === other.index && one.term === other.term && one.kind === other.kind && data.length > 0
}
