/**
 * Remembers which entries a server's log held, to tell what changed since.
 *
 * Entries are immutable and shared, so that "the same entry" is "the same object", or one that was packed away and made again, with its bytes in
 * the same place. Logs change at their end only: looking back from there until an old acquaintance turns up finds every change that truncation
 * and appending can make. Now and then the whole log is compared, so
 * that a change deeper down does not stay hidden.
 */

import type { Entry, LogIndex } from "../core/index.ts"
import type { NodeView } from "./checkers/index.ts"

export class LogMirror {
  private base: LogIndex = 0
  private entries: Entry[] = []

  get lastIndex(): LogIndex {
    return this.base + this.entries.length
  }

  /** Brings the mirror up to date and returns the first index at which the log is not what it was; `lastIndex + 1` if it is. */
  update(view: NodeView, thorough: boolean): LogIndex {
    const { base, lastIndex } = view
    const from = Math.max(this.base, base.index)
    let changed = Math.min(this.lastIndex, lastIndex) + 1
    for (let index = changed - 1; index > from; index--) {
      if (!isSame(this.entries[index - this.base - 1]!, view.entry(index)!)) changed = index
      else if (!thorough) break
    }
    changed = Math.max(changed, base.index + 1)
    if (base.index > this.lastIndex || base.index < this.base) {
      // Another log altogether: a snapshot took its place.
      this.base = base.index
      this.entries = []
      changed = base.index + 1
    } else if (base.index - this.base > 64) {
      this.entries = this.entries.slice(base.index - this.base)
      this.base = base.index
    }
    this.entries.length = Math.min(this.entries.length, changed - 1 - this.base)
    for (let index = changed; index <= lastIndex; index++) this.entries.push(view.entry(index)!)
    return changed
  }

  clone(): LogMirror {
    const copy = new LogMirror()
    copy.base = this.base
    copy.entries = this.entries.slice()
    return copy
  }
}

function isSame(one: Entry, other: Entry): boolean {
  if (one === other) return true
  const { data } = other
  const isSamePlace = one.data.buffer === data.buffer && one.data.byteOffset === data.byteOffset && one.data.length === data.length
  return isSamePlace && one.index === other.index && one.term === other.term && one.kind === other.kind && data.length > 0
}
