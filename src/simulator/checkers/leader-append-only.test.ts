import { describe, expect, it } from "vitest"
import { node, before, step, verdicts } from "../../../test/checkers/hand-made.ts"
import { leaderAppendOnly } from "./leader-append-only.ts"

describe("leader append-only", () => {
  const leader = (log: number[], base = 0) => node({ id: 1, role: "leader", term: 3, log, base, baseTerm: base === 0 ? 0 : 1 })
  const was = before({ role: "leader", term: 3, lastIndex: 3 })

  it("allows appending, compacting, and losing entries after leading", () => {
    const fine = [
      step({ node: leader([1, 2, 3, 3]), before: was, changedFrom: 4 }),
      step({ node: leader([3, 3], 2), before: was, changedFrom: 4 }),
      step({ node: node({ id: 1, term: 4, log: [1, 4] }), before: was, changedFrom: 2 }),
      step({ node: leader([1, 3]), before: before({ role: "candidate", term: 3, lastIndex: 3 }), changedFrom: 2 }),
    ]
    expect(verdicts(leaderAppendOnly, ...fine)).toEqual([null, null, null, null])
  })

  it("flags an overwritten entry, even the last", () => {
    expect(verdicts(leaderAppendOnly, step({ node: leader([1, 2, 3]), before: was, changedFrom: 3 }))).toEqual([
      "leader 1 of term 3 overwrote entry 3 of its own log",
    ])
  })

  it("flags deleted entries", () => {
    expect(verdicts(leaderAppendOnly, step({ node: leader([1, 2]), before: was, changedFrom: 3 }))).toEqual([
      "leader 1 of term 3 deleted entries 3 to 3 of its own log",
    ])
  })
})
