/**
 * A run of old commands as columns. Entries are kept long after everyone who needs them at once has seen them; as columns, a thousand of them are
 * a handful of objects to the garbage collector, which would otherwise copy and mark each entry and its view of bytes. A caller that needs one,
 * such as a follower that lags, gets an equal entry made anew.
 *
 * Bytes are not copied: the columns say where in the original buffers an entry's data lies.
 */

import type { Entry, LogIndex, RecordSlot, Term } from "../types.ts"

export interface PackedEntries {
  readonly firstIndex: LogIndex
  readonly length: number
  /** What all of them have as `encoded`. */
  readonly slot: RecordSlot
  readonly terms: Float64Array
  readonly buffers: readonly ArrayBufferLike[]
  /** By entry: which of `buffers`, where its data begins there, and how long it is. */
  readonly bufferNumbers: Uint16Array
  readonly offsets: Uint32Array
  readonly lengths: Uint32Array
}

/** The columns of `entries`, at most 65,535 that follow each other in the log; null unless all are commands with the same shared slot. */
export function packEntries(entries: readonly Entry[]): PackedEntries | null {
  const { length } = entries
  const slot = entries[0]?.encoded ?? null
  if (slot === null || !slot.isShared || length > 0xffff || !entries.every((entry) => isPackable(entry, slot))) return null
  const terms = new Float64Array(length)
  const buffers: ArrayBufferLike[] = []
  const bufferNumbers = new Uint16Array(length)
  const offsets = new Uint32Array(length)
  const lengths = new Uint32Array(length)
  for (let position = 0; position < length; position++) {
    const { term, data } = entries[position]!
    // Neighbours were encoded or received together, as a rule.
    if (buffers.length === 0 || buffers[buffers.length - 1] !== data.buffer) buffers.push(data.buffer)
    terms[position] = term
    bufferNumbers[position] = buffers.length - 1
    offsets[position] = data.byteOffset
    lengths[position] = data.length
  }
  return { firstIndex: entries[0]!.index, length, slot, terms, buffers, bufferNumbers, offsets, lengths }
}

/** The entry at `position`, equal to the one that was packed. */
export function unpackEntry(packed: PackedEntries, position: number): Entry {
  const buffer = packed.buffers[packed.bufferNumbers[position]!]!
  return {
    index: packed.firstIndex + position,
    term: termOfPacked(packed, position),
    kind: "command",
    data: new Uint8Array(buffer, packed.offsets[position], packed.lengths[position]),
    configuration: null,
    encoded: packed.slot,
  }
}

export function isPackedEntries(value: unknown): value is PackedEntries {
  return typeof value === "object" && value !== null && "bufferNumbers" in value
}

export function termOfPacked(packed: PackedEntries, position: number): Term {
  const term = packed.terms[position]!
  // From a column of floating-point numbers; to the engine a term is a small integer everywhere else.
  const small = term | 0
  return small === term ? small : term
}

export function dataBytesOfPacked(packed: PackedEntries, position: number): number {
  return packed.lengths[position]!
}

/** The entries from `from` up to, not including, `to`. */
export function unpackEntries(packed: PackedEntries, from = 0, to = packed.length): Entry[] {
  const entries: Entry[] = []
  for (let position = from; position < to; position++) entries.push(unpackEntry(packed, position))
  return entries
}

function isPackable({ kind, encoded, data }: Entry, slot: RecordSlot): boolean {
  return kind === "command" && encoded === slot && data.byteOffset + data.length <= 0xffff_ffff
}
