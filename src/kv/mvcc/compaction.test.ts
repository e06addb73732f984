import { describe, expect, test } from "vitest"
import { countForgotten, sweep } from "./compaction.ts"
import { KeyRecord } from "./key-record.ts"
import { KeyVersion } from "./key-version.ts"
import { MvccStore } from "./mvcc-store.ts"

const value = new Uint8Array(100)

function put(store: MvccStore, ...keys: string[]): void {
  for (const key of keys) store.put(key, value, 0, value.length, 0n)
  store.commit()
}

function remove(store: MvccStore, key: string): void {
  store.delete(key)
  store.commit()
}

/** `p3` a put at revision 3, `d4` a deletion at 4. */
function record(words: string): KeyRecord {
  const version = (word: string): KeyVersion => new KeyVersion("k", 0, Number(word.slice(1)), 0, word.startsWith("p") ? 1 : 0, 0n)
  return new KeyRecord({}, words.split(" ").map(version))
}

/** The revisions of what is kept of a key. */
function kept(store: MvccStore, key: string): number[] {
  const slot = store.slot(key)
  if (slot === undefined) return []
  return slot instanceof KeyRecord ? Array.from({ length: slot.length }, (_, i) => slot.at(i).modRevision) : [slot.modRevision]
}

describe("what a compaction at 5 leaves of a key's history", () => {
  test.each<[string, number, string]>([
    // its versions, how many of them are forgotten, why
    ["p3", 0, "the present version stays, however old"],
    ["p3 p4", 1, "the present version answers reads at 5"],
    ["p3 p5", 1, "a put at 5 itself answers them"],
    ["p3 p6", 0, "the old version is what reads at 5 see"],
    ["p2 p3 p6", 1, "only the newest old one is"],
    ["p2 d3", 2, "a deleted key leaves nothing"],
    ["p2 d3 p6", 2, "nor one that came back later"],
    ["p2 d5", 1, "a deletion at 5 stays: watchers may begin there"],
    ["p2 d6", 0, "reads at 5 see the put before a later deletion"],
    ["p2 p5 d5", 1, "changes at 5 all stay"],
    ["p6 d7", 0, "what is younger stays"],
    ["p3 p6 p7 p8", 0, "and so does the one below it"],
  ])("of %s, %i are forgotten, since %s", (versions, forgotten, _why) => {
    expect(countForgotten(record(versions), 5)).toBe(forgotten)
  })
})

describe("removal in steps", () => {
  test("a budget of one still gets everything done, and nothing that a read at the compacted revision sees goes", () => {
    const store = new MvccStore()
    for (let round = 0; round < 50; round++) put(store, "a", "b")
    remove(store, "b")
    put(store, "c")
    store.compactRevision = 40
    const seen = store.get("a", 40)
    let steps = 0
    for (; store.sweptRevision < 40; steps++) sweep(store, 1)
    // Two versions of each of 40 revisions, and looks.
    expect(steps).toBeGreaterThan(40)
    expect(store.get("a", 40)).toBe(seen)
    expect(store.changes.start).toBe(40)
    expect(kept(store, "a")[0]).toBe(seen?.modRevision)
    expect(kept(store, "b")[0]).toBe(40)
  })

  test("a step drops no more of one key's long history than its budget", () => {
    const store = new MvccStore()
    for (let round = 0; round < 1000; round++) put(store, "hot")
    store.compactRevision = store.revision
    sweep(store, 100)
    expect(kept(store, "hot").length).toBe(900)
  })

  test("once done, memory holds what one version of each key takes, and no more", () => {
    const store = new MvccStore()
    for (let round = 0; round < 100; round++) put(store, "a", "b", `only in ${round}`)
    for (let round = 0; round < 100; round++) remove(store, `only in ${round}`)
    store.compactRevision = store.revision
    sweep(store, Infinity)
    // The last deletion is at the compacted revision itself: its tombstone and nothing else is left of the past.
    expect([...store.past.entries()].map(([text, { length }]) => [text, length])).toEqual([["only in 99", 1]])
    expect(store.changes.length).toBe(1)
    expect(store.historyBytes).toBe("only in 99".length)
    put(store, "a")
    store.compactRevision = store.revision
    sweep(store, Infinity)
    expect(store.past.size).toBe(0)
    expect([...store.live.entries()].every(([, slot]) => slot instanceof KeyVersion)).toBe(true)
    expect(store.historyBytes).toBe(0)
    expect(store.liveBytes).toBe(2 * (1 + value.length))
  })

  test("a second compaction may overtake the removal of the first", () => {
    const store = new MvccStore()
    for (let round = 0; round < 100; round++) put(store, "a", "b")
    store.compactRevision = 50
    sweep(store, 30)
    store.compactRevision = 101
    sweep(store, Infinity)
    expect(kept(store, "a")).toEqual([101])
    expect(store.changes.length).toBe(1)
  })

  test("a clone keeps what the original forgets", () => {
    const store = new MvccStore()
    for (let round = 0; round < 20; round++) put(store, "a")
    const clone = store.clone()
    store.compactRevision = store.revision
    sweep(store, Infinity)
    expect(kept(store, "a")).toEqual([21])
    expect(kept(clone, "a").length).toBe(20)
    expect(clone.get("a", 5)?.modRevision).toBe(5)
  })
})
