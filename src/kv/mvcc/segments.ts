/**
 * Memory for records that the garbage collector does not look into: segments of up to 256 KiB, appended to and never changed, until nothing in one
 * is needed any more and it is released as a whole. See `docs/decisions/0003-how-values-are-kept.md`.
 *
 * A place in it is one number, a `Location`: which segment, and which of its units of 8 bytes. Clones of a store share the segments themselves, even the
 * one that is being filled: each just gets the next stretch of it. What belongs to each store alone is the table that gives segments their
 * numbers, and the count of what it still needs in each: so one may let go of a segment while another keeps it.
 */

/** Where a record is: the segment's number and the unit in it. */
export type Location = number

/** No record is there. */
export const nowhere: Location = 0

export const unitBytes = 8

/** Segments double from the first to the last of these, so that small stores stay small. */
const segmentBytesMin = 4 * 1024
const segmentBytesMax = 256 * 1024

/** A record this long gets a segment of its own, exactly as long. */
const loneRecordBytesMin = 64 * 1024

const unitsMin = segmentBytesMin / unitBytes
const unitsMax = segmentBytesMax / unitBytes
const loneUnits = loneRecordBytesMin / unitBytes

/** The same memory as bytes, as numbers, and as 32-bit words. */
export class MemorySegment {
  readonly units: number
  readonly bytes: Uint8Array
  readonly numbers: Float64Array
  readonly words: Uint32Array
  /** Units that were given out, to whichever store. */
  used = 0

  constructor(units: number) {
    const buffer = new ArrayBuffer(units * unitBytes)
    this.units = units
    this.bytes = new Uint8Array(buffer)
    this.numbers = new Float64Array(buffer)
    this.words = new Uint32Array(buffer)
  }
}

const noSegment = new MemorySegment(0)

export function unitOf(location: Location): number {
  return location & (unitsMax - 1)
}

function numberOf(location: Location): number {
  return (location / unitsMax) | 0
}

export class Segments {
  /** By number. The first stands for `nowhere`. */
  private table: MemorySegment[] = [noSegment]
  /** Units that this store needs in each segment. */
  private needed: number[] = [0]
  /** Numbers to use again. */
  private free: number[] = []
  /** The number of the segment that records are appended to. */
  private filling = 0
  /** Units in sparse segments that nobody needs: what moving the rest out would free. */
  private wastedUnits = 0

  segmentOf(location: Location): MemorySegment {
    return this.table[numberOf(location)]!
  }

  get wastedBytes(): number {
    return this.wastedUnits * unitBytes
  }

  /** How many segments the store holds on to. */
  get count(): number {
    return this.table.length - 1 - this.free.length
  }

  /** Whether at most half of the segment is needed, and nothing will be added: its records want to be moved out. */
  isSparse(location: Location): boolean {
    return this.wasteOf(numberOf(location)) > 0
  }

  /** A new place of so many units, which are 0. */
  reserve(units: number): Location {
    if (units >= loneUnits) return this.take(this.add(new MemorySegment(units)), units)
    const { used, units: capacity } = this.table[this.filling]!
    if (units > capacity - used) this.open(units)
    return this.take(this.filling, units)
  }

  /** The record at this place is not needed any more. */
  release(location: Location, units: number): void {
    const number = numberOf(location)
    this.wastedUnits -= this.wasteOf(number)
    this.needed[number]! -= units
    this.judge(number)
  }

  clone(): Segments {
    const copy = new Segments()
    copy.table = this.table.slice()
    copy.needed = this.needed.slice()
    copy.free = this.free.slice()
    copy.filling = this.filling
    copy.wastedUnits = this.wastedUnits
    return copy
  }

  private take(number: number, units: number): Location {
    const segment = this.table[number]!
    const unit = segment.used
    segment.used += units
    this.needed[number]! += units
    return number * unitsMax + unit
  }

  private open(units: number): void {
    const previous = this.filling
    // Room for a few of these at least: a record that fills most of a segment would leave the rest unused.
    const capacity = Math.min(unitsMax, Math.max(unitsMin, this.table[previous]!.units * 2, units * 4))
    this.filling = this.add(new MemorySegment(capacity))
    if (previous !== 0) this.judge(previous)
  }

  private add(segment: MemorySegment): number {
    const number = this.free.pop() ?? this.table.length
    this.table[number] = segment
    this.needed[number] = 0
    return number
  }

  /** After a change to what is needed of it. */
  private judge(number: number): void {
    if (number === this.filling || this.needed[number]! > 0) {
      this.wastedUnits += this.wasteOf(number)
      return
    }
    this.table[number] = noSegment
    this.free.push(number)
  }

  private wasteOf(number: number): number {
    const needed = this.needed[number]!
    const { units } = this.table[number]!
    return number === this.filling || needed * 2 > units ? 0 : units - needed
  }
}
