import { describe, expect, it } from "vitest"
import { three, node, step, verdicts, disk } from "../../../test/checkers/hand-made.ts"
import type { DurableView } from "./checker.ts"
import { committedIsDurable } from "./committed-is-durable.ts"

describe("committed is durable", () => {
  const commits = (disks: readonly DurableView[], configuration = three) =>
    step({ node: node({ id: 1, term: 2, log: [1, 2], commitIndex: 2, configuration }), durable: (id) => disks[id - 1] ?? null })

  it("allows a majority of disks, by log or by snapshot", () => {
    expect(verdicts(committedIsDurable, commits([disk({ log: [1, 2] }), disk({ snapshotIndex: 2 }), disk({})]))).toEqual([null])
  })

  it("flags a minority, and names who has it", () => {
    expect(verdicts(committedIsDurable, commits([disk({ log: [1, 2] }), disk({ log: [1, 1] }), disk({})]))).toEqual([
      "entry 2 of term 2 was committed by server 1 with only 1 of voters 1, 2, 3 having it on disk",
    ])
  })

  it("needs both majorities of a joint configuration", () => {
    const joint = { ...three, votersOutgoing: [4, 5, 6] }
    const has = disk({ log: [1, 2] })
    expect(verdicts(committedIsDurable, commits([has, has, has], joint)).at(-1)).toMatch(/only none of voters 4, 5, 6/)
    expect(verdicts(committedIsDurable, commits([has, has, disk({}), has, has, disk({})], joint))).toEqual([null])
  })
})
