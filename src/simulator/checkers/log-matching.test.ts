import { describe, expect, it } from "vitest"
import { node, moves, verdicts } from "../../../test/checkers/hand-made.ts"
import { logMatching } from "./log-matching.ts"

describe("log matching", () => {
  it("allows different terms at one index, shorter logs and compacted ones", () => {
    const fine = moves(
      node({ id: 1, log: [1, 1, 2] }),
      node({ id: 2, log: [1, 1, 3] }),
      node({ id: 3, log: [1] }),
      node({ id: 3, base: 2, baseTerm: 1, log: [3] }),
    )
    expect(verdicts(logMatching, ...fine)).toEqual([null, null, null, null])
  })

  it("flags equal index and term with different contents", () => {
    expect(verdicts(logMatching, ...moves(node({ id: 1, log: [1, 2] }), node({ id: 2, log: [1, 2], contents: [1, 9] }))).at(-1)).toBe(
      "entry 2 of term 2 differs on server 2 from what it is elsewhere",
    )
  })

  it("flags equal entries after different ones", () => {
    expect(verdicts(logMatching, ...moves(node({ id: 1, log: [1, 3] }), node({ id: 2, log: [2, 3] }))).at(-1)).toBe(
      "entry 2 of term 3 follows term 2 on server 2, and term 1 elsewhere",
    )
  })

  it("flags a log that begins after an entry that never was, and terms that go down", () => {
    expect(verdicts(logMatching, ...moves(node({ id: 1, base: 5, baseTerm: 2, log: [2] }))).at(-1)).toMatch(
      /begins after entry 5 of term 2/,
    )
    expect(verdicts(logMatching, ...moves(node({ id: 1, log: [2, 1] }))).at(-1)).toMatch(/term 2 at index 1 before term 1 at index 2/)
  })
})
