import { describe, expect, it } from "vitest"
import { node, before, step, verdicts, type Given } from "../../../test/checkers/hand-made.ts"
import type { Message } from "../../core/index.ts"
import { monotonic } from "./monotonic.ts"

describe("monotonic", () => {
  it("allows a term that nobody was promised anything in to be forgotten with the power", () => {
    const asks: Message = { kind: "requestVote", from: 1, to: 2, term: 5, lastLogIndex: 0, lastLogTerm: 0, force: false }
    const fine = [step({ node: node({ id: 1, term: 5 }), sent: [asks] }), step({ node: node({ id: 1, term: 4, life: 2 }) })]
    expect(verdicts(monotonic, ...fine)).toEqual([null, null])
  })

  it("flags a promised term that is forgotten", () => {
    const grants: Message = { kind: "requestVoteReply", from: 1, to: 2, term: 5, granted: true }
    const wrong = [step({ node: node({ id: 1, term: 5 }), sent: [grants] }), step({ node: node({ id: 1, term: 4, life: 2 }) })]
    expect(verdicts(monotonic, ...wrong).at(-1)).toBe("server 1 came back with term 4 after it had promised something in term 5")
  })

  it("allows what was committed beyond the durable snapshot to be learned again", () => {
    const fine = [
      step({ node: node({ id: 1, log: [1, 1, 1], commitIndex: 3, appliedIndex: 3, snapshotIndex: 1 }) }),
      step({ node: node({ id: 1, life: 2, log: [1, 1, 1], commitIndex: 1, appliedIndex: 1, snapshotIndex: 1 }) }),
    ]
    expect(verdicts(monotonic, ...fine)).toEqual([null, null])
  })

  it("expects nothing of a server on another disk", () => {
    const grants: Message = { kind: "requestVoteReply", from: 1, to: 2, term: 5, granted: true }
    const fine = [
      step({ node: node({ id: 1, term: 5, base: 3 }), sent: [grants] }),
      step({ node: node({ id: 1, incarnation: 2, life: 2 }) }),
    ]
    expect(verdicts(monotonic, ...fine)).toEqual([null, null])
  })

  it("flags a server that comes back behind its own snapshot", () => {
    const back = (commitIndex: number, appliedIndex: number) =>
      step({ node: node({ id: 1, life: 2, log: [1, 1, 1], commitIndex, appliedIndex, snapshotIndex: 2 }) })
    expect(verdicts(monotonic, back(1, 1)).at(-1)).toBe("server 1 came back with commit index 1, behind its snapshot through 2")
    expect(verdicts(monotonic, back(2, 1)).at(-1)).toBe("server 1 came back with applied index 1, behind its snapshot through 2")
    expect(verdicts(monotonic, back(2, 2))).toEqual([null])
  })

  it("flags term, commit index, applied index and vote that go back", () => {
    const was = before({ term: 3, commitIndex: 2, appliedIndex: 2, votedFor: 1 })
    const now = (given: Partial<Given>) =>
      step({ node: node({ id: 1, term: 3, votedFor: 1, commitIndex: 2, appliedIndex: 2, ...given }), before: was })
    expect(verdicts(monotonic, now({}), now({ term: 4, votedFor: 2 }))).toEqual([null, null])
    expect(verdicts(monotonic, now({ term: 2 })).at(-1)).toMatch(/from term 3 back to term 2/)
    expect(verdicts(monotonic, now({ commitIndex: 1 })).at(-1)).toMatch(/commit index back from 2 to 1/)
    expect(verdicts(monotonic, now({ appliedIndex: 1 })).at(-1)).toMatch(/applied index 2 to 1/)
    expect(verdicts(monotonic, now({ votedFor: 2 })).at(-1)).toMatch(/changed its vote in term 3 from 1 to 2/)
    expect(verdicts(monotonic, now({ votedFor: null })).at(-1)).toMatch(/changed its vote in term 3 from 1 to null/)
  })
})
