import { describe, expect, it } from "vitest"
import { verdicts, applied, applies, operation, asks, wrote, wasRead } from "../../../test/checkers/hand-made.ts"
import type { ClientOperation } from "./checker.ts"
import { freshReads } from "./fresh-reads.ts"

describe("fresh reads", () => {
  const read = (id: number, given: Partial<ClientOperation> = {}) => operation(id, { kind: "read", inSession: false, ...given })

  it("allows old answers to reads that began before, and to stale ones", () => {
    const steps = [
      applies(applied(3, 1)),
      asks(read(8)),
      asks(operation(1)),
      wrote(operation(1), 3),
      wasRead(read(8), 0, 0),
      asks(read(9, { consistency: "stale" })),
      wasRead(read(9, { consistency: "stale" }), 2, 0),
    ]
    expect(verdicts(freshReads, ...steps)).toEqual(steps.map(() => null))
  })

  it("flags an answer that is older than one that somebody had before the read began", () => {
    const steps = [applies(applied(3, 1)), wrote(operation(1), 3), asks(read(9)), wasRead(read(9), 2, 0)]
    expect(verdicts(freshReads, ...steps).at(-1)).toBe("linearizable read 9 of client 1 was answered as of index 2, older than index 3")
    const afterRead = [
      applies(applied(3, 1)),
      wasRead(read(7), 3, 1),
      asks(read(9, { consistency: "lease" })),
      wasRead(read(9, { consistency: "lease" }), 2, 0),
    ]
    expect(verdicts(freshReads, ...afterRead).at(-1)).toMatch(/lease read 9 .* older than index 3/)
  })

  it("flags a stale read that goes back behind what its client has seen", () => {
    const stale = read(9, { consistency: "stale", minimumIndex: 3 })
    expect(verdicts(freshReads, applies(applied(3, 1)), asks(stale), wasRead(stale, 2, 0)).at(-1)).toMatch(
      /stale read 9 .* older than index 3/,
    )
  })

  it("flags a value that is not the one at the index of the answer", () => {
    expect(verdicts(freshReads, applies(applied(3, 1), applied(5, 2)), asks(read(9)), wasRead(read(9), 4, 2)).at(-1)).toBe(
      "read 9 of register 1 as of index 4 gave 2, but the log says 1",
    )
  })
})
