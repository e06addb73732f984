import { describe, expect, it } from "vitest"
import { before, node, step, three, verdict, verdicts, voters } from "../../../test/checkers/hand-made.ts"
import type { Configuration, Message } from "../../core/index.ts"
import { electionQuorum } from "./election-quorum.ts"

describe("election quorum", () => {
  const grants = (from: number, to = 1, term = 2, granted = true) => {
    const message: Message = { kind: "requestVoteReply", from, to, term, granted }
    return step({ node: node({ id: from, term }), sent: [message] })
  }
  const leads = (configuration: Configuration = three) => step({ node: node({ id: 1, role: "leader", term: 2, configuration }) })

  it("allows a majority with the candidate, and without one that is no voter itself", () => {
    expect(verdicts(electionQuorum, grants(2), leads())).toEqual([null, null])
    expect(verdict(electionQuorum, grants(2), grants(3), leads(voters(2, 3, 4)))).toBeNull()
    expect(verdict(electionQuorum, leads(voters(1)))).toBeNull()
  })

  it("flags a minority, however often one voter is counted", () => {
    expect(verdict(electionQuorum, grants(2), grants(2), leads(voters(1, 2, 3, 4, 5)))).toBe(
      "server 1 became leader of term 2, but of voters 1, 2, 3, 4, 5 only 1, 2 had voted for it",
    )
    expect(verdict(electionQuorum, grants(2), leads(voters(1, 2, 3, 4)))).toMatch(/only 1, 2/)
  })

  it("does not count refusals, other terms and other candidates", () => {
    expect(verdict(electionQuorum, grants(2, 1, 2, false), grants(2, 1, 1), grants(2, 3), leads())).toMatch(/only 1 had voted/)
  })

  it("counts no learners", () => {
    expect(verdict(electionQuorum, grants(4), grants(5), leads({ ...three, learners: [4, 5] }))).toMatch(/of voters 1, 2, 3 only 1/)
  })

  it("wants both majorities of a joint configuration", () => {
    const joint = { ...three, votersOutgoing: [4, 5, 6] }
    expect(verdict(electionQuorum, grants(2), leads(joint))).toMatch(/of voters 4, 5, 6 none had voted/)
    expect(verdict(electionQuorum, grants(4), grants(5), leads(joint))).toMatch(/of voters 1, 2, 3 only 1/)
    expect(verdict(electionQuorum, grants(2), grants(4), grants(6), leads(joint))).toBeNull()
  })

  it("judges an election once, by the configuration of that moment", () => {
    const later = step({
      node: node({ id: 1, role: "leader", term: 2, configuration: voters(1, 2, 3, 4, 5) }),
      before: before({ role: "leader", term: 2 }),
    })
    expect(verdicts(electionQuorum, grants(2), leads(), later)).toEqual([null, null, null])
  })
})
