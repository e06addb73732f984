import { describe, expect, it } from "vitest"
import { applied, applies, before, node, step, verdicts } from "../../../test/checkers/hand-made.ts"
import { equalStates } from "./equal-states.ts"

describe("equal states", () => {
  it("allows replay, and gaps that all share", () => {
    const fine = [applies(applied(1, 1), applied(4, 2)), applies(applied(1, 1), applied(4, 2))]
    expect(verdicts(equalStates, ...fine)).toEqual([null, null])
  })

  it("flags another state, result or time at the same index", () => {
    const first = applies(applied(1, 1))
    expect(verdicts(equalStates, first, applies(applied(1, 1, { hash: 9 }))).at(-1)).toBe(
      "server 2 is in another state after index 1 than others were",
    )
    expect(verdicts(equalStates, first, applies(applied(1, 1, { result: Uint8Array.of(0) }))).at(-1)).toMatch(
      /got another result at index 1/,
    )
    expect(verdicts(equalStates, first, applies(applied(1, 1, { timeMs: 7 }))).at(-1)).toMatch(/at cluster time 7, others at 1/)
  })

  it("flags a command that others did not hand to their machines, and a clock that goes back", () => {
    expect(verdicts(equalStates, applies(applied(1, 1), applied(3, 3)), applies(applied(2, 2))).at(-1)).toMatch(
      /at index 2, where other servers applied none/,
    )
    expect(verdicts(equalStates, applies(applied(5, 1), applied(6, 2, { timeMs: 4 }))).at(-1)).toMatch(/at cluster time 4, after time 5/)
  })

  it("flags another session table or clock, where all that is replicated is compared", () => {
    const at = (id: number, appliedIndex: number, hash: number, was: number | null = null) =>
      step({
        node: node({ id, appliedIndex, commitIndex: appliedIndex }),
        before: was === null ? null : before({ appliedIndex: was }),
        replicatedHash: () => hash,
      })
    expect(verdicts(equalStates, at(1, 32, 7), at(2, 31, 9), at(2, 32, 7), at(3, 64, 5))).toEqual([null, null, null, null])
    expect(verdicts(equalStates, at(1, 32, 7), at(2, 32, 8, 30)).at(-1)).toMatch(/server 2 differs at index 32 .* sessions or clock/)
  })
})
