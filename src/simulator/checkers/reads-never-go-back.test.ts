import { describe, expect, it } from "vitest"
import { asks, operation, verdict, verdicts, wasRead, wrote } from "../../../test/checkers/hand-made.ts"
import { readsNeverGoBack } from "./reads-never-go-back.ts"

describe("reads never go back", () => {
  const read = (id: number, client = 1, minimumIndex = 9) =>
    operation(id, { client, kind: "read", inSession: false, consistency: "stale", minimumIndex })

  it("allows the same index again, newer ones, and older ones for other clients and for reads that began before", () => {
    const steps = [
      asks(read(1)),
      asks(read(2)),
      wasRead(read(1), 5, 0),
      wasRead(read(2), 4, 0),
      asks(read(3)),
      wasRead(read(3), 5, 0),
      asks(read(4, 2)),
      wasRead(read(4, 2), 1, 0),
    ]
    expect(verdicts(readsNeverGoBack, ...steps)).toEqual(steps.map(() => null))
  })

  it("allows a read to be as old as its client asks for", () => {
    const old = read(2, 1, 3)
    expect(verdicts(readsNeverGoBack, asks(read(1)), wasRead(read(1), 5, 0), asks(old), wasRead(old, 3, 0))).toEqual([
      null,
      null,
      null,
      null,
    ])
    expect(verdict(readsNeverGoBack, asks(read(1)), wasRead(read(1), 5, 0), asks(old), wasRead(old, 2, 0))).toMatch(/had seen index 3/)
  })

  it("flags a read behind an earlier read of the same client", () => {
    expect(verdict(readsNeverGoBack, asks(read(1)), wasRead(read(1), 5, 0), asks(read(2)), wasRead(read(2), 4, 0))).toBe(
      "client 1 was answered as of index 4 in operation 2, after it had seen index 5",
    )
  })

  it("flags a read behind the client's own write", () => {
    const write = operation(1)
    expect(verdict(readsNeverGoBack, asks(write), wrote(write, 7), asks(read(2)), wasRead(read(2), 6, 0))).toMatch(
      /after it had seen index 7/,
    )
  })
})
