import { describe, expect, it } from "vitest"
import { before, node, step, three, verdict, voters, type Given } from "../../../test/checkers/hand-made.ts"
import type { Configuration } from "../../core/index.ts"
import { oneChangeAtATime } from "./one-change-at-a-time.ts"

describe("one change at a time", () => {
  const joint: Configuration = { ...voters(1, 2, 3, 4), votersOutgoing: [1, 2, 3], index: 2, highestId: 4 }
  const learner: Configuration = { ...three, learners: [4], members: [...three.members, { ...three.members[0]!, id: 4 }], index: 2 }

  /** Server 1 leads term 2 with entry 1 of that term committed, and goes from one configuration to the next. */
  const leads = (from: Configuration, to: Configuration, given: Partial<Given> = {}) => {
    const leader = { id: 1, role: "leader", term: 2, log: [2, 2, 2, 2], commitIndex: 1 } as const
    return [
      step({ node: node({ ...leader, configuration: from }) }),
      step({ node: node({ ...leader, configuration: to, ...given }), before: before({ role: "leader", term: 2, commitIndex: 1 }) }),
    ]
  }

  it("allows a joint configuration, what it leads to once it is committed, and a change of learners in one step", () => {
    expect(verdict(oneChangeAtATime, ...leads(three, joint))).toBeNull()
    expect(verdict(oneChangeAtATime, ...leads(joint, { ...joint, votersOutgoing: [], index: 3 }, { commitIndex: 2 }))).toBeNull()
    expect(verdict(oneChangeAtATime, ...leads(three, learner))).toBeNull()
  })

  it("allows followers to take and to roll back whatever their leaders send", () => {
    const follows = (configuration: Configuration) => step({ node: node({ id: 2, configuration }), before: before({}) })
    expect(verdict(oneChangeAtATime, follows(three), follows(voters(7, 8)), follows(three))).toBeNull()
  })

  it("flags a change while the one before is not committed", () => {
    expect(verdict(oneChangeAtATime, ...leads(joint, { ...joint, votersOutgoing: [], index: 3 }))).toBe(
      "leader 1 of term 2 put configuration 3 in force while configuration 2 was not committed",
    )
  })

  it("flags a change before an entry of the leader's own term is committed (the 2015 bug)", () => {
    expect(verdict(oneChangeAtATime, ...leads(three, joint, { log: [1, 2, 2] }))).toBe(
      "leader 1 of term 2 put configuration 2 in force before it had committed an entry of its own term",
    )
  })

  it("flags voters that change without a joint configuration, and a joint one that leads elsewhere", () => {
    expect(verdict(oneChangeAtATime, ...leads(three, { ...voters(1, 2, 3, 4), index: 2 }))).toMatch(/without passing through a joint one/)
    expect(verdict(oneChangeAtATime, ...leads(three, { ...joint, votersOutgoing: [1, 2] }))).toMatch(/without passing through a joint one/)
    expect(verdict(oneChangeAtATime, ...leads(joint, { ...three, index: 3 }, { commitIndex: 2 }))).toMatch(
      /not where joint configuration 2 leads/,
    )
  })

  it("flags an id that is used again", () => {
    const had = { ...three, highestId: 4 }
    expect(verdict(oneChangeAtATime, ...leads(had, { ...learner, highestId: 4 }))).toMatch(/with server 4, whose id was used before/)
  })
})
