import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { ForwardProposalsReply } from "../../core/index.ts"
import type { Outcome } from "../effect.ts"
import { EnvelopeType, plainHeaderBytes } from "../machine/envelope.ts"
import {
  cancelProposals,
  cloneProposals,
  createProposals,
  enqueue,
  hashProposals,
  isForwarded,
  onForwardRejected,
  onLeaderChange,
  onSnapshotInstalled,
  placeForwarded,
  placeInLog,
  rejectReplaced,
  settle,
  takeQueue,
  type Proposals,
} from "./proposals.ts"

function propose(table: Proposals, id: number, bytes = 1): { number: number; outcomes: Outcome[] } {
  const outcomes: Outcome[] = []
  enqueue(table, { id, command: new Uint8Array(bytes), session: null }, EnvelopeType.command, outcomes)
  return { number: takeQueue(table).numbers[0] ?? -1, outcomes }
}

const applied = (lastApplied: number, lastAppliedTerm: number) => ({ lastApplied, lastAppliedTerm })

function refused(number: number, from: number, term: number, reason: ForwardProposalsReply["reason"]): ForwardProposalsReply {
  return { kind: "forwardProposalsReply", from, to: 1, term, bootId: 1, rejected: [number], reason }
}

const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map((outcome) => `${outcome.kind} ${outcome.id}`)

