import { expect, test } from "vitest"
import { sweep } from "./compaction.ts"
import { KeyCache } from "./key-cache.ts"
import { keyBytes } from "./key-text.ts"
import { MvccStore } from "./mvcc-store.ts"
import { nowhere } from "./segments.ts"

const value = Uint8Array.of(1)

function put(store: MvccStore, ...keys: string[]): void {
  for (const key of keys) store.put(keyBytes(key), value, 0n)
  store.commit()
}

function remove(store: MvccStore, key: string): void {
  store.delete(key)
  store.commit()
}

function find(cache: KeyCache, store: MvccStore, key: string): number {
  return cache.find(store, keyBytes(key), 0, key.length)
}

function remember(cache: KeyCache, store: MvccStore, key: string): number {
  const id = store.live.get(key)!
  cache.remember(store, keyBytes(key), 0, key.length, id)
  return id
}

test("a key is found once it was remembered, wherever in a buffer it stands; others are not", () => {
  const [store, cache] = [new MvccStore(), new KeyCache()]
  put(store, "a", "b")
  expect(find(cache, store, "a")).toBe(-1)
  const id = remember(cache, store, "a")
  expect(find(cache, store, "a")).toBe(id)
  expect(cache.find(store, keyBytes("[a]"), 1, 2)).toBe(id)
  expect(["b", "aa", ""].map((key) => find(cache, store, key))).toEqual([-1, -1, -1])
})

test("slotsMax: its slots grow with the keys up to so many, and no further", () => {
  const cache = new KeyCache()
  const crowd = { live: { size: 1_000_000 } } as unknown as MvccStore
  const slots = Array.from({ length: 10 }, () => {
    cache.remember(crowd, keyBytes("a"), 0, 1, 0)
    return (cache as unknown as { slots: Int32Array }).slots.length / 2
  })
  expect(slots.slice(0, 2)).toEqual([4, 16])
  expect(slots.slice(6, 10)).toEqual([16_384, 65_536, 65_536, 65_536])
})

test("keys with the same hash are told apart", () => {
  const [store, cache] = [new MvccStore(), new KeyCache()]
  // Two words that FNV-1a gives the same 32 bits.
  put(store, "costarring", "liquid")
  const id = remember(cache, store, "costarring")
  expect(find(cache, store, "liquid")).toBe(-1)
  const other = remember(cache, store, "liquid")
  expect([find(cache, store, "liquid"), find(cache, store, "costarring")]).toEqual([other, -1])
  expect(other).not.toBe(id)
})

test("a key that was deleted is not found, nor the key that has its id then; one that came back is", () => {
  const [store, cache] = [new MvccStore(), new KeyCache()]
  put(store, "a")
  const id = remember(cache, store, "a")
  remove(store, "a")
  expect(find(cache, store, "a")).toBe(-1)
  put(store, "a")
  expect(find(cache, store, "a")).toBe(id)
  remove(store, "a")
  put(store, "b")
  store.compact(store.revision)
  sweep(store, Infinity)
  expect(find(cache, store, "a")).toBe(-1)
  put(store, "c")
  expect(store.live.get("c")).toBe(id)
  expect(find(cache, store, "a")).toBe(-1)
})

test("it grows with the keys, so that most of them are found", () => {
  const [store, cache] = [new MvccStore(), new KeyCache()]
  const keys = Array.from({ length: 10_000 }, (_, i) => `key ${i}`)
  put(store, ...keys)
  for (const key of keys) remember(cache, store, key)
  for (const key of keys) remember(cache, store, key)
  expect(keys.filter((key) => find(cache, store, key) === store.live.get(key)).length).toBeGreaterThan(8000)
})

test("a store finds its keys the same with a cache that remembers and, after a clone, one that does not", () => {
  const store = new MvccStore()
  put(store, "a", "b")
  put(store, "a", "b")
  const clone = store.clone()
  put(store, "a")
  remove(store, "b")
  for (const [each, revision] of [
    [store, 4],
    [clone, 3],
  ] as const) {
    expect(each.records.modRevision(each.present(keyBytes("a")))).toBe(revision)
    expect(each.present(keyBytes("b")) === nowhere).toBe(each === store)
  }
})
