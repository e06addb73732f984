import { describe, expect, test } from "vitest"
import { sweep } from "./compaction.ts"
import { versionAt, visibleVersions } from "./history.ts"
import { keyBytes } from "./key-text.ts"
import { MvccStore } from "./mvcc-store.ts"
import { type Location, nowhere } from "./segments.ts"

const value = new Uint8Array(100)

function put(store: MvccStore, ...keys: string[]): void {
  for (const key of keys) store.put(keyBytes(key), value, 0n)
  store.commit()
}

function remove(store: MvccStore, key: string): void {
  store.delete(key)
  store.commit()
}

/** A store whose key "k" has this history: `p3` a put at revision 3, `d4` a deletion at 4. */
function withHistory(words: string): MvccStore {
  const store = new MvccStore()
  for (const word of words.split(" ")) {
    const revision = Number(word.slice(1))
    // The word before may be of the same revision: then it is not committed yet.
    if (store.readRevision < revision) store.commit()
    while (store.revision < revision - 1) put(store, "other")
    if (word.startsWith("p")) store.put(keyBytes("k"), value, 0n)
    else store.delete("k")
  }
  store.commit()
  while (store.revision < 5) put(store, "other")
  return store
}

/** The revisions of what reads at the compacted revision or later can see of a key, oldest first. */
function visible(store: MvccStore, key: string): number[] {
  const versions: Location[] = []
  const count = visibleVersions(store, store.latestOf(key), versions)
  return versions
    .slice(0, count)
    .map((version) => store.records.modRevision(version))
    .reverse()
}

describe("what a compaction at 5 leaves of a key's history", () => {
  test.each<[string, string, string]>([
    // its versions, those that are left, why
    ["p3", "p3", "the present version stays, however old"],
    ["p3 p4", "p4", "the present version answers reads at 5"],
    ["p3 p5", "p5", "a put at 5 itself answers them"],
    ["p3 p6", "p3 p6", "the old version is what reads at 5 see"],
    ["p2 p3 p6", "p3 p6", "only the newest old one is"],
    ["p2 d3", "", "a deleted key leaves nothing"],
    ["p2 d3 p6", "p6", "nor one that came back later"],
    ["p2 d5", "d5", "a deletion at 5 stays: watchers may begin there"],
    ["p2 d6", "p2 d6", "reads at 5 see the put before a later deletion"],
    ["p2 p5 d5", "p5 d5", "changes at 5 all stay"],
    ["p6 d7", "p6 d7", "what is younger stays"],
    ["p3 p6 p7 p8", "p3 p6 p7 p8", "and so does the one below it"],
  ])("of %s, it is %j, since %s; however far the freeing is", (versions, left, _why) => {
    const store = withHistory(versions)
    store.compact(5)
    const expected = left === "" ? [] : left.split(" ").map((word) => Number(word.slice(1)))
    for (;;) {
      expect(visible(store, "k")).toEqual(expected)
      if (store.sweptRevision === 5) break
      sweep(store, 1)
    }
  })
})

describe("freeing in steps", () => {
  test("a budget of one still gets everything done, and nothing that a read at the compacted revision sees goes", () => {
    const store = new MvccStore()
    for (let round = 0; round < 50; round++) put(store, "a", "b")
    remove(store, "b")
    put(store, "c")
    store.compact(40)
    const seen = versionAt(store, store.latestOf("a"), 40)
    let steps = 0
    for (; store.sweptRevision < 40; steps++) sweep(store, 1)
    // Two changes in each of 39 revisions.
    expect(steps).toBeGreaterThanOrEqual(78)
    expect(versionAt(store, store.latestOf("a"), 40)).toBe(seen)
    expect(store.records.modRevision(store.changes.madeBy(store.changes.start))).toBe(40)
    expect(visible(store, "a")[0]).toBe(40)
    expect(visible(store, "b")[0]).toBe(40)
  })

  test("a step frees no more of one key's long history than its budget", () => {
    const store = new MvccStore()
    for (let round = 0; round < 1000; round++) put(store, "hot")
    store.compact(store.revision)
    sweep(store, 100)
    // The first put replaced nothing.
    expect(store.historyBytes).toBe((999 - 99) * ("hot".length + value.length))
  })

  test("once done, memory holds what one version of each key takes, and no more", () => {
    const store = new MvccStore()
    for (let round = 0; round < 100; round++) put(store, "a", "b", `only in ${round}`)
    for (let round = 0; round < 100; round++) remove(store, `only in ${round}`)
    store.compact(store.revision)
    sweep(store, Infinity)
    // The last deletion is at the compacted revision itself: its tombstone and nothing else is left of the past.
    expect([...store.past.entries()].map(([text]) => text)).toEqual(["only in 99"])
    expect(store.changes.end - store.changes.start).toBe(1)
    expect(store.historyBytes).toBe("only in 99".length)
    put(store, "a")
    store.compact(store.revision)
    sweep(store, Infinity)
    expect(store.past.size).toBe(0)
    expect(store.historyBytes).toBe(0)
    expect(store.liveBytes).toBe(2 * (1 + value.length))
    // Of 302 versions of over 168 bytes each, two are left.
    expect(store.records.segments.count).toBeLessThanOrEqual(2)
    expect(store.latest.end - store.freeIds.length).toBe(2)
  })

  test("a key that comes back after it was forgotten is a new one, and an id is used again", () => {
    const store = new MvccStore()
    put(store, "a")
    remove(store, "a")
    put(store, "b")
    store.compact(store.revision)
    sweep(store, Infinity)
    expect(store.latestOf("a")).toBe(nowhere)
    put(store, "a")
    expect(store.latest.end).toBe(2)
    expect(store.changes.replacedBy(store.records.row(store.present(keyBytes("a"))))).toBe(nowhere)
    expect(store.records.version(store.present(keyBytes("b")))).toBe(1)
  })

  test.each([0, 1, 29, 30, 31, 98, 99, 100])("a second compaction may overtake the freeing of the first, after %i changes", (budget) => {
    const store = new MvccStore()
    for (let round = 0; round < 100; round++) {
      store.put(keyBytes("a"), value, 0n)
      store.delete("a")
      put(store, "a", "b")
    }
    store.compact(25)
    sweep(store, budget)
    store.compact(101)
    sweep(store, Infinity)
    expect(visible(store, "a")).toEqual([101, 101, 101])
    expect(store.historyBytes).toBe(2 * 1 + value.length)
    put(store, "b")
    store.compact(102)
    sweep(store, Infinity)
    expect(visible(store, "a")).toEqual([101])
    expect(store.historyBytes).toBe(0)
    expect(store.changes.end - store.changes.start).toBe(1)
  })

  test("a clone keeps what the original forgets", () => {
    const store = new MvccStore()
    for (let round = 0; round < 20; round++) put(store, "a")
    const clone = store.clone()
    store.compact(store.revision)
    sweep(store, Infinity)
    expect(visible(store, "a")).toEqual([21])
    expect(visible(clone, "a").length).toBe(20)
    expect(clone.records.modRevision(versionAt(clone, clone.latestOf("a"), 5))).toBe(5)
  })
})
