import { describe, expect, test } from "vitest"
import { memberOf, TestCluster } from "../../../test/replica/cluster.ts"
import { defaultRaftOptions, type Entry, type Message } from "../../core/index.ts"
import { encodeMessage } from "../../wire/index.ts"
import { explainFrameMisfit } from "./frame-fit.ts"
import { defaultReplicaLimits } from "./options.ts"

const frameBytesMax = 10_000

function problemOf(raft: Partial<typeof defaultRaftOptions>, limits: Partial<typeof defaultReplicaLimits> = {}): string | null {
  const small = { appendBytesMax: 1_000, appendEntriesMax: 10, proposalBytesMax: 1_000 }
  return explainFrameMisfit({
    ...defaultReplicaLimits,
    snapshotChunkBytes: 1_000,
    frameBytesMax,
    ...limits,
    raft: { ...defaultRaftOptions, id: 1, seed: 1, ...small, ...raft },
  })
}

function frameOf(lengths: readonly number[]): number {
  const entries = lengths.map((length, position): Entry => ({
    index: position + 1,
    term: 1,
    kind: "command",
    data: new Uint8Array(length),
    configuration: null,
    encoded: null,
  }))
  const message: Message = {
    kind: "appendEntries",
    from: 1,
    to: 2,
    term: 1,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries,
    leaderCommit: 0,
    round: 1,
  }
  return encodeMessage(message, 0).length
}

describe("limits that have to fit a frame", () => {
  test("the defaults do", () => {
    expect(explainFrameMisfit({ ...defaultReplicaLimits, raft: { ...defaultRaftOptions, id: 1, seed: 1 } })).toBeNull()
  })

  test("frameBytesMax: a proposal that just fits a real frame is allowed, a byte more is refused with both names and values", () => {
    const most = frameBytesMax - 101
    expect(frameOf([most])).toBe(frameBytesMax)
    expect(problemOf({ proposalBytesMax: most - 1 })).toBeNull()
    expect(problemOf({ proposalBytesMax: most })).toBeNull()
    expect(problemOf({ proposalBytesMax: most + 1 })).toBe(
      "proposalBytesMax is 9900, and with 101 bytes around a proposal that makes a frame of 10001 bytes, above frameBytesMax (10000): " +
        "lower proposalBytesMax to at most 9899, or raise frameBytesMax, on all servers, to at least 10001",
    )
  })

  test("frameBytesMax: so does the fullest message of many entries", () => {
    const most = frameBytesMax - 68 - 10 * 33
    expect(frameOf([most - 9, 1, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(frameBytesMax)
    expect(problemOf({ appendBytesMax: most })).toBeNull()
    expect(problemOf({ appendBytesMax: most + 1 })).toContain(
      "appendBytesMax is 9603, and with 398 bytes around appendEntriesMax (10) entries",
    )
    expect(problemOf({ appendEntriesMax: 1_000_000 })).toContain("raise frameBytesMax, on all servers, to at least 33001068")
  })

  test("frameBytesMax: so does a snapshot's chunk with the smallest configuration", () => {
    const most = frameBytesMax - 97
    expect(problemOf({}, { snapshotChunkBytes: most })).toBeNull()
    expect(problemOf({}, { snapshotChunkBytes: most + 1 })).toContain("snapshotChunkBytes is 9904")
  })
})

describe("a cluster whose frames are small", () => {
  const limits = { frameBytesMax: 1_000, snapshotChunkBytes: 900, snapshotLogEntriesMax: 5, keptTailBytes: 0 }
  const raft = { proposalBytesMax: 899, appendBytesMax: 600, appendEntriesMax: 10 }

  test("frameBytesMax: nothing that it sends is longer, though it forwards a batch and sends a snapshot", () => {
    const cluster = new TestCluster([1, 2, 3], { limits, raft })
    const longest = new Map<string, number>()
    let away = 0
    cluster.isLost = (message) => {
      longest.set(message.kind, Math.max(longest.get(message.kind) ?? 0, encodeMessage(message, 0).length))
      return message.to === away || message.from === away
    }
    const leader = cluster.untilLeader()
    const [follower, other] = [1, 2, 3].filter((id) => id !== leader)
    away = other!
    const proposals = Array.from({ length: 60 }, (_, i) => ({
      id: 1_000 + i,
      command: new TextEncoder().encode(`add k${i % 3} 1 ${"x".repeat(i * 10)}`),
      session: null,
    }))
    cluster.feed(follower!, { kind: "propose", proposals })
    cluster.until(() => cluster.outcomes.size === 60)
    away = 0
    cluster.untilEqual()
    expect([...longest.entries()].filter(([, bytes]) => bytes > 1_000)).toEqual([])
    expect(longest.get("forwardProposals")).toBeGreaterThan(600)
    expect(longest.get("appendEntries")).toBeGreaterThan(600)
    expect(longest.get("installSnapshot")).toBe(1_000)
  })

  test("configurationBytesMax: a change that could make a configuration of more than half a frame is refused in words", () => {
    const cluster = new TestCluster([1, 2, 3], { limits, raft })
    const leader = cluster.untilLeader()
    const { members } = cluster.replica(leader).raft.configuration
    const used = 24 + members.reduce((sum, one) => sum + 30 + 3 * (one.name.length + one.peerAddress.length + one.clientAddress.length), 0)
    const add = (id: number, spareBytes: number) => {
      const name = "n".repeat(Math.floor((500 - used - 30 - spareBytes) / 3) - "h:1".length)
      const change = { kind: "addLearner" as const, member: { id, name, peerAddress: "h:1", clientAddress: "" } }
      return cluster.outcome(
        cluster.ask(leader, (request) => ({ kind: "changeMembership", id: request, changes: [change], version: null })),
      )
    }
    expect(add(4, -3)).toMatchObject({ kind: "rejected", reason: "invalidChange" })
    expect(add(4, -3)).toHaveProperty(
      "message",
      expect.stringContaining("at most 500 are allowed (half of frameBytesMax, 1000, and never more than 1048576)"),
    )
    expect(add(5, 0)).toMatchObject({ kind: "committed" })
  })

  test("configurationBytesMax: a first configuration that is too long is refused at the start", () => {
    const members = Array.from({ length: 8 }, (_, i) => i + 1)
    expect(() => new TestCluster(members, { limits, raft })).toThrow("a configuration of 8 members could take")
    expect(memberOf(8).name).toBe("n8")
  })
})
