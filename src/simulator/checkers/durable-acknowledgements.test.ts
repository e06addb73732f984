import { describe, expect, it } from "vitest"
import { before, disk, node, step, verdict, verdicts } from "../../../test/checkers/hand-made.ts"
import type { Message } from "../../core/index.ts"
import type { DurableView } from "./checker.ts"
import { durableAcknowledgements } from "./durable-acknowledgements.ts"

describe("durable acknowledgements", () => {
  const acknowledges: Message = {
    kind: "appendEntriesReply",
    from: 1,
    to: 2,
    term: 3,
    success: true,
    index: 2,
    hintIndex: 0,
    hintTerm: 0,
    round: 0,
  }
  const sends = (on: DurableView | null, message = acknowledges) =>
    step({ node: node({ id: 1, term: 3, log: [1, 3] }), before: before({}), sent: [message], durable: () => on })

  it("allows what is on disk, by log or by snapshot, and refusals", () => {
    const fine = [
      sends(disk({ term: 3, log: [1, 3] })),
      sends(disk({ term: 3, snapshotIndex: 2 })),
      sends(disk({ term: 4, log: [1, 3, 4] })),
      sends(disk({ term: 3 }), { ...acknowledges, success: false }),
    ]
    expect(verdicts(durableAcknowledgements, ...fine)).toEqual([null, null, null, null])
  })

  it("flags an entry that is not on disk, or another one there", () => {
    expect(verdict(durableAcknowledgements, sends(disk({ term: 3, log: [1] })))).toBe(
      "server 1 acknowledged entry 2 while its disk ended at 1",
    )
    expect(verdict(durableAcknowledgements, sends(disk({ term: 3, log: [1, 2] })))).toMatch(/entry 2 of term 3 with term 2 on disk/)
  })

  it("flags a term that is not on disk, and a disk that recovery would refuse", () => {
    expect(verdict(durableAcknowledgements, sends(disk({ term: 2, log: [1, 3] })))).toMatch(/in term 3 with term 2 on disk/)
    expect(verdict(durableAcknowledgements, sends(null))).toMatch(/could not be read back/)
  })
})
