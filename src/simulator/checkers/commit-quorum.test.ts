import { describe, expect, it } from "vitest"
import { before, node, step, three, verdict, verdicts, voters, type Given } from "../../../test/checkers/hand-made.ts"
import type { Configuration, Message } from "../../core/index.ts"
import { commitQuorum } from "./commit-quorum.ts"

describe("commit quorum", () => {
  const acknowledges = (from: number, index: number, term = 2) => {
    const message: Message = {
      kind: "appendEntriesReply",
      from,
      to: 1,
      term,
      success: true,
      index,
      hintIndex: 0,
      hintTerm: 0,
      round: 0,
    }
    return step({ node: node({ id: from, term }), sent: [message] })
  }
  const installs = (from: number, lastIndex: number) => {
    const message: Message = { kind: "installSnapshotReply", from, to: 1, term: 2, lastIndex, nextOffset: 9, done: true }
    return step({ node: node({ id: from, term: 2 }), sent: [message] })
  }
  const commits = (configuration: Configuration = three, given: Partial<Given> = {}) =>
    step({
      node: node({ id: 1, role: "leader", term: 2, log: [2, 2, 2], commitIndex: 3, configuration, ...given }),
      before: before({ role: "leader", term: 2, lastIndex: 3 }),
    })

  it("allows a majority with the leader, without it, and by snapshot", () => {
    expect(verdicts(commitQuorum, acknowledges(2, 3), commits())).toEqual([null, null])
    expect(verdicts(commitQuorum, installs(3, 3), commits())).toEqual([null, null])
    expect(verdict(commitQuorum, acknowledges(2, 3), acknowledges(3, 4), commits(voters(2, 3, 4)))).toBeNull()
    expect(verdict(commitQuorum, commits(voters(1)))).toBeNull()
  })

  it("flags a minority, and names the voters and who had acknowledged", () => {
    expect(verdict(commitQuorum, acknowledges(2, 2), commits())).toBe(
      "leader 1 of term 2 committed entry 3, but of voters 1, 2, 3 only 1 had acknowledged it",
    )
    expect(verdict(commitQuorum, acknowledges(2, 3), commits(voters(2, 3, 4)))).toMatch(/of voters 2, 3, 4 only 2/)
  })

  it("does not count half of an even number", () => {
    expect(verdict(commitQuorum, acknowledges(2, 3), commits(voters(1, 2, 3, 4)))).toMatch(/only 1, 2/)
    expect(verdict(commitQuorum, acknowledges(2, 3), acknowledges(4, 3), commits(voters(1, 2, 3, 4)))).toBeNull()
  })

  it("does not count what was acknowledged in another term", () => {
    expect(verdict(commitQuorum, acknowledges(2, 3, 1), acknowledges(3, 3, 3), commits())).toMatch(/only 1 had/)
  })

  it("counts no learners", () => {
    const withLearners = { ...three, learners: [4, 5] }
    expect(verdict(commitQuorum, acknowledges(4, 3), acknowledges(5, 3), commits(withLearners))).toMatch(/of voters 1, 2, 3 only 1/)
  })

  it("wants both majorities of a joint configuration", () => {
    const joint = { ...three, votersOutgoing: [1, 4, 5] }
    expect(verdict(commitQuorum, acknowledges(2, 3), commits(joint))).toMatch(/of voters 1, 4, 5 only 1/)
    expect(verdict(commitQuorum, acknowledges(4, 3), commits(joint))).toMatch(/of voters 1, 2, 3 only 1/)
    expect(verdict(commitQuorum, acknowledges(2, 3), acknowledges(4, 3), commits(joint))).toBeNull()
  })

  it("lets a leader count by the configuration that ended in the same step, or by the one that began", () => {
    const joint = { ...voters(1), votersOutgoing: [1, 2, 3], index: 3 }
    const was = step({ node: node({ id: 1, role: "leader", term: 2, log: [2, 2, 2], configuration: joint }) })
    const next = { ...voters(1, 5, 6), index: 4 }
    expect(verdict(commitQuorum, was, acknowledges(2, 3), commits(next))).toBeNull()
    expect(verdict(commitQuorum, was, acknowledges(5, 3), commits(next))).toBeNull()
    expect(verdict(commitQuorum, was, commits(next))).toMatch(/of voters 1, 5, 6 only 1/)
  })
})
