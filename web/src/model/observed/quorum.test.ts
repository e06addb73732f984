import { describe, expect, test } from "vitest"
import { majorityOf, previewOf, slackOf } from "./quorum.ts"
import { statusOf } from "./sample.ts"

const three = statusOf(1, 1, 1).configuration
const everybody = () => true

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
])("a majority of %i is %i", (count, majority) => expect(majorityOf(count)).toBe(majority))

describe("slack", () => {
  test("of three is one, and below zero without a quorum", () => {
    expect(slackOf(three, everybody)).toEqual({ now: 1, design: 1 })
    expect(slackOf(three, (id) => id === 1)).toEqual({ now: -1, design: 1 })
  })

  test("of a joint configuration is that of the weaker half", () => {
    const joint = { ...three, voters: [1, 2, 3, 4, 5], votersOutgoing: [1, 2] }
    expect(slackOf(joint, everybody)).toEqual({ now: 0, design: 0 })
  })
})

describe("a preview", () => {
  test.each([
    ["losing one of three", { kind: "lose", id: 2 } as const, "3 voters, majority 2: can lose 1 voter → can lose no voter."],
    ["removing one of three", { kind: "remove", id: 2 } as const, "3 voters → 2, majority 2: can lose 1 voter → can lose no voter."],
    [
      "adding a fourth voter",
      { kind: "addVoter" } as const,
      "Once it runs and has caught up: 3 voters → 4, majority 3: can lose 1 voter → can lose 1 voter.",
    ],
    [
      "adding a learner",
      { kind: "addLearner" } as const,
      "It gets the log, and no vote: 3 voters, majority 2, can lose 1 voter, as before.",
    ],
  ])("%s", (_title, intent, text) => expect(previewOf(intent, three, everybody)).toBe(text))

  test("says when writes will wait", () => {
    expect(previewOf({ kind: "lose", id: 2 }, three, (id) => id !== 3)).toContain(
      "no quorum, 1 missing. Writes and linearizable reads will wait.",
    )
  })

  test("the last voter cannot be removed", () => {
    expect(previewOf({ kind: "remove", id: 1 }, { ...three, voters: [1] }, everybody)).toContain("refused")
  })
})
