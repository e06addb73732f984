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

  it("goes by the configuration that decided, where the next one began in the same step", () => {
    const next = { ...three, index: 3, voters: [1, 2, 3, 4, 5, 6], votersOutgoing: [1, 2, 3] }
    const has = disk({ log: [1, 2] })
    const disks = [has, has, disk({}), disk({}), disk({}), disk({})]
    const begun = step({
      node: node({ id: 1, term: 2, log: [1, 2], commitIndex: 1 }),
      durable: (id) => disks[id - 1] ?? null,
      sample: () => 1,
    })
    expect(verdicts(committedIsDurable, begun, commits(disks, next))).toEqual([null, null])
    expect(verdicts(committedIsDurable, commits(disks, next)).at(-1)).toMatch(/only 1, 2 of voters 1, 2, 3, 4, 5, 6/)
  })
})
