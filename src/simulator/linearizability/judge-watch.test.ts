// Hand-made watches, good and bad, with the reason for each of the bad ones.

import { describe, expect, it } from "vitest"
import { judgeWatch, type Change, type Watch } from "./judge-watch.ts"

const change = (revision: number, key: string, value: string | null): Change => ({ revision, key, value })

/** Revision 4 is a transaction over two watched keys and one that is not; revision 5 is about another key. */
const one = change(2, "a", "1")
const two = change(3, "b", "2")
const bothA = change(4, "a", "3")
const bothB = change(4, "b", "4")
const deletion = change(6, "a", null)
const changes: readonly Change[] = [one, two, bothA, bothB, change(4, "z", "5"), change(5, "z", "6"), deletion]

type Records = Watch["history"]

const from = (revision: number): Records[number] => ({ kind: "from", revision })
const events = (...list: readonly Change[]): Records[number] => ({ kind: "events", events: list })
const progress = (revision: number): Records[number] => ({ kind: "progress", revision })
const compacted = (revision: number): Records[number] => ({ kind: "compacted", revision })

/** The reason without the watch, or null. */
function reasonOf(history: Records, completeThrough: number | null = null): string | null {
  const verdict = judgeWatch({ id: 7, isWatched: (key) => key === "a" || key === "b", history, completeThrough }, changes)
  return verdict.kind === "correct" ? null : verdict.reason.replace(/^watch 7: /, "")
}

describe("a good watch", () => {
  it("gets every change of its keys once, in order, a revision at a time or several together", () => {
    expect(reasonOf([from(1), events(one), events(two), events(bothA, bothB), events(deletion)], 6)).toBeNull()
    expect(reasonOf([from(1), events(one, two, bothA, bothB, deletion)], 6)).toBeNull()
  })

  it("may begin in the middle, end before everything arrived, and see nothing", () => {
    expect(reasonOf([from(4), events(bothA, bothB)])).toBeNull()
    expect(reasonOf([from(7)], 9)).toBeNull()
    expect(reasonOf([])).toBeNull()
  })

  it("goes on after an interruption where it was, or further on at the client's own will", () => {
    expect(reasonOf([from(1), events(one), from(3), events(two), from(4), events(bothA, bothB, deletion)], 6)).toBeNull()
    expect(reasonOf([from(1), events(one), from(6), events(deletion)], 6)).toBeNull()
  })

  it("is told of progress once everything up to there has arrived", () => {
    expect(reasonOf([from(1), progress(1), events(one, two), progress(3), events(bothA, bothB), progress(5)])).toBeNull()
  })

  it("is ended if what it asks for was compacted away, and may begin anew behind that", () => {
    expect(reasonOf([from(1), compacted(4), from(4), events(bothA, bothB, deletion)], 6)).toBeNull()
  })
})

describe("a bad watch, with its reason:", () => {
  it("a gap", () => {
    expect(reasonOf([from(1), events(one), events(bothA, bothB)])).toBe(
      "b = 2 of revision 3 was left out: a = 3 of revision 4 arrived instead",
    )
  })

  it("an event that never comes", () => {
    expect(reasonOf([from(1), events(one, two)], 4)).toBe("a = 3 of revision 4 never arrived")
  })

  it("events out of order", () => {
    expect(reasonOf([from(1), events(two, one)])).toMatch(/^a = 1 of revision 2 was left out: b = 2 of revision 3 arrived instead/)
  })

  it("an event that comes twice", () => {
    expect(reasonOf([from(1), events(one, two), events(two)])).toBe(
      "b = 2 of revision 3 arrived a second time, or late: revision 3 had been delivered",
    )
  })

  it("a revision that is torn in two", () => {
    expect(reasonOf([from(1), events(one, two, bothA), events(bothB)])).toBe(
      "revision 4 was torn: a = 3 of revision 4 arrived without b = 4 of revision 4",
    )
  })

  it("an event that never happened, or happened otherwise", () => {
    expect(reasonOf([from(1), events(change(2, "b", "1"))])).toBe("b = 1 of revision 2 arrived, and never happened")
    expect(reasonOf([from(1), events(change(2, "a", "9"))])).toBe("a = 9 of revision 2 arrived, where a = 1 of revision 2 happened")
    expect(reasonOf([from(6), events(change(6, "a", "3"))])).toMatch(/where the deletion of a at revision 6 happened/)
  })

  it("an event of a key that is not watched", () => {
    expect(reasonOf([from(5), events(change(5, "z", "6"))])).toMatch(/^z = 6 of revision 5 arrived, and never happened/)
  })

  it("an event from before what was asked for", () => {
    expect(reasonOf([from(3), events(one)])).toBe("a = 1 of revision 2 arrived, though only revision 3 and later was asked for")
  })

  it("a gap or a repetition where it goes on after an interruption", () => {
    expect(reasonOf([from(1), events(one), from(3), events(bothA, bothB)])).toMatch(/^b = 2 of revision 3 was left out/)
    expect(reasonOf([from(1), events(one), from(3), events(one)])).toMatch(/though only revision 3 and later was asked for/)
    expect(reasonOf([from(1), events(one, two), from(3), events(two)])).toBe(
      "the client went back to revision 3 after it had seen b = 2 of revision 3",
    )
  })

  it("progress that runs ahead of the events", () => {
    expect(reasonOf([from(1), events(one), progress(3)])).toBe("progress through revision 3 was announced without b = 2 of revision 3")
  })

  it("an end for the sake of compaction that did not concern it, and events after one that did", () => {
    expect(reasonOf([from(4), compacted(3)])).toMatch(/compaction at revision 3, but asked for nothing below/)
    expect(reasonOf([from(1), compacted(3), events(two)])).toMatch(/events arrived after the server had said that it cannot go on/)
  })
})
