import { describe, expect, it } from "vitest"
import { verdicts, applied, applies, operation, asks, wrote, refused } from "../../../test/checkers/hand-made.ts"
import { clientWrites } from "./client-writes.ts"

describe("client writes", () => {
  it("allows one effect, many servers, and an answer at the index of a later try", () => {
    const steps = [asks(operation(1)), applies(applied(3, 1)), applies(applied(3, 1)), wrote(operation(1), 3), wrote(operation(1), 5)]
    expect(verdicts(clientWrites, ...steps)).toEqual([null, null, null, null, null])
  })

  it("flags an acknowledged write that is nowhere", () => {
    expect(verdicts(clientWrites, wrote(operation(1), 3)).at(-1)).toBe(
      "write 1 was acknowledged at index 3, but no state machine has applied it there",
    )
    expect(verdicts(clientWrites, applies(applied(4, 1)), wrote(operation(1), 3)).at(-1)).toMatch(/acknowledged at index 3/)
  })

  it("flags a rejected write that took effect, before or after", () => {
    expect(verdicts(clientWrites, refused(operation(1)), applies(applied(3, 1))).at(-1)).toMatch(
      /applied at index 3 after its client had been told/,
    )
    expect(verdicts(clientWrites, applies(applied(3, 1)), refused(operation(1))).at(-1)).toBe(
      "write 1 was rejected, but had been applied at index 3",
    )
  })
})
