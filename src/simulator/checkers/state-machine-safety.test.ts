import { describe, expect, it } from "vitest"
import { moves, node, before, step, verdicts, applied } from "../../../test/checkers/hand-made.ts"
import { stateMachineSafety } from "./state-machine-safety.ts"

describe("state machine safety", () => {
  const committed = (id: number, log: number[], commitIndex: number) => node({ id, log, commitIndex })

  it("allows uncommitted differences and truncation above the commit index", () => {
    const fine = [
      step({ node: committed(1, [1, 2], 1) }),
      step({ node: committed(2, [1, 3], 2) }),
      step({ node: committed(1, [1, 3], 2), before: before({ commitIndex: 1, lastIndex: 2 }), changedFrom: 2 }),
    ]
    expect(verdicts(stateMachineSafety, ...fine)).toEqual([null, null, null])
  })

  it("flags two entries committed at one index", () => {
    expect(verdicts(stateMachineSafety, ...moves(committed(1, [1, 2], 2), committed(2, [1, 3], 2))).at(-1)).toBe(
      "server 2 committed term 3 at index 2, where term 2 was committed before",
    )
  })

  it("flags a log that changes below its commit index, and a commit beyond the log", () => {
    const changed = step({ node: committed(1, [1, 3], 2), before: before({ commitIndex: 2, lastIndex: 2 }), changedFrom: 2 })
    expect(verdicts(stateMachineSafety, changed).at(-1)).toMatch(/changed its log from index 2 on, but had committed through 2/)
    expect(verdicts(stateMachineSafety, ...moves(committed(1, [1], 2))).at(-1)).toMatch(/committed through 2, but its log ends at 1/)
    expect(verdicts(stateMachineSafety, ...moves(node({ id: 1, log: [1], appliedIndex: 1 }))).at(-1)).toMatch(
      /applied through 1, but committed only through 0/,
    )
  })

  it("flags two commands applied at one index, whatever the logs say", () => {
    const one = step({ journal: [applied(4, 1)] })
    const other = step({ node: node({ id: 2 }), journal: [applied(4, 2)] })
    expect(verdicts(stateMachineSafety, one, one, other)).toEqual([
      null,
      null,
      "server 2 applied another command at index 4 than the first server that got there",
    ])
  })
})
