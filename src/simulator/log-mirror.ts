/**
 * Remembers which entries a server's log held, to tell what changed since.
 *
 * Entries are immutable and shared, so that "the same entry" is "the same object", or one that was packed away and made again, with its bytes in
 * the same place. Logs change at their end only: looking back from there until an old acquaintance turns up finds every change that truncation
 * and appending can make. Each look also compares a few entries deeper down, another place each time, so that a change there does not stay hidden.
 */

import type { Entry, LogIndex, RaftState } from "../core/index.ts"

/** A server's log, as it is and entry by entry. */
export interface MirroredLog {
  readonly log: RaftState["log"]
  readonly lastIndex: LogIndex
  entry(index: LogIndex): Entry | undefined
}

/** Entries deeper down that are compared at a time, where a look there is due. */
const windowEntries = 64

export class LogMirror {
  private base: LogIndex = 0
  private entries: Entry[] = []
  /** Whether a clone has the same array: then it is copied before it changes. */
  private shared = false

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
      this.entries = []
      this.shared = false
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
      this.entries = this.entries.slice(base.index - this.base)
      this.shared = false
      this.base = base.index
    }
    // Most steps leave the log alone.
    if (changed <= Math.max(known, lastIndex)) this.append(view, changed)
    return changed
  }

  clone(): LogMirror {
    const copy = new LogMirror()
    copy.base = this.base
    copy.entries = this.entries
    copy.shared = true
    this.shared = true
    return copy
  }

  /** Forgets what was from `index` on, and takes in what is there now. */
  private append(view: MirroredLog, from: LogIndex): void {
    if (this.shared) this.entries = this.entries.slice()
    this.shared = false
    const kept = from - 1 - this.base
    if (this.entries.length > kept) this.entries.length = kept
    for (let index = from; index <= view.lastIndex; index++) this.entries.push(view.entry(index)!)
  }

  private isSame({ log }: MirroredLog, index: LogIndex): boolean {
    return holds(log, index, this.entries[index - this.base - 1]!)
  }
}

/** Whether `entry` stands at `index` of the log. One that is packed away is compared where it is: to make it again would cost ten times as much. */
function holds({ base, entries: { chunks, skip } }: RaftState["log"], index: LogIndex, entry: Entry): boolean {
  const at = skip + index - base.index - 1
  // All chunks are as long as the first, but for the last one.
  const length = chunks[0]!.length
  const number = at < length ? 0 : Math.floor(at / length)
  const chunk = chunks[number]!
  const position = at - number * length
  if (Array.isArray(chunk)) return isSame(entry, chunk[position]!)
  const { data } = entry
  const isSamePlace = chunk.offsets[position] === data.byteOffset && chunk.lengths[position] === data.length && data.length > 0
  return (
    isSamePlace &&
    chunk.terms[position] === entry.term &&
    chunk.firstIndex + position === entry.index &&
    chunk.buffers[chunk.bufferNumbers[position]!] === data.buffer &&
    entry.kind === "command"
  )
}

function isSame(one: Entry, other: Entry): boolean {
  if (one === other) return true
  const { data } = other
  const isSamePlace = one.data.buffer === data.buffer && one.data.byteOffset === data.byteOffset && one.data.length === data.length
  return isSamePlace && one.index === other.index && one.term === other.term && one.kind === other.kind && data.length > 0
}
