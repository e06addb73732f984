import { describe, expect, test } from "vitest"
import type { ClusterStatus, Observation } from "../../server/index.ts"
import { Narrator } from "./narrator.ts"

const nodes = [1, 2, 3].map((id) => ({ id, name: `n${id}` }))
const leads = (term: number, votes: number[]): Observation => ({ kind: "becameLeader", term, votes })

function configuration(
  index: number,
  voters: number[],
  learners: number[] = [],
  names = new Map<number, string>(),
): ClusterStatus["configuration"] {
  const members = [...voters, ...learners].map((id) => ({ id, name: names.get(id) ?? `n${id}`, peerAddress: "", clientAddress: "" }))
  return { index, voters, votersOutgoing: [], learners, promoting: [], learnersNext: [], members, highestId: 9 }
}

describe("who leads", () => {
  test("is told with term and voters, by name", () => {
    const narrator = new Narrator(nodes)
    expect(narrator.tell(2, leads(7, [1, 2]))).toBe("n2 leads term 7 (votes of n1, n2)")
    expect(narrator.leader).toEqual({ id: 2, term: 7 })
  })

  test("an older term's leader, heard of late, changes nothing", () => {
    const narrator = new Narrator(nodes)
    narrator.tell(2, leads(7, [1, 2]))
    expect(narrator.tell(1, leads(6, [1, 3]))).toBeNull()
    expect(narrator.leader?.id).toBe(2)
  })

  test("a deposed leader that steps down late does not take its successor with it", () => {
    const narrator = new Narrator(nodes)
    narrator.tell(1, leads(6, [1, 3]))
    narrator.tell(2, leads(7, [2, 3]))
    expect(narrator.tell(1, { kind: "steppedDown", term: 6, because: "node 2 is in term 7" })).toBe("n1 no longer leads (n2 is in term 7)")
    expect(narrator.leader).toEqual({ id: 2, term: 7 })
    narrator.lost(1)
    expect(narrator.leader?.id).toBe(2)
    narrator.lost(2)
    expect(narrator.leader).toBeNull()
  })
})

describe("who belongs", () => {
  test("a change is told once, though every node commits it", () => {
    const narrator = new Narrator(nodes)
    narrator.began(configuration(0, [1, 2, 3]))
    const committed: Observation = {
      kind: "configurationCommitted",
      configuration: configuration(9, [1, 2, 3], [4], new Map([[4, "late"]])),
    }
    expect(narrator.tell(1, committed)).toBe("the members are now n1, n2, n3; learner late")
    expect(narrator.tell(2, committed)).toBeNull()
    expect(narrator.nameOf(4)).toBe("late")
  })

  test("what a node starts with is no news", () => {
    const narrator = new Narrator(nodes)
    narrator.began(configuration(5, [1, 2, 3]))
    expect(narrator.tell(1, { kind: "configurationCommitted", configuration: configuration(5, [1, 2, 3]) })).toBeNull()
    expect(narrator.tell(1, { kind: "configurationCommitted", configuration: configuration(6, [1, 2, 3]) })).toBeNull()
  })
})

test("what only the inside cares about is not told", () => {
  expect(new Narrator(nodes).tell(1, { kind: "leaderKnown", term: 1, leader: 2 })).toBeNull()
  expect(new Narrator(nodes).tell(1, { kind: "followerState", peer: 2, state: "probe" })).toBeNull()
})
