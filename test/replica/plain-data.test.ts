// A replica is plain data: a clone goes on exactly as its original does, equal states have equal hashes, the same events give the same end.

import { describe, expect, test } from "vitest"
import type { Message, NodeId } from "../../src/core/index.ts"
import type { Effects, Replica, ReplicaEvent } from "../../src/replica/index.ts"
import { TestCluster, type ClusterOptions } from "./cluster.ts"

const options: ClusterOptions = {
  cloneable: true,
  limits: {
    snapshotLogBytesMin: 3_000,
    keptTailBytes: 500,
    snapshotChunkBytes: 700,
    snapshotWriteBytesMax: 1_400,
    snapshotRequestBytesMax: 600,
  },
}

/** A story with a bit of everything; `atEachStep` sees every event of every server. */
function story(
  atEachStep: (cluster: TestCluster, id: NodeId, before: Replica, events: readonly ReplicaEvent[], effects: Effects) => void,
): TestCluster {
  const cluster = new TestCluster([1, 2, 3], options)
  const { feed } = cluster
  cluster.feed = (id, ...events) => {
    const { replica } = cluster.node(id)
    const before = replica?.clone() ?? null
    const effects = feed.call(cluster, id, ...events)
    if (before !== null && effects !== null) atEachStep(cluster, id, before, events, effects)
    return effects
  }
  const leader = cluster.untilLeader()
  const session = cluster.outcome(cluster.ask(leader, (id) => ({ kind: "openSession", id })))
  const sessionId = session.kind === "committed" ? session.index : 0
  const follower = leader === 1 ? 2 : 1
  cluster.crash(follower)
  for (let i = 0; i < 60; i++) {
    const node = [1, 2, 3].filter((id) => id !== follower)[i % 2]!
    cluster.outcome(
      cluster.propose(node, `add c${i % 5} 1`, i % 3 === 0 ? { sessionId, sequence: i + 1, answeredBelow: Math.max(1, i - 9) } : null),
    )
    if (i % 10 === 0) cluster.answer(cluster.read(node, "c0"))
  }
  cluster.start(follower)
  let lost = 0
  cluster.isLost = ({ kind }: Message) => kind === "installSnapshot" && ++lost % 3 === 0
  cluster.untilEqual()
  cluster.outcome(cluster.ask(leader, (id) => ({ kind: "transferLeadership", id, to: follower })))
  cluster.outcome(cluster.propose(cluster.untilLeader(), "add c0 1"))
  cluster.untilEqual()
  return cluster
}

describe("a replica", () => {
  test("and its clone do the same on the same events, at every step of a long story, and end with equal hashes", () => {
    let steps = 0
    story((cluster, id, before, events, effects) => {
      steps += 1
      const again = before.step(cluster.now, events)
      expect(again).toEqual(effects)
      expect(before.hash()).toBe(cluster.replica(id).hash())
      expect(before.deadline).toBe(cluster.replica(id).deadline)
      expect(before.status()).toEqual(cluster.replica(id).status())
    })
    expect(steps).toBeGreaterThan(500)
  })

  test("is not changed by what its clone goes through", () => {
    let steps = 0
    story((cluster, id) => {
      if (++steps % 20 !== 0) return
      const replica = cluster.replica(id)
      const hash = replica.hash()
      const clone = replica.clone()
      expect(clone.hash()).toBe(hash)
      for (let i = 1; i <= 10; i++) {
        clone.step(cluster.now + i * 100, [
          { kind: "wake" },
          { kind: "propose", proposals: [{ id: 1_000_000 + i, command: new Uint8Array(50), session: null }] },
          { kind: "read", reads: [{ id: 2_000_000 + i, query: "x", consistency: "linearizable", minimumIndex: 0 }] },
          { kind: "openSession", id: 3_000_000 + i },
          { kind: "takeSnapshot", id: 4_000_000 + i },
        ])
      }
      expect(clone.hash()).not.toBe(hash)
      expect(replica.hash()).toBe(hash)
    })
    expect(steps).toBeGreaterThan(500)
  })

  test("comes to the same end each time the same story is told", () => {
    const hashes = [1, 2].map(() => {
      const cluster = story(() => {})
      return cluster.running.map(({ replica }) => replica!.hash())
    })
    expect(hashes[0]).toEqual(hashes[1])
  })

  test("never throws and never halts, whatever a peer says", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    const meta = { lastIndex: 1_000_000, lastTerm: 3, configuration: cluster.replica(1).status().configuration }
    const strange = (term: number): Message[] => {
      const head = { from: leader, to: follower, term }
      const chunk = {
        kind: "installSnapshot",
        ...head,
        snapshot: meta,
        checksum: 1,
        done: false,
        data: new Uint8Array(100).fill(7),
      } as const
      return [
        { kind: "appendEntriesReply", ...head, success: true, index: 99_999, hintIndex: 0, hintTerm: 0, round: 999 },
        { kind: "installSnapshotReply", ...head, lastIndex: 5, nextOffset: 1e9, done: false },
        { kind: "readIndexReply", ...head, readId: 77, readIndex: 5 },
        { kind: "forwardProposals", ...head, proposals: [] },
        { kind: "forwardProposalsReply", ...head, bootId: 1, rejected: [1, 2, 3], reason: "overloaded" },
        { ...chunk, offset: 0, sizeBytes: 10 },
        { ...chunk, offset: 100, sizeBytes: 1_000 },
        { ...chunk, offset: 0, sizeBytes: 1_000 },
        { kind: "timeoutNow", ...head },
      ]
    }
    for (const term of [0, 1, 50]) {
      for (const message of strange(term)) cluster.feed(follower, { kind: "message", message })
    }
    cluster.feed(follower, { kind: "disk", completion: { id: 12_345, ok: true, data: null, durationMs: 1 } })
    expect(cluster.node(follower).halted).toBeNull()
    cluster.outcome(cluster.propose(cluster.untilLeader(), "add x 1"))
    cluster.untilEqual()
  })
})
