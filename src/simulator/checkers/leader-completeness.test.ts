import { describe, expect, it } from "vitest"
import { moves, node, step, verdicts } from "../../../test/checkers/hand-made.ts"
import { leaderCompleteness } from "./leader-completeness.ts"

describe("leader completeness", () => {
  const commits = node({ id: 1, role: "leader", term: 2, log: [1, 2], commitIndex: 2 })

  it("allows a later leader that has everything, and a stale one of an earlier term that lacks it", () => {
    const later = node({ id: 2, role: "leader", term: 3, log: [1, 2, 3] })
    const compacted = node({ id: 3, role: "leader", term: 4, base: 2, baseTerm: 2, log: [4] })
    const stale = node({ id: 3, role: "leader", term: 1, log: [1] })
    expect(verdicts(leaderCompleteness, ...moves(commits, later, compacted, stale))).toEqual([null, null, null, null])
  })

  it("flags a later leader that lacks a committed entry, or has another one there", () => {
    const lacks = node({ id: 2, role: "leader", term: 3, log: [1] })
    const other = node({ id: 2, role: "leader", term: 3, log: [1, 3] })
    expect(verdicts(leaderCompleteness, ...moves(commits, lacks)).at(-1)).toBe(
      "leader 2 of term 3 has nothing at index 2, where term 2 was committed in term 2",
    )
    expect(verdicts(leaderCompleteness, ...moves(commits, other)).at(-1)).toMatch(/has term 3 at index 2/)
  })

  it("flags a commit that a leader of a higher term, elected before, does not have (Figure 8)", () => {
    const elected = node({ id: 5, role: "leader", term: 3, log: [1, 3] })
    const late = step({ node: commits, nodes: [commits, elected] })
    expect(verdicts(leaderCompleteness, step({ node: elected }), late).at(-1)).toMatch(/leader 5 of term 3 has term 3 at index 2/)
  })
})
