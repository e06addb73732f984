import { expect, test } from "vitest"
import { sweep } from "./compaction.ts"
import { evacuate } from "./evacuate.ts"
import { versionAt } from "./history.ts"
import { keyBytes } from "./key-text.ts"
import { MvccStore } from "./mvcc-store.ts"
import { nowhere } from "./segments.ts"

const value = new Uint8Array(1024)

function write(store: MvccStore, key: string, byte: number): void {
  value.fill(byte)
  store.put(keyBytes(key), value, 0n)
  store.commit()
}

test("wastedBytesMin: a pass begins once as many bytes are wasted, and not before", () => {
  const store = new MvccStore()
  const { segments } = store.records
  const units = (32 * 1024) / 8
  const places = Array.from({ length: 400 }, () => segments.reserve(units))
  // Half of a segment of four records, and of 31 segments of eight: all that is needed of those keeps them.
  const halves = places.slice(0, 4 + 31 * 8).filter((_, position) => position % 2 === 0)
  for (const place of halves) segments.release(place, units)
  const begunAt: number[] = []
  for (const place of [places[1]!, places[5]!, places[13]!]) {
    evacuate(store, 0)
    if (store.evacuation !== null) begunAt.push(segments.wastedBytes / 1024)
    store.evacuation = null
    segments.release(place, units)
  }
  evacuate(store, 0)
  expect([begunAt, segments.wastedBytes / 1024, store.evacuation !== null]).toEqual([[4096], 4128, true])
})

test("survivors in sparse segments are moved together, in steps, and nobody can tell", () => {
  const store = new MvccStore()
  // Every sixteenth key stays, the others are overwritten again and again.
  for (let i = 0; i < 16_000; i++) write(store, i % 16 === 0 ? `stays ${i}` : `changes ${i % 16}`, i)
  store.compact(store.revision)
  sweep(store, Infinity)
  // What compaction does not cover, and some of that was replaced again: one version of each lies in an old segment.
  const then = store.revision
  for (let i = 0; i < 16_000; i += 160) write(store, `stays ${i}`, i + 1)
  const { segments } = store.records
  const before = segments.count
  const clone = store.clone()
  expect(segments.wastedBytes).toBeGreaterThan(4 * 1024 * 1024)
  let steps = 0
  do {
    evacuate(store, 16)
    steps++
  } while (store.evacuation !== null)
  expect(steps).toBeGreaterThan(1000 / 16)
  expect(before).toBeGreaterThan(60)
  expect(segments.count).toBeLessThan(8)
  expect(segments.wastedBytes).toBe(0)
  expect(clone.records.segments.count).toBe(before)
  const valueAt = (each: MvccStore, key: string, revision: number): Uint8Array =>
    each.records.value(versionAt(each, each.latestOf(key), revision))
  for (const each of [store, clone]) {
    for (let i = 0; i < 16_000; i += 16) {
      const rewritten = i % 160 === 0 ? 1 : 0
      expect(valueAt(each, `stays ${i}`, each.revision).every((byte) => byte === ((i + rewritten) & 0xff))).toBe(true)
      expect(valueAt(each, `stays ${i}`, then).every((byte) => byte === (i & 0xff))).toBe(true)
    }
  }
})

test("a pass goes on while keys come, change, and go: what is needed stays, and what is not leaves no segment behind", () => {
  const store = new MvccStore()
  const model = new Map<string, number>()
  for (let i = 0; i < 60_000; i++) {
    const key = `key ${(i * 7919) % 3001}`
    if (i % 5 === 4) {
      if (store.delete(key) !== nowhere) store.commit()
      model.delete(key)
    } else {
      write(store, key, i)
      model.set(key, i & 0xff)
    }
    if (i % 5000 === 4999) store.compact(store.revision - 100)
    sweep(store, 8)
    evacuate(store, 8)
  }
  for (let i = 0; i < 3001; i++) {
    const version = store.present(keyBytes(`key ${i}`))
    expect(version === nowhere ? undefined : store.records.value(version)[0]).toBe(model.get(`key ${i}`))
  }
  store.compact(store.revision)
  sweep(store, Infinity)
  for (const key of model.keys()) {
    store.delete(key)
    store.commit()
  }
  write(store, "last", 1)
  store.compact(store.revision)
  sweep(store, Infinity)
  expect([store.live.size, store.past.size, store.historyBytes]).toEqual([1, 0, 0])
  // The one that is being filled, and the one that it began in at most.
  expect(store.records.segments.count).toBeLessThanOrEqual(2)
})
