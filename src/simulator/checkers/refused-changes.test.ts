import { describe, expect, it } from "vitest"
import { before, node, step, verdict, verdicts, type Given } from "../../../test/checkers/hand-made.ts"
import type { StepView } from "./checker.ts"
import { refusedChanges } from "./refused-changes.ts"

describe("refused changes", () => {
  /** Server 1 leads term 2 and appends the first entry of a change. */
  const begins = step({ node: node({ id: 1, log: [1, 2, 2], commitIndex: 2 }), changes: [{ kind: "begun", index: 3, term: 2 }] })
  const refuses = (given: Partial<Given> = {}): StepView =>
    step({ node: node({ id: 1, log: [1, 2, 2], commitIndex: 2, ...given }), changes: [{ kind: "refused", index: 3, term: 2 }] })
  const commits = (given: Given): StepView => step({ node: node(given), before: before({ commitIndex: given.commitIndex! - 1 }) })

  const isMade = commits({ id: 2, log: [1, 2, 2], commitIndex: 3 })
  const isReplaced = commits({ id: 2, log: [1, 2, 3], commitIndex: 3 })

  it("allows another entry in its place, before and after the answer", () => {
    expect(verdicts(refusedChanges, begins, refuses(), isReplaced)).toEqual([null, null, null])
    expect(verdicts(refusedChanges, begins, isReplaced, refuses())).toEqual([null, null, null])
  })

  it("allows the entry to stay in logs, others of its term to be committed below it, and a change that was not refused", () => {
    expect(verdicts(refusedChanges, begins, refuses(), commits({ id: 2, log: [1, 2, 2], commitIndex: 2 }))).toEqual([null, null, null])
    expect(verdicts(refusedChanges, begins, isMade)).toEqual([null, null])
  })

  it("flags a change that is committed after it was refused, on a server that has just started too", () => {
    const reason = "committed entry 3 of term 2 after the change that begins with it had been rejected"
    expect(verdicts(refusedChanges, begins, refuses(), isMade)).toEqual([null, null, `server 2 ${reason}`])
    const started = step({ node: node({ id: 3, base: 1, baseTerm: 1, log: [2, 2], commitIndex: 3 }) })
    expect(verdict(refusedChanges, begins, refuses(), started)).toBe(`server 3 ${reason}`)
  })

  it("flags it after a snapshot has hidden the place on another server", () => {
    const hidden = commits({ id: 3, base: 4, baseTerm: 2, log: [2], commitIndex: 5 })
    expect(verdict(refusedChanges, begins, hidden, refuses(), isMade)).toMatch(/server 2 committed entry 3/)
  })

  it("flags an answer to a change that is committed already, in the same step, or so long ago that nobody holds its entry", () => {
    const reason = "the change that begins with entry 3 of term 2 was rejected, but had been committed"
    expect(verdict(refusedChanges, begins, isMade, refuses())).toBe(reason)
    expect(verdict(refusedChanges, begins, isMade, refuses({ base: 4, baseTerm: 3, log: [] }))).toBe(reason)
    expect(verdict(refusedChanges, begins, refuses({ commitIndex: 3 }))).toMatch(/server 1 committed entry 3/)
  })

  it("tells changes apart that begin at the same index", () => {
    const again = step({ node: node({ id: 2, log: [1, 2, 3], commitIndex: 2 }), changes: [{ kind: "begun", index: 3, term: 3 }] })
    expect(verdicts(refusedChanges, begins, again, refuses(), isReplaced, refuses())).toEqual([null, null, null, null, null])
  })
})
