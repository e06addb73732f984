import { describe, expect, test } from "vitest"
import { sweep } from "./compaction.ts"
import { evacuate } from "./evacuate.ts"
import { lastOf } from "./key-record.ts"
import { MvccStore } from "./mvcc-store.ts"
import { noArena, ValueArenas, valueAt, type ValueLocation } from "./value-arena.ts"

function place(arenas: ValueArenas, bytes: Uint8Array): ValueLocation {
  const location: ValueLocation = { arena: noArena, offset: 0, length: 0 }
  arenas.place(location, bytes, 0, bytes.length)
  return location
}

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte)
}

describe("arenas", () => {
  test.each([10, 65_536])("a value of %i bytes is a copy: the buffer it came in can be used again, be it one of Node's", (length) => {
    for (const source of [filled(length, 1), Buffer.alloc(length, 1)]) {
      const location = place(new ValueArenas(), source)
      source.fill(9)
      expect(valueAt(location)).toEqual(filled(length, 1))
    }
  })

  test("only the part asked for is copied", () => {
    const location: ValueLocation = { arena: noArena, offset: 0, length: 0 }
    new ValueArenas().place(location, Uint8Array.of(1, 2, 3, 4), 1, 3)
    expect(valueAt(location)).toEqual(Uint8Array.of(2, 3))
  })

  test("values next to each other share an arena; one of 64 KiB has its own, exactly as long", () => {
    const arenas = new ValueArenas()
    const [a, b] = [place(arenas, filled(100, 1)), place(arenas, filled(100, 2))]
    expect(a.arena).toBe(b.arena)
    expect(valueAt(a)).toEqual(filled(100, 1))
    expect(place(arenas, filled(65_536, 3)).arena.bytes.length).toBe(65_536)
    expect(place(arenas, filled(65_535, 3)).arena.bytes.length).toBeGreaterThan(65_535)
  })

  test("empty values take nothing", () => {
    expect(place(new ValueArenas(), new Uint8Array(0)).arena).toBe(noArena)
  })

  test("arenas grow from 4 to 256 KiB", () => {
    const arenas = new ValueArenas()
    const sizes = new Set(Array.from({ length: 700 }, () => place(arenas, filled(1000, 1)).arena.bytes.length))
    expect([...sizes]).toEqual([4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144])
  })

  test("a full arena counts as wasted from the moment that half of it is, until all of it is", () => {
    const arenas = new ValueArenas()
    const four = Array.from({ length: 4 }, () => place(arenas, filled(1024, 1)))
    place(arenas, filled(1024, 2))
    arenas.release(four[0]!)
    expect(arenas.wastedBytes).toBe(0)
    arenas.release(four[1]!)
    expect(arenas.wastedBytes).toBe(2048)
    arenas.release(four[2]!)
    expect(arenas.wastedBytes).toBe(3072)
    arenas.release(four[3]!)
    expect(arenas.wastedBytes).toBe(0)
  })

  test("a moved value is the same, and so is a view that was taken before", () => {
    const arenas = new ValueArenas()
    const values = Array.from({ length: 5 }, (_, i) => place(arenas, filled(1024, i)))
    const view = valueAt(values[3]!)
    for (const dead of values.slice(0, 3)) arenas.release(dead)
    const from = values[3]!.arena
    arenas.move(values[3]!)
    expect(values[3]!.arena).not.toBe(from)
    expect(valueAt(values[3]!)).toEqual(filled(1024, 3))
    expect(view).toEqual(filled(1024, 3))
    expect(arenas.wastedBytes).toBe(0)
  })
})

test("survivors in sparse arenas are moved together, in steps, and nobody can tell", () => {
  const store = new MvccStore()
  const value = filled(1024, 0)
  const write = (key: string, byte: number): void => {
    value.fill(byte)
    store.put(key, value, 0, value.length, 0n)
    store.commit()
  }
  // Every sixteenth key stays, the others are overwritten again and again.
  for (let i = 0; i < 16_000; i++) write(i % 16 === 0 ? `stays ${i}` : `changes ${i % 16}`, i)
  store.compactRevision = store.revision
  sweep(store, Infinity)
  const arenasInUse = (): number => new Set([...store.live.entries()].map(([, slot]) => lastOf(slot).arena)).size
  const before = arenasInUse()
  const clone = store.clone()
  expect(store.arenas.wastedBytes).toBeGreaterThan(4 * 1024 * 1024)
  let steps = 0
  do {
    evacuate(store, 16)
    steps++
  } while (store.evacuation !== null)
  expect(steps).toBeGreaterThan(1000 / 16)
  expect(before).toBeGreaterThan(60)
  expect(arenasInUse()).toBeLessThan(8)
  for (const each of [store, clone]) {
    for (let i = 0; i < 16_000; i += 16) expect(each.present(`stays ${i}`)?.value.every((byte) => byte === (i & 0xff))).toBe(true)
  }
})
