import { expect, test } from "vitest"
import { hashValue } from "../hash.ts"
import type { Entry } from "../types.ts"
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
} from "./entry-list.ts"
import { isPackedEntries, packEntries, unpackEntries } from "./packed-entries.ts"

const slot = { isShared: true }

/** Commands that lie in records of a few shared buffers, as `wire` leaves them. */
function commands(count: number, from = 1): Entry[] {
  const buffers = [new Uint8Array(64 * count).fill(7), new Uint8Array(64 * count).fill(9)]
  return Array.from({ length: count }, (_, i) => ({
    index: from + i,
    term: 1 + Math.floor(i / 100),
    kind: "command",
    data: new Uint8Array(buffers[Math.floor(i / 37) % 2]!.buffer, 64 * i + 32, i % 20),
    configuration: null,
    encoded: slot,
  }))
}

const noop = (index: number): Entry => ({ index, term: 1, kind: "noop", data: new Uint8Array(0), configuration: null, encoded: null })

function listOf(entries: readonly Entry[]) {
  const list = createEntryList()
  for (const entry of entries) pushEntry(list, entry)
  return list
}

test("what was packed comes back equal, bytes in the same place", () => {
  const entries = commands(256, 1_000)
  const packed = packEntries(entries)!
  const again = unpackEntries(packed)
  expect(again).toEqual(entries)
  expect(again.every((entry, i) => entry.data.buffer === entries[i]!.data.buffer)).toBe(true)
  expect(unpackEntries(packed, 3, 5)).toEqual(entries.slice(3, 5))
})

test("only commands that share one slot are packed", () => {
  const entries = commands(10)
  expect(packEntries([...entries, noop(11)])).toBeNull()
  expect(packEntries([...entries, { ...entries[0]!, index: 11, encoded: null }])).toBeNull()
  expect(packEntries([...entries, { ...entries[0]!, index: 11, encoded: { isShared: true } }])).toBeNull()
  const unfinished = { isShared: false }
  expect(packEntries(entries.map((entry) => ({ ...entry, encoded: unfinished })))).toBeNull()
  expect(packEntries([])).toBeNull()
})

test("a long list packs what lies behind, keeps what is recent, and reads the same everywhere", () => {
  const entries = [...commands(3_000), noop(3_001), ...commands(1_000, 3_002)]
  const list = listOf(entries)
  expect(list.chunks.filter(isPackedEntries).length).toBeGreaterThan(4)
  expect(list.chunks.slice(-8).some(isPackedEntries)).toBe(false)
  expect(sliceEntries(list, 0, list.length)).toEqual(entries)
  for (const position of [0, 255, 256, 700, 3_000, 4_000]) {
    expect(entryAt(list, position)).toEqual(entries[position])
    expect([entryTermAt(list, position), entryBytesAt(list, position)]).toEqual([entries[position]!.term, entries[position]!.data.length])
  }
})

test("truncating and appending inside of what is packed works, and leaves a clone alone", () => {
  const entries = commands(4_000)
  const list = listOf(entries)
  const clone = cloneEntryList(list)
  for (const length of [700, 512, 300]) {
    truncateEntries(list, length)
    const more = commands(5, length + 1)
    for (const entry of more) pushEntry(list, entry)
    expect(sliceEntries(list, 0, list.length)).toEqual([...entries.slice(0, length), ...more])
    truncateEntries(list, length)
  }
  expect(sliceEntries(clone, 0, clone.length)).toEqual(entries)
})

test("dropping the front inside of what is packed keeps positions right", () => {
  const entries = commands(4_000)
  const list = listOf(entries)
  dropEntries(list, 300)
  expect(sliceEntries(list, 0, list.length)).toEqual(entries.slice(300))
  expect(entryAt(list, 10)).toEqual(entries[310])
})

test("the hash of a log sees packed entries, to the last byte", () => {
  const hash = (entries: readonly Entry[]) => hashValue(0, listOf(entries))
  const entries = commands(4_000)
  expect(hash(entries)).toBe(hash(commands(4_000)))
  const other = commands(4_000)
  other[20] = { ...other[20]!, data: Uint8Array.of(1, 2, 3) }
  expect(hash(other)).not.toBe(hash(entries))
  expect(packEntries(other)).not.toBeNull()
})
