import { describe, expect, it } from "vitest"
import { moves, node, step, verdicts } from "../../../test/checkers/hand-made.ts"
import type { Message } from "../../core/index.ts"
import { electionSafety } from "./election-safety.ts"

describe("election safety", () => {
  const leads = (id: number, term: number, life = 1) => node({ id, term, life, role: "leader" })

  it("allows leaders of different terms at the same time, and a candidate beside a leader", () => {
    expect(verdicts(electionSafety, ...moves(leads(1, 2), leads(2, 3), leads(1, 2), node({ id: 3, term: 3, role: "candidate" })))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it("flags two leaders of one term, however far apart in time", () => {
    expect(verdicts(electionSafety, ...moves(leads(1, 2), leads(2, 3), leads(3, 2))).at(-1)).toBe("servers 1 and 3 both lead term 2")
  })

  it("flags who speaks as the leader of a term that it does not lead", () => {
    const heartbeat: Message = {
      kind: "appendEntries",
      from: 1,
      to: 2,
      term: 2,
      prevLogIndex: 0,
      prevLogTerm: 0,
      entries: [],
      leaderCommit: 0,
      round: 0,
    }
    const said = (id: number) => step({ node: node({ id, term: 2 }), sent: [heartbeat] })
    expect(verdicts(electionSafety, step({ node: leads(1, 2) }), said(1))).toEqual([null, null])
    expect(verdicts(electionSafety, step({ node: leads(1, 2) }), said(3)).at(-1)).toBe(
      "server 3 sent appendEntries in term 2, which it does not lead",
    )
  })

  it("flags a leader that leads its term again after a restart", () => {
    expect(verdicts(electionSafety, ...moves(leads(1, 2), leads(1, 2, 2))).at(-1)).toBe("server 1 leads term 2 again after a restart")
  })
})
