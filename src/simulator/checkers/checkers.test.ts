// The table of checkers as a whole. Each checker is shown hand-made worlds in the test beside it: some that keep its rule and look as if they did not,
// and some that break it, with the reason.

import { describe, expect, it } from "vitest"
import { node, step } from "../../../test/checkers/hand-made.ts"
import { checkers, electionSafety } from "./index.ts"

describe("the table", () => {
  it("names every rule, where it comes from, and no rule twice", () => {
    expect(new Set(checkers.map((checker) => checker.name)).size).toBe(checkers.length)
    for (const { rule, paper } of checkers) {
      expect(rule).toMatch(/^[a-z].*[^.]$/)
      expect(paper).toMatch(/Raft §|dissertation/)
    }
  })

  it("copies of what checkers remember are independent", () => {
    const state = electionSafety.create()
    const copy = electionSafety.clone(state)
    electionSafety.check(state, step({ node: node({ id: 1, term: 2, role: "leader" }) }))
    expect(electionSafety.check(copy, step({ node: node({ id: 2, term: 2, role: "leader" }) }))).toBeNull()
    expect(electionSafety.check(state, step({ node: node({ id: 2, term: 2, role: "leader" }) }))).not.toBeNull()
  })
})