describe("pending proposals", () => {
  test("slotsMin: lie in a table of so many slots until half of them are taken, and then of twice as many", () => {
    const table = createProposals(1_024, 1_000, 1 << 20)
    const lengths = Array.from({ length: 33 }, (_, i) => {
      propose(table, i + 1, 0)
      return table.numbers.length
    })
    expect(lengths.slice(30)).toEqual([64, 64, 128])
  })

  test("pendingProposalsMax: are refused from the limit of their number on, one before not", () => {
    const table = createProposals(2, 1_000, 1 << 20)
    expect(propose(table, 1).outcomes).toEqual([])
    const second = propose(table, 2)
    expect(second.outcomes).toEqual([])
    expect(propose(table, 3).outcomes).toMatchObject([{ kind: "rejected", id: 3, reason: "overloaded" }])
    expect(settle(table, second.number)).toBe(2)
    expect(propose(table, 4).outcomes).toEqual([])
  })

  test("pendingProposalBytesMax: are refused above the limit of their bytes, but one alone may be larger", () => {
    const table = createProposals(64, 10, 1 << 20)
    const large = propose(table, 1, 11)
    expect(large.outcomes).toEqual([])
    expect(propose(table, 2, 1).outcomes).toMatchObject([{ reason: "overloaded" }])
    settle(table, large.number)
    expect(propose(table, 3, 4).outcomes).toEqual([])
    expect(propose(table, 4, 6).outcomes).toEqual([])
    expect(propose(table, 5, 1).outcomes).toMatchObject([{ reason: "overloaded" }])
  })

  test("are refused as too large when they and their envelope do not fit one log entry, one byte less does", () => {
    const table = createProposals(64, 1_000, 100)
    expect(propose(table, 1, 101 - plainHeaderBytes).outcomes).toMatchObject([{ kind: "rejected", reason: "tooLarge" }])
    expect(propose(table, 2, 100 - plainHeaderBytes).outcomes).toEqual([])
  })

  test("are answered once, and numbers are never used twice, however long a straggler stays", () => {
    const table = createProposals(1024, 1 << 20, 1 << 20)
    const straggler = propose(table, 1)
    const seen = new Set([straggler.number])
    for (let id = 2; id < 1_000; id++) {
      const { number } = propose(table, id)
      expect(seen.has(number)).toBe(false)
      seen.add(number)
      expect(settle(table, number)).toBe(id)
      expect(settle(table, number)).toBe(-1)
    }
    expect(settle(table, straggler.number)).toBe(1)
    expect(table.count).toBe(0)
    expect(table.bytes).toBe(0)
  })

  test("are found again whatever the order of answers, while the table grows", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 600 }), (steps) => {
        const table = createProposals(4_096, 1 << 20, 1 << 20)
        const open = new Map<number, number>()
        let id = 0
        for (const isNew of steps) {
          if (isNew || open.size === 0) open.set(propose(table, ++id).number, id)
          else {
            const [number, owner] = [...open].at((id * 7) % open.size)!
            expect(settle(table, number)).toBe(owner)
            open.delete(number)
          }
          expect(table.count).toBe(open.size)
        }
        for (const [number, owner] of open) expect(settle(table, number)).toBe(owner)
      }),
    )
  })

  test("that were forwarded wait through a change of leaders, and are rejected once an entry of a later term is applied", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    placeForwarded(table, propose(table, 1).number, 2, 4)
    placeForwarded(table, propose(table, 2).number, 3, 5)
    const outcomes: Outcome[] = []
    rejectReplaced(table, applied(9, 4), null, 2, outcomes)
    onLeaderChange(table)
    rejectReplaced(table, applied(9, 4), null, 3, outcomes)
    expect(outcomes).toEqual([])
    rejectReplaced(table, applied(10, 5), null, 3, outcomes)
    expect(outcomes).toMatchObject([{ kind: "rejected", id: 1, reason: "lostLeadership", leader: 3 }])
    rejectReplaced(table, applied(11, 6), null, 3, outcomes)
    expect(kinds(outcomes)).toEqual(["rejected 1", "rejected 2"])
    expect(table.count).toBe(0)
  })

  test("that were forwarded are rejected only by the very server and term that they were sent to", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    const { number } = propose(table, 1)
    placeForwarded(table, number, 2, 4)
    const outcomes: Outcome[] = []
    onForwardRejected(table, refused(number, 3, 4, "overloaded"), null, outcomes)
    onForwardRejected(table, refused(number, 2, 5, "overloaded"), null, outcomes)
    expect(outcomes).toEqual([])
    onForwardRejected(table, refused(number, 2, 4, "overloaded"), 2, outcomes)
    onForwardRejected(table, refused(number, 2, 4, "overloaded"), 2, outcomes)
    expect(outcomes).toMatchObject([{ kind: "rejected", id: 1, reason: "overloaded", leader: 2 }])
  })

  test("that were forwarded to one who cannot tell wait for the log", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    const { number } = propose(table, 1)
    placeForwarded(table, number, 2, 4)
    const outcomes: Outcome[] = []
    onForwardRejected(table, refused(number, 2, 4, "lostLeadership"), null, outcomes)
    expect(outcomes).toEqual([])
    expect(isForwarded(table, number)).toBe(true)
  })

  test("of a lost leadership wait, and are rejected once another entry is applied in their place", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    for (const [id, index] of [
      [1, 10],
      [2, 11],
    ] as const) {
      placeInLog(table, propose(table, id).number, index, 4)
    }
    const outcomes: Outcome[] = []
    rejectReplaced(table, applied(10, 4), 4, null, outcomes)
    expect(outcomes).toEqual([])
    onLeaderChange(table)
    rejectReplaced(table, applied(9, 4), null, 3, outcomes)
    expect(outcomes).toEqual([])
    rejectReplaced(table, applied(10, 4), null, 3, outcomes)
    expect(outcomes).toMatchObject([{ kind: "rejected", id: 1, reason: "lostLeadership", leader: 3 }])
    // Led again since: the old one is still looked after.
    rejectReplaced(table, applied(11, 4), 6, 1, outcomes)
    expect(kinds(outcomes)).toEqual(["rejected 1", "rejected 2"])
  })

  test("of a lost leadership are rejected as soon as the next leader's first entry is applied, also below them; its own wait", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    placeInLog(table, propose(table, 1).number, 20, 4)
    placeInLog(table, propose(table, 2).number, 21, 5)
    const outcomes: Outcome[] = []
    onLeaderChange(table)
    rejectReplaced(table, applied(10, 4), null, 3, outcomes)
    expect(outcomes).toEqual([])
    rejectReplaced(table, applied(11, 5), null, 3, outcomes)
    expect(outcomes).toMatchObject([{ kind: "rejected", id: 1, reason: "lostLeadership", leader: 3 }])
  })

  test("above an installed snapshot of a later term are rejected", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    placeInLog(table, propose(table, 1).number, 11, 4)
    const outcomes: Outcome[] = []
    onSnapshotInstalled(table, { lastIndex: 10, lastTerm: 5 }, 3, outcomes)
    expect(outcomes).toMatchObject([{ kind: "rejected", id: 1, reason: "lostLeadership", leader: 3 }])
    expect(table.count).toBe(0)
  })

  test("below an installed snapshot are unknown, those above it or of a later term wait", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    placeInLog(table, propose(table, 1).number, 10, 4)
    placeInLog(table, propose(table, 2).number, 11, 4)
    placeForwarded(table, propose(table, 3).number, 2, 4)
    placeForwarded(table, propose(table, 4).number, 3, 5)
    const outcomes: Outcome[] = []
    onSnapshotInstalled(table, { lastIndex: 10, lastTerm: 4 }, 3, outcomes)
    expect(kinds(outcomes).sort()).toEqual(["unknown 1", "unknown 3"])
    expect(table.count).toBe(2)
  })

  test("that are cancelled are unknown, once", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    const { number } = propose(table, 1)
    propose(table, 2)
    const outcomes: Outcome[] = []
    cancelProposals(table, new Set([1, 9]), outcomes)
    cancelProposals(table, new Set([1]), outcomes)
    expect(kinds(outcomes)).toEqual(["unknown 1"])
    expect(settle(table, number)).toBe(-1)
  })

  test("are copied: the copy goes its own way", () => {
    const table = createProposals(64, 1_000, 1 << 20)
    const { number } = propose(table, 1)
    const copy = cloneProposals(table)
    expect(hashProposals(0, copy)).toBe(hashProposals(0, table))
    settle(table, number)
    expect(hashProposals(0, copy)).not.toBe(hashProposals(0, table))
    expect(settle(copy, number)).toBe(1)
  })
})
