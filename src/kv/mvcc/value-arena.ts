/**
 * Where values live: appended to arenas of up to 256 KiB, each one `Uint8Array`. See `docs/decisions/0003-how-values-are-kept.md`.
 *
 * A value of its own `Uint8Array` costs some 300 bytes beside its own and most of a microsecond to make. Here it costs three numbers and one
 * copy. Nothing is ever overwritten, so a view stays valid for as long as someone holds it, clones of the store share the arenas freely, and the
 * garbage collector frees an arena when its last value is gone. What is left for us is to notice arenas of which little is still needed, so
 * that the store moves the rest out (`evacuate.ts`); the counts for that are a hint, and being wrong costs memory or a copy, never data.
 */

/** Arenas double from the first to the last of these, so that small stores stay small. */
const arenaBytesMin = 4 * 1024
const arenaBytesMax = 256 * 1024

/** A value this long gets an arena of its own, exactly as long. */
const loneValueBytesMin = 64 * 1024

export interface Arena {
  readonly bytes: Uint8Array
  /** Bytes of values that some version still names, as far as is known. */
  liveBytes: number
  /** Not appended to any more. */
  full: boolean
  /** Full, and at most half of it is live: its values want to be moved out. */
  sparse: boolean
}

/** Where a value is. It may be moved at any time; its bytes are the same wherever they are. */
export interface ValueLocation {
  arena: Arena
  offset: number
  length: number
}

/** Where values without bytes are. */
export const noArena: Arena = { bytes: new Uint8Array(0), liveBytes: 0, full: false, sparse: false }

/** Appends values to arenas. Shared by all clones of a store: each gets its own stretch of bytes, and none ever changes one. */
export class ValueArenas {
  /** Bytes in sparse arenas that nobody needs, as far as is known: what evacuating them would free. */
  wastedBytes = 0
  private filling: Arena = noArena
  private used = 0

  /** Copies `source[start..end)` into an arena and notes in `location` where it is. */
  place(location: ValueLocation, source: Uint8Array, start: number, end: number): void {
    const length = end - start
    location.length = length
    if (length === 0) {
      location.arena = noArena
      location.offset = 0
      return
    }
    if (length >= loneValueBytesMin) {
      // Not `slice`: of a Node `Buffer`, that would be a view.
      location.arena = { bytes: new Uint8Array(source.subarray(start, end)), liveBytes: length, full: true, sparse: false }
      location.offset = 0
      return
    }
    if (length > this.filling.bytes.length - this.used) this.open(length)
    this.filling.bytes.set(source.subarray(start, end), this.used)
    this.filling.liveBytes += length
    location.arena = this.filling
    location.offset = this.used
    this.used += length
  }

  /** A version that named this value is gone. */
  release(location: ValueLocation): void {
    const { arena, length } = location
    // Clones may each give up the same value: the second time there is nothing left to subtract.
    if (arena.liveBytes === 0) return
    const freed = Math.min(length, arena.liveBytes)
    arena.liveBytes -= freed
    if (!arena.full) return
    if (!arena.sparse) this.judge(arena)
    else if (arena.liveBytes > 0) this.wastedBytes += freed
    else this.wastedBytes -= arena.bytes.length - freed
  }

  /** Copies the value to where values go now. */
  move(location: ValueLocation): void {
    const { arena, offset, length } = location
    this.release(location)
    this.place(location, arena.bytes, offset, offset + length)
  }

  /** An arena of which nothing is live wastes nothing: the collector takes it. */
  private judge(arena: Arena): void {
    if (arena.liveBytes * 2 > arena.bytes.length) return
    arena.sparse = true
    if (arena.liveBytes > 0) this.wastedBytes += arena.bytes.length - arena.liveBytes
  }

  private open(length: number): void {
    const previous = this.filling
    if (previous !== noArena) {
      previous.full = true
      this.judge(previous)
    }
    // Room for a few of these at least: a value that fills most of an arena would leave the rest unused.
    const capacity = Math.min(arenaBytesMax, Math.max(arenaBytesMin, previous.bytes.length * 2, length * 4))
    this.filling = { bytes: new Uint8Array(capacity), liveBytes: 0, full: false, sparse: false }
    this.used = 0
  }
}

/** The value's bytes: a view. */
export function valueAt(location: ValueLocation): Uint8Array {
  return location.arena.bytes.subarray(location.offset, location.offset + location.length)
}
