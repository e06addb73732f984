import { expect, test } from "vitest"
import type { Configuration, Entry, Message } from "../../core/index.ts"
import { bootstrapConfiguration, configurationBytesMost } from "../../core/index.ts"
import { appendFrameBytes, configurationBytes, encodeMessage, forwardFrameBytes, snapshotFrameBytes } from "../index.ts"

const envelope = { from: 1, to: 2, term: 7 }

function command(index: number, length: number): Entry {
  return { index, term: 7, kind: "command", data: new Uint8Array(length), configuration: null, encoded: null }
}

function append(entries: readonly Entry[]): Message {
  return { kind: "appendEntries", ...envelope, prevLogIndex: 0, prevLogTerm: 0, entries, leaderCommit: 0, round: 1 }
}

const configuration = bootstrapConfiguration(
  [1, 2, 3].map((id) => ({ id, name: `server ${id}`, peerAddress: `host-${id}:2380`, clientAddress: "grüße:2379" })),
)

test.each([[[0]], [[1]], [[100, 0, 7]], [[70_000]]])("a frame with entries of %j bytes is as long as is reckoned", (lengths) => {
  const entries = lengths.map((length, position) => command(position + 1, length))
  const bytes = lengths.reduce((sum, length) => sum + length, 0)
  expect(encodeMessage(append(entries), 0).length).toBe(appendFrameBytes(lengths.length, bytes))
})

test("a frame with a configuration is as long as is reckoned", () => {
  const entry: Entry = { index: 1, term: 7, kind: "configuration", data: new Uint8Array(0), configuration, encoded: null }
  expect(encodeMessage(append([entry]), 0).length).toBe(appendFrameBytes(1, configurationBytes(configuration)))
})

test.each([[[1]], [[0, 28, 70_000]]])("a frame of forwarded proposals of %j bytes is as long as is reckoned", (lengths) => {
  const proposals = lengths.map((length, position) => ({ id: position + 1, data: new Uint8Array(length) }))
  const bytes = lengths.reduce((sum, length) => sum + length, 0)
  expect(encodeMessage({ kind: "forwardProposals", ...envelope, proposals }, 0).length).toBe(forwardFrameBytes(lengths.length, bytes))
})

test.each([1, 70_000])("a frame with %d bytes of a snapshot is as long as is reckoned", (length) => {
  const snapshot = { lastIndex: 9, lastTerm: 7, configuration }
  const frame = encodeMessage(
    {
      kind: "installSnapshot",
      ...envelope,
      snapshot,
      sizeBytes: 100_000,
      checksum: 1,
      offset: 0,
      data: new Uint8Array(length),
      done: false,
    },
    0,
  )
  expect(frame.length).toBe(snapshotFrameBytes(configurationBytes(configuration), length))
})

test("no arrangement of the same members is longer than the most that is reckoned for them", () => {
  const ids = configuration.members.map(({ id }) => id)
  const everywhere: Configuration = { ...configuration, votersOutgoing: ids, learners: ids, promoting: ids, learnersNext: ids }
  const long = { id: 4, name: "€".repeat(1024), peerAddress: "", clientAddress: "" }
  const withLong: Configuration = { ...everywhere, members: [...everywhere.members, long] }
  for (const one of [configuration, everywhere, withLong, bootstrapConfiguration([])]) {
    expect(configurationBytesMost(one)).toBeGreaterThanOrEqual(configurationBytes(one))
  }
})
