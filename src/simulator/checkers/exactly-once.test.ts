import { describe, expect, it } from "vitest"
import { applied, applies, operation, verdicts, wrote } from "../../../test/checkers/hand-made.ts"
import { exactlyOnce } from "./exactly-once.ts"

describe("exactly once", () => {
  it("allows one effect on many servers, answers to several tries, and two writes", () => {
    const steps = [applies(applied(3, 1)), applies(applied(3, 1)), wrote(operation(1), 3), wrote(operation(1), 5), applies(applied(4, 2))]
    expect(verdicts(exactlyOnce, ...steps)).toEqual([null, null, null, null, null])
  })

  it("flags a write that takes effect twice", () => {
    expect(verdicts(exactlyOnce, applies(applied(3, 1)), applies(applied(7, 1))).at(-1)).toBe(
      "server 2 applied write 1 at index 7, and it was applied at index 3 before",
    )
  })

  it("flags a retry that gets another answer than the first try", () => {
    expect(verdicts(exactlyOnce, applies(applied(3, 1)), wrote(operation(1), 3, Uint8Array.of(0))).at(-1)).toMatch(
      /answered with another result/,
    )
  })
})
