import { expect, test } from "vitest"
import { defaultRaftOptions } from "../options.ts"
import { bootstrapConfiguration } from "../quorum/configuration.ts"
import { Raft } from "../raft.ts"
import type { Entry } from "../types.ts"

const member = (id: number) => ({ id, name: "", peerAddress: "", clientAddress: "" })

function entry(index: number): Entry {
  return { index, term: 1, kind: "command", data: new Uint8Array(1), configuration: null, encoded: null }
}

test("a snapshot that overtakes the own log's disk leaves the entries that still have to be written", () => {
  const configuration = bootstrapConfiguration([1, 2, 3].map(member))
  const snapshot = { lastIndex: 0, lastTerm: 0, configuration }
  const raft = Raft.create(
    { ...defaultRaftOptions, id: 1, seed: 1 },
    { hardState: { term: 1, votedFor: 2, commitIndex: 0 }, snapshot, entries: [] },
    0,
  )
  const append = (from: number, through: number) =>
    raft.receive(
      {
        kind: "appendEntries",
        from: 2,
        to: 1,
        term: 1,
        prevLogIndex: from - 1,
        prevLogTerm: from === 1 ? 0 : 1,
        entries: Array.from({ length: through - from + 1 }, (_, position) => entry(from + position)),
        leaderCommit: through,
        round: 0,
      },
      0,
    )
  append(1, 2)
  expect(raft.takeWrite()?.entries.map(({ index }) => index)).toEqual([1, 2])
  // The disk is busy with entries 1 and 2; the others have committed 3 and 4, and a snapshot through 4 is durable first.
  append(3, 4)
  raft.compact(raft.describeSnapshot(4), 5)
  raft.takeReady(0)
  expect(raft.takeWrite()?.entries.map(({ index }) => index)).toEqual([3, 4])
  raft.compact(raft.describeSnapshot(4), 5)
  expect(raft.firstIndex).toBe(5)
})
