import { describe, expect, it } from "vitest"
import { before, node, step, verdict, verdicts, type Given } from "../../../test/checkers/hand-made.ts"
import { currentTermCommit } from "./current-term-commit.ts"

describe("current-term commit", () => {
  const led = (commitIndex: number, term = 4) => before({ role: "leader", term, commitIndex, lastIndex: 3 })
  const leader = (given: Partial<Given>) => node({ id: 1, role: "leader", term: 4, log: [1, 2, 4], ...given })

  it("allows old entries to commit along with one of the leader's term, and followers to learn of it", () => {
    const fine = [
      step({ node: leader({ commitIndex: 3 }), before: led(0) }),
      step({ node: node({ id: 2, log: [1, 2, 4], commitIndex: 2 }), before: before({}) }),
      step({ node: node({ id: 2, log: [1, 2, 4], commitIndex: 3, life: 2 }) }),
    ]
    expect(verdicts(currentTermCommit, ...fine)).toEqual([null, null, null])
  })

  it("allows a deposed leader to learn in the same step what its successor had committed", () => {
    const successor = step({ node: node({ id: 2, role: "leader", log: [1, 5], commitIndex: 2 }), before: led(0, 5) })
    const deposed = step({ node: node({ id: 1, term: 5, log: [1, 5], commitIndex: 1 }), before: led(0, 4) })
    expect(verdicts(currentTermCommit, successor, deposed)).toEqual([null, null])
  })

  it("flags a leader that counts an entry of an earlier term (Figure 8)", () => {
    expect(verdict(currentTermCommit, step({ node: leader({ commitIndex: 2 }), before: led(0) }))).toBe(
      "leader 1 of term 4 committed entry 2 of term 2 by counting",
    )
  })

  it("flags it also if another had committed as far, and if the leader stepped down at once", () => {
    const other = step({ node: node({ id: 2, role: "leader", log: [1, 2, 5], commitIndex: 3 }), before: led(0, 5) })
    expect(verdict(currentTermCommit, other, step({ node: leader({ commitIndex: 2 }), before: led(0) }))).toMatch(/entry 2 of term 2/)
    const steppedDown = node({ id: 1, term: 4, log: [1, 2, 4], commitIndex: 2 })
    expect(verdict(currentTermCommit, step({ node: steppedDown, before: led(0) }))).toMatch(/entry 2 of term 2/)
  })

  it("flags who commits first without leading", () => {
    expect(verdict(currentTermCommit, step({ node: node({ id: 2, log: [1, 2], commitIndex: 2 }), before: before({}) }))).toBe(
      "server 2 committed through 2 without leading, and nobody had committed beyond 0",
    )
  })
})
