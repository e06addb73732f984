import { describe, expect, it } from "vitest"
import { node, step, verdicts } from "../../../test/checkers/hand-made.ts"
import type { Message } from "../../core/index.ts"
import { oneVotePerTerm } from "./one-vote-per-term.ts"

describe("one vote per term", () => {
  const grant = (to: number, term: number): Message => ({ kind: "requestVoteReply", from: 1, to, term, granted: true })

  it("allows the same grant twice, another term, and refusals", () => {
    const fine = [grant(2, 1), grant(2, 1), grant(3, 2), { ...grant(2, 2), granted: false } as Message]
    expect(verdicts(oneVotePerTerm, ...fine.map((message) => step({ node: node({ id: 1 }), sent: [message] })))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it("flags a second grant in one term, also after a restart", () => {
    const steps = [step({ node: node({ id: 1 }), sent: [grant(2, 1)] }), step({ node: node({ id: 1, life: 2 }), sent: [grant(3, 1)] })]
    expect(verdicts(oneVotePerTerm, ...steps).at(-1)).toBe("server 1 voted for 2 and for 3 in term 1")
  })

  it("counts the vote that a leader gave itself", () => {
    const steps = [step({ node: node({ id: 1 }), sent: [grant(2, 3)] }), step({ node: node({ id: 1, term: 3, role: "leader" }) })]
    expect(verdicts(oneVotePerTerm, ...steps).at(-1)).toBe("server 1 voted for 2 and for 1 in term 3")
  })
})
