import { describe, expect, it } from "vitest"
import { before, disk, node, step, verdict, verdicts } from "../../../test/checkers/hand-made.ts"
import type { Message } from "../../core/index.ts"
import type { DurableView } from "./checker.ts"
import { durablePromises } from "./durable-promises.ts"

describe("durable promises", () => {
  const grant: Message = { kind: "requestVoteReply", from: 1, to: 2, term: 3, granted: true }
  const refusal: Message = { ...grant, granted: false }
  const sends = (message: Message, on: DurableView, sample = 0) =>
    step({ node: node({ id: 1, term: 3, log: [1, 3] }), before: before({}), sent: [message], sample: () => sample, durable: () => on })

  it("allows a vote that is on disk, a disk that has gone on, and a granted pre-vote, which promises nothing", () => {
    const fine = [
      sends(grant, disk({ term: 3, votedFor: 2 })),
      sends(grant, disk({ term: 4 })),
      sends(refusal, disk({ term: 3 })),
      sends({ kind: "preVoteReply", from: 1, to: 2, term: 4, granted: true }, disk({ term: 1 })),
    ]
    expect(verdicts(durablePromises, ...fine)).toEqual([null, null, null, null])
  })

  it("flags a vote that is not on disk, or only for another candidate, whatever the sample", () => {
    expect(verdict(durablePromises, sends(grant, disk({ term: 2 }), 1))).toMatch(/granted its vote of term 3 to 2 before it was on disk/)
    expect(verdict(durablePromises, sends(grant, disk({ term: 3, votedFor: 1 }), 1))).toMatch(/vote 1/)
  })

  it("flags an answer whose term is not on disk", () => {
    expect(verdict(durablePromises, sends(refusal, disk({ term: 2 })))).toBe(
      "server 1 answered with requestVoteReply in term 3, with term 2 on disk",
    )
    expect(verdict(durablePromises, sends({ ...refusal, kind: "preVoteReply" }, disk({ term: 2 })))).toMatch(/with preVoteReply/)
  })

  it("flags a leader whose own vote is not on disk", () => {
    const leads = step({ node: node({ id: 1, term: 3, role: "leader" }), before: before({}), durable: () => disk({ term: 3 }) })
    expect(verdict(durablePromises, leads)).toMatch(/became leader of term 3 with its own vote not on disk/)
  })
})
