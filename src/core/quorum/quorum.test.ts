import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Configuration, NodeId } from "../types.ts"
import { bootstrapConfiguration, emptyConfiguration } from "./configuration.ts"
import { majorityOf, majorityValue, majorityVote } from "./majority.ts"
import { hasMajority, quorumValue, quorumVote } from "./quorum.ts"

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
  [6, 4],
  [7, 4],
  [8, 5],
  [9, 5],
])("of %i servers, %i make a majority", (count, majority) => {
  expect(majorityOf(count)).toBe(majority)
})

describe("the value that a majority has reached", () => {
  test.each<[string, number[], number]>([
    ["one server: its own", [7], 7],
    ["two: the lower one", [7, 3], 3],
    ["three: the middle one", [9, 1, 5], 5],
    ["four: the second lowest", [9, 7, 5, 1], 5],
    ["five: the middle one", [1, 2, 3, 4, 5], 3],
    ["ties count each", [4, 4, 1], 4],
  ])("%s", (_name, values, expected) => {
    const voters = values.map((_, i) => i + 1)
    expect(majorityValue(voters, (id) => values[id - 1]!)).toBe(expected)
  })

  test("nobody votes: nothing is ever reached", () => {
    expect(majorityValue([], () => 99)).toBe(-Infinity)
  })

  test("is reached by at least a majority, and no higher one is", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 9 }), (values) => {
        const voters = values.map((_, i) => i + 1)
        const value = majorityValue(voters, (id) => values[id - 1]!)
        const reached = (atLeast: number): number => values.filter((each) => each >= atLeast).length
        expect(reached(value)).toBeGreaterThanOrEqual(majorityOf(values.length))
        expect(reached(value + 1)).toBeLessThan(majorityOf(values.length))
      }),
    )
  })
})

describe("a vote", () => {
  const ballots = (text: string): Map<NodeId, boolean> =>
    new Map([...text].flatMap((ballot, i): [NodeId, boolean][] => (ballot === "." ? [] : [[i + 1, ballot === "y"]])))

  test.each([
    ["y", "won"],
    ["n", "lost"],
    [".", "pending"],
    ["y.", "pending"],
    ["yn", "lost"],
    ["yy", "won"],
    ["y..", "pending"],
    ["yy.", "won"],
    ["yn.", "pending"],
    ["nn.", "lost"],
    ["yy..", "pending"],
    ["yyn.", "pending"],
    ["yynn", "lost"],
    ["yyy.", "won"],
    ["yyynn", "won"],
    ["yynnn", "lost"],
  ] as const)("with ballots %s is %s", (text, expected) => {
    const voters = [...text].map((_, i) => i + 1)
    expect(majorityVote(voters, ballots(text))).toBe(expected)
  })

  test("ballots of strangers do not count", () => {
    expect(
      majorityVote(
        [1, 2, 3],
        new Map([
          [1, true],
          [8, true],
          [9, true],
        ]),
      ),
    ).toBe("pending")
  })

  test("of nobody is lost: a server that belongs to nothing cannot win", () => {
    expect(majorityVote([], new Map())).toBe("lost")
  })
})

describe("joint configurations", () => {
  const joint = (voters: readonly NodeId[], votersOutgoing: readonly NodeId[]): Configuration => ({
    ...emptyConfiguration,
    voters,
    votersOutgoing,
  })
  const votes = (granted: readonly NodeId[], refused: readonly NodeId[] = []): Map<NodeId, boolean> =>
    new Map([...granted.map((id) => [id, true] as const), ...refused.map((id) => [id, false] as const)])

  test.each<[string, NodeId[], NodeId[], NodeId[], NodeId[], string]>([
    ["both majorities grant", [1, 2, 3], [3, 4, 5], [2, 3, 4], [], "won"],
    ["only the new one grants", [1, 2, 3], [3, 4, 5], [1, 2], [], "pending"],
    ["only the old one grants", [1, 2, 3], [3, 4, 5], [4, 5], [], "pending"],
    ["the new one refuses", [1, 2, 3], [3, 4, 5], [3, 4, 5], [1, 2], "lost"],
    ["the old one refuses", [1, 2, 3], [3, 4, 5], [1, 2, 3], [4, 5], "lost"],
    ["one server for another", [2], [1], [2], [], "pending"],
    ["one server for another, both grant", [2], [1], [1, 2], [], "won"],
  ])("%s", (_name, voters, outgoing, granted, refused, expected) => {
    expect(quorumVote(joint(voters, outgoing), votes(granted, refused))).toBe(expected)
  })

  test("commit what the slower majority has", () => {
    const values: Record<number, number> = { 1: 10, 2: 10, 3: 10, 4: 4, 5: 3, 6: 9 }
    expect(quorumValue(joint([1, 2, 3], [4, 5, 6]), (id) => values[id]!)).toBe(4)
  })

  test("any two quorums of a joint configuration and either half share a server", () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(ids, ids, fc.uniqueArray(fc.integer({ min: 1, max: 7 })), (voters, outgoing, granted) => {
        if (quorumVote(joint(voters, outgoing), votes(granted)) !== "won") return
        const others = [1, 2, 3, 4, 5, 6, 7].filter((id) => !granted.includes(id))
        expect(majorityVote(voters, votes(others))).not.toBe("won")
        expect(majorityVote(outgoing, votes(others))).not.toBe("won")
      }),
    )
  })
})

test("a new cluster's configuration is sorted and remembers its highest id", () => {
  const member = (id: NodeId) => ({ id, name: "", peerAddress: `h:${id}`, clientAddress: "" })
  expect(bootstrapConfiguration([member(3), member(1)])).toMatchObject({ voters: [1, 3], highestId: 3, index: 0 })
})

test("a majority of the living is counted among the voters named", () => {
  expect(hasMajority([1, 2, 3], (id) => id !== 2)).toBe(true)
  expect(hasMajority([1, 2, 3], (id) => id === 2)).toBe(false)
  expect(hasMajority([1, 2], (id) => id === 2)).toBe(false)
})
