// What a merge finds missing: whole parts, single seeds, the end of a part that time ends; and that it finds nothing where all is there.

import { describe, expect, test } from "vitest"
import { parsePart, Parts, writePart, type Part } from "./parts.ts"
import type { SeedResult } from "./seed-result.ts"

const ten: Part = { index: 0, of: 3, from: 100, seeds: 10 }
const timed: Part = { index: 0, of: 2, from: 7, seeds: null }

function missing(parts: readonly Part[], seeds: readonly number[], changed?: string): readonly string[] {
  const all = new Parts()
  for (const seed of seeds) all.addResult({ seed, ...(changed === undefined ? {} : { changed }) } as SeedResult)
  for (const part of parts) all.add(part)
  return all.explainMissing()
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, offset) => from + offset)

describe("a campaign of so many seeds", () => {
  test("is whole if all seeds are there, wherever they were run", () => {
    expect(missing([ten, { ...ten, index: 1 }, { ...ten, index: 2 }], range(100, 109))).toEqual([])
    // Whose first line was cut off has its seeds all the same.
    expect(missing([ten, ten], range(100, 109))).toEqual([])
    expect(missing([{ ...ten, of: 1, from: 0xffff_ffff, seeds: 3 }], [0xffff_ffff, 0, 1])).toEqual([])
  })

  test("misses a part of which nobody heard, and single seeds of another", () => {
    expect(missing([ten], [100, 106, 101, 104, 107])).toEqual([
      "Part 0 of 3 from seed 100 misses 2 of its 4 seeds, 103, 109: oarlock simulate --seeds 10 --from 100 --index 0 --of 3 --results FILE",
      "Part 2 of 3 from seed 100 is missing: oarlock simulate --seeds 10 --from 100 --index 2 --of 3 --results FILE",
    ])
  })

  test("namedMax: names the first of many", () => {
    expect(missing([{ ...ten, of: 1, seeds: 1_000 }], range(100, 200))).toEqual([
      "The campaign from seed 100 misses 899 of its 1000 seeds, 201, 202, 203, 204, 205, …: oarlock simulate --seeds 1000 --from 100 --results FILE",
    ])
    const many = missing([{ ...ten, of: 100, seeds: 100 }], [])
    expect(many).toHaveLength(6)
    expect(many.at(-1)).toBe("So it is with 95 more of the 100 parts.")
  })

  test("is run by the flags that its results name", () => {
    const changed = "--nodes 5"
    expect(missing([{ ...ten, of: 1, seeds: 2, changed }], [100, 101], changed)).toEqual([])
    expect(missing([{ ...ten, of: 1, seeds: 2, changed }], [100, 101])).toEqual([
      "The campaign from seed 100 misses 2 of its 2 seeds, 100, 101: oarlock simulate --seeds 2 --from 100 --nodes 5 --results FILE",
      "No file says what else should be there with seed 100, 101.",
    ])
  })
})

test("partsMax: a campaign of so many parts is one, of one more is none", () => {
  expect(parsePart(writePart({ ...ten, of: 1_000_000 }))).toMatchObject({ of: 1_000_000 })
  expect(parsePart(writePart({ ...ten, of: 999_999 }))).toMatchObject({ of: 999_999 })
  expect(() => parsePart(writePart({ ...ten, of: 1_000_001 }))).toThrow()
})

describe("a campaign that time ends", () => {
  const ended = [
    { ...timed, ran: 2 },
    { ...timed, index: 1, ran: 1 },
  ]

  test("is whole if each part came to its end and has as many seeds as it ran", () => {
    expect(missing(ended, [7, 9, 8])).toEqual([])
    expect(missing(ended, [7, 8])).toEqual(["Part 0 of 2 from seed 7: 1 of the 2 seeds that it ran are missing."])
  })

  test("does not take another campaign's seeds for its own", () => {
    const other: Part = { index: 0, of: 1, from: 5_000, seeds: 50 }
    expect(missing([{ ...timed, of: 1, ran: 100 }, other], [...range(7, 66), ...range(5_000, 5_049)])).toEqual([
      "The campaign from seed 7: 40 of the 100 seeds that it ran are missing.",
    ])
  })

  test("misses the end of a part that was interrupted, and a part of which nobody heard", () => {
    expect(missing([timed], [7, 9, 11])).toEqual([
      "Part 0 of 2 from seed 7 did not come to its end: 3 seeds are here.",
      "Part 1 of 2 from seed 7 is missing.",
    ])
    // Run once more in the same file, or in another one.
    expect(missing([timed, ...ended, timed], [7, 9, 8])).toEqual([])
  })
})

test("files that say nothing are no campaign", () => {
  expect(missing([], [])).toEqual(["No file says which seeds it should hold."])
  expect(missing([], [1, 2])).toEqual(["No file says which seeds it should hold."])
  expect(missing([{ ...ten, of: 1, seeds: 2 }], [100, 101, 102])).toEqual(["No file says what else should be there with seed 102."])
})

describe("a line", () => {
  test.each([ten, { ...timed, ran: 0, changed: "--nodes 5" }])("is read back as it was: %j", (part) =>
    expect(parsePart(writePart(part))).toEqual(part),
  )

  test("of a result is no part", () => expect(parsePart('{"seed":1}')).toBeNull())

  test.each([
    ['{"part":{', "this is no whole line of JSON"],
    ['{"part":null}', "this is no part of a campaign: of makes no sense"],
    [writePart({ ...ten, index: 3 }), "index makes no sense"],
    [writePart({ ...ten, from: -1 }), "from makes no sense"],
    [writePart({ ...ten, seeds: 0 }), "seeds makes no sense"],
    [writePart({ ...ten, ran: 0.5 }), "ran makes no sense"],
  ])("%s is refused: %s", (line, problem) => expect(() => parsePart(line)).toThrow(problem))
})
