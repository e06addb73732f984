// What becomes of a change of membership whose leader lost leadership: refused only where its entry has no place any more (Raft §5.3).

import { describe, expect, test } from "vitest"
import { bootstrapConfiguration, type Entry } from "../core/index.ts"
import type { Outcome } from "./effect.ts"
import { createRequests, onEntryApplied, onSnapshotInstalledForRequests, type Requests } from "./membership.ts"

/** Request 7: its configuration is entry 10 of term 2. */
function waiting(): Requests {
  const requests = createRequests(4)
  requests.changes.push({ id: 7, index: 10, term: 2, newVoters: [], isBegun: false })
  return requests
}

const server = { id: 1, name: "", peerAddress: "", clientAddress: "" }

function command(index: number, term: number): Entry {
  return { index, term, kind: "command", data: new Uint8Array(0), configuration: null, encoded: null }
}

function configuration(index: number, term: number): Entry {
  return { ...command(index, term), kind: "configuration", configuration: { ...bootstrapConfiguration([server]), index } }
}

const refused = { kind: "rejected", id: 7, reason: "lostLeadership" }

describe("a change of membership that waits", () => {
  const applied = (...entries: readonly Entry[]): Outcome[] => {
    const requests = waiting()
    const outcomes: Outcome[] = []
    for (const entry of entries) onEntryApplied(requests, entry, outcomes)
    return outcomes
  }

  test("is not refused for an earlier entry of its own term, and is for one of a later term", () => {
    expect(applied(command(8, 1), command(9, 2))).toEqual([])
    expect(applied(command(9, 3))).toMatchObject([refused])
  })

  test("is refused for any other entry in its place, and done with its own", () => {
    expect(applied(configuration(10, 3))).toMatchObject([refused])
    expect(applied(configuration(10, 1))).toMatchObject([refused])
    expect(applied(configuration(10, 2))).toMatchObject([{ kind: "committed", id: 7, index: 10 }])
  })

  const installed = (lastIndex: number, lastTerm: number): { outcomes: Outcome[]; left: number } => {
    const requests = waiting()
    const outcomes: Outcome[] = []
    onSnapshotInstalledForRequests(requests, { lastIndex, lastTerm }, outcomes)
    return { outcomes, left: requests.changes.length }
  }

  test("is in doubt once a snapshot reaches its place, whatever the snapshot's term", () => {
    for (const term of [1, 2, 3]) {
      expect(installed(10, term)).toMatchObject({ outcomes: [{ kind: "unknown", id: 7 }], left: 0 })
      expect(installed(11, term)).toMatchObject({ outcomes: [{ kind: "unknown", id: 7 }], left: 0 })
    }
  })

  test("goes on waiting behind a snapshot of its own term, and is refused behind one of a later term", () => {
    expect(installed(9, 2)).toEqual({ outcomes: [], left: 1 })
    expect(installed(9, 3)).toMatchObject({ outcomes: [refused], left: 0 })
  })
})
