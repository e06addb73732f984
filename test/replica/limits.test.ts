// The bounds of a replica that a whole cluster is needed to reach: at the edge, one inside, one outside.

import { describe, expect, test } from "vitest"
import type { Message } from "../../src/core/index.ts"
import type { ReplicaEvent, ReplicaLimits } from "../../src/replica/index.ts"
import type { DiskRequest } from "../../src/storage/index.ts"
import { TestCluster } from "./cluster.ts"
import { text } from "./counter-machine.ts"
import { add, expectEqualStates, small } from "./stories.ts"

/** A cluster of one that leads, and what its entries weigh: an `add` of eight characters, with its envelope and what a record takes beside it. */
function alone(limits: Partial<ReplicaLimits>): TestCluster {
  const cluster = new TestCluster([1], { limits })
  cluster.untilLeader()
  return cluster
}

const noopWeight = 40
const addWeight = 8 + 28 + 40

/** Everything that server `id` asks of its disk from here on. */
function watchDisk(cluster: TestCluster, id: number): DiskRequest[] {
  const requests: DiskRequest[] = []
  const { feed } = cluster
  cluster.feed = (node, ...events) => {
    const effects = feed.call(cluster, node, ...events)
    if (node === id && effects !== null) requests.push(...effects.disk)
    return effects
  }
  return requests
}

function proposeAtOnce(cluster: TestCluster, node: number, commands: readonly string[]): void {
  const proposals = commands.map((command, i) => ({ id: 10_000 + i, command: text(command), session: null }))
  cluster.feed(node, { kind: "propose", proposals })
}

describe("what waits for an answer", () => {
  test("pendingReadsMax: as many reads wait, and one more is refused", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: { pendingReadsMax: 3 } })
    const leader = cluster.untilLeader()
    const ids = [1, 2, 3, 4].map(() => cluster.read(leader, "x"))
    expect(ids.map((id) => cluster.reads.has(id))).toEqual([false, false, false, true])
    expect(cluster.reads.get(ids[3]!)).toMatchObject({ kind: "rejected", reason: "overloaded" })
    for (const id of ids.slice(0, 3)) expect(cluster.answer(id)).toMatchObject({ kind: "answered" })
  })

  test("readTimeoutMs: a read that nobody confirms is refused by then, and not much earlier", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: { readTimeoutMs: 1_000 } })
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    cluster.isLost = ({ from, to, kind }) => from === follower || (to === follower && kind === "readIndexReply")
    const id = cluster.read(follower, "x")
    cluster.run(999)
    expect(cluster.reads.has(id)).toBe(false)
    cluster.run(1)
    expect(cluster.reads.get(id)).toMatchObject({ kind: "rejected", reason: "noLeader" })
  })

  test("pendingRequestsMax: as many requests of operators wait, and one more is refused", () => {
    const cluster = alone({ pendingRequestsMax: 2 })
    add(cluster, 1, 1)
    const ids = [901, 902, 903]
    cluster.feed(1, ...ids.map((id): ReplicaEvent => ({ kind: "takeSnapshot", id })))
    expect(ids.map((id) => cluster.outcomes.has(id))).toEqual([false, false, true])
    expect(cluster.outcomes.get(903)).toMatchObject({ kind: "rejected", reason: "overloaded" })
    for (const id of [901, 902]) expect(cluster.outcome(id)).toMatchObject({ kind: "committed" })
  })
})

describe("what a step does at most", () => {
  test("applyBytesMax: entries are applied until as many bytes are reached, one at least", () => {
    const mostApplied = (applyBytesMax: number) => {
      const cluster = new TestCluster([1, 2, 3], { limits: { applyBytesMax } })
      const leader = cluster.untilLeader()
      cluster.untilEqual()
      const counts: number[] = []
      const { feed } = cluster
      cluster.feed = (id, ...events) => {
        const before = cluster.replica(leader).lastApplied
        const effects = feed.call(cluster, id, ...events)
        if (id === leader) counts.push(cluster.replica(leader).lastApplied - before)
        return effects
      }
      proposeAtOnce(cluster, leader, Array<string>(10).fill("add x0 1"))
      cluster.untilEqual()
      return Math.max(...counts)
    }
    expect([1, 3 * addWeight - 1, 3 * addWeight, 3 * addWeight + 1].map(mostApplied)).toEqual([1, 3, 3, 4])
  })

  test("fetchMax: as many entries are fetched from the log at once, and the rest afterwards", () => {
    const cluster = alone({ applyEntriesMax: 10_000 })
    const { raft } = cluster.replica(1)
    const fetched: number[] = []
    const entries = raft.entries.bind(raft)
    raft.entries = (from, through) => {
      fetched.push(through - from + 1)
      return entries(from, through)
    }
    proposeAtOnce(cluster, 1, Array<string>(1_025).fill("add x0 1"))
    cluster.untilEqual()
    expect(fetched).toEqual([512, 512, 1])
  })

  test("groupBytesMax: proposals of as many bytes are taken or refused together, of a byte more in two groups", () => {
    const taken = (...lengths: readonly number[]) => {
      // A first write that is not committed leaves room for the first of the others alone.
      const cluster = new TestCluster([1, 2, 3], { raft: { uncommittedBytesMax: (256 << 10) - 1 } })
      const leader = cluster.untilLeader()
      cluster.untilEqual()
      cluster.isLost = () => true
      cluster.propose(leader, "add x 1")
      proposeAtOnce(
        cluster,
        leader,
        lengths.map((length) => "y".repeat(length - 28)),
      )
      return lengths.map((_, i) => !cluster.outcomes.has(10_000 + i))
    }
    const half = 128 << 10
    expect(taken(half, half - 1)).toEqual([false, false])
    expect(taken(half, half)).toEqual([false, false])
    expect(taken(half, half + 1)).toEqual([true, false])
  })
})

describe("when a snapshot is taken, and what stays behind it", () => {
  test("snapshotLogBytesMin: it is taken once the log outweighs as many bytes, and not at as many", () => {
    const takenAfter = (snapshotLogBytesMin: number) => {
      const cluster = alone({ snapshotLogBytesMin })
      add(cluster, 1, 5)
      cluster.run(20)
      return cluster.replica(1).status().snapshotIndex
    }
    const weight = noopWeight + 5 * addWeight
    expect([weight - 1, weight, weight + 1].map(takenAfter)).toEqual([6, 0, 0])
  })

  test("keptTailBytes: as much of the log stays behind it, to the entry", () => {
    const keptAfter = (keptTailBytes: number) => {
      const cluster = alone({ keptTailBytes })
      add(cluster, 1, 10)
      cluster.outcome(cluster.ask(1, (id) => ({ kind: "takeSnapshot", id })))
      const { snapshotIndex, firstLogIndex } = cluster.replica(1).status()
      return snapshotIndex - firstLogIndex + 1
    }
    expect([0, 3 * addWeight - 1, 3 * addWeight, 3 * addWeight + 1].map(keptAfter)).toEqual([0, 3, 3, 4])
  })
})

describe("the log on the disk", () => {
  test("logSegmentBytesMax: no segment of it is longer", () => {
    const cluster = alone({ logSegmentBytesMax: 1_000, logZeroAheadBytes: 0 })
    add(cluster, 1, 40)
    const reader = cluster.node(1).disk.reader()
    const sizes = reader.list().map((file) => reader.sizeBytes(file))
    expect(sizes.length).toBeGreaterThan(3)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000)
    expect(Math.max(...sizes)).toBeGreaterThan(800)
  })

  test("logZeroAheadBytes: as many zeros stand ahead of a short batch", () => {
    const zerosAfter = (logZeroAheadBytes: number) => {
      const cluster = alone({ logZeroAheadBytes })
      add(cluster, 1, 1)
      const reader = cluster.node(1).disk.reader()
      const [file] = reader.list()
      const bytes = reader.read(file!, 0, reader.sizeBytes(file!))
      return bytes.length - bytes.findLastIndex((byte) => byte !== 0) - 1
    }
    expect(zerosAfter(0)).toBe(0)
    expect(zerosAfter(10_000)).toBeLessThanOrEqual(10_000)
    expect(zerosAfter(10_000)).toBeGreaterThan(9_000)
  })

  test("logBatchesInFlightMax: as many batches are under way, and what comes meanwhile waits", () => {
    for (const logBatchesInFlightMax of [1, 2, 3]) {
      const cluster = alone({ logBatchesInFlightMax })
      cluster.node(1).trouble = "stalled"
      const requests = watchDisk(cluster, 1)
      for (let i = 0; i < 5; i++) cluster.propose(1, "add x0 1")
      expect(requests.length).toBe(logBatchesInFlightMax)
    }
  })

  test("diskRetryMs: a write that found no room is tried again then, not earlier", () => {
    const cluster = alone({ diskRetryMs: 100 })
    cluster.node(1).trouble = "full"
    cluster.propose(1, "add x0 1")
    cluster.until(() => cluster.node(1).observations.some(({ kind }) => kind === "diskFull"))
    const requests = watchDisk(cluster, 1)
    cluster.run(99)
    expect(requests).toEqual([])
    cluster.run(1)
    expect(requests.map(({ lane }) => lane)).toEqual(["log"])
  })
})

describe("a snapshot's way to a follower", () => {
  /** What a leader sends to a follower whose answers are lost, until it would begin to repeat. */
  function sentUnanswered(limits: Partial<ReplicaLimits>): Extract<Message, { kind: "installSnapshot" }>[] {
    const cluster = new TestCluster([1, 2, 3], { limits: { ...small, keptTailBytes: 0, snapshotWriteBytesMax: 1 << 20, ...limits } })
    const leader = cluster.untilLeader()
    const away = leader === 1 ? 2 : 1
    cluster.crash(away)
    add(cluster, leader, 200)
    cluster.start(away)
    const sent: Extract<Message, { kind: "installSnapshot" }>[] = []
    cluster.isLost = (message) => {
      if (message.kind === "installSnapshot") sent.push(message)
      return message.kind === "installSnapshotReply"
    }
    cluster.until(() => sent.length > 0)
    cluster.run(100)
    return sent
  }

  test("snapshotChunksInflightMax: as many messages leave without an answer", () => {
    for (const snapshotChunksInflightMax of [1, 2, 4]) {
      const sent = sentUnanswered({ snapshotChunksInflightMax, snapshotChunkBytes: 100 })
      expect(sent.map(({ offset }) => offset)).toEqual(Array.from({ length: snapshotChunksInflightMax }, (_, i) => i * 100))
    }
  })

  test("snapshotRequestBytesMax: no request to the disk writes or reads more of a snapshot, while it is taken and while it is restored", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: { ...small, snapshotRequestBytesMax: 100 } })
    const leader = cluster.untilLeader()
    const away = leader === 1 ? 2 : 1
    cluster.crash(away)
    const [taking, restoring] = [watchDisk(cluster, leader), watchDisk(cluster, away)]
    add(cluster, leader, 200)
    cluster.start(away)
    expectEqualStates(cluster)
    const bytesOf = (requests: readonly DiskRequest[], kind: "write" | "read") =>
      requests
        .filter(({ lane }) => lane === "snapshot")
        .flatMap(({ operations }) => operations)
        .map((one) =>
          one.kind !== kind
            ? 0
            : one.kind === "write"
              ? one.data.reduce((sum, { length }) => sum + length, 0)
              : one.kind === "read"
                ? one.lengthBytes
                : 0,
        )
    expect(Math.max(...bytesOf(taking, "write"))).toBe(100)
    expect(Math.max(...bytesOf(restoring, "read"))).toBe(100)
    expect(Math.max(...bytesOf(restoring, "write"))).toBe(100)
  })
})

describe("snapshots in small pieces", () => {
  // A counter's chunk has a little more than 200 bytes.
  test.each([
    ["snapshotPieceBytesMax: a machine's chunks that are longer", { snapshotPieceBytesMax: 50 }],
    ["snapshotPieceBytesMax: every byte of a chunk by itself", { snapshotPieceBytesMax: 1 }],
    [
      "snapshotPendingBytesMax: a receiver that has room for a message less than comes",
      { snapshotPendingBytesMax: 1, snapshotChunkBytes: 300 },
    ],
  ])("%s restart and install like others", (_title, limits) => {
    const cluster = new TestCluster([1, 2, 3], { limits: { ...small, ...limits } })
    const leader = cluster.untilLeader()
    const [away, follower] = [1, 2, 3].filter((id) => id !== leader)
    cluster.crash(away!)
    add(cluster, leader, 300)
    cluster.start(away!)
    cluster.untilEqual()
    expect(cluster.node(away!).observations.some(({ kind }) => kind === "snapshotInstalled")).toBe(true)
    cluster.crash(follower!)
    cluster.start(follower!)
    cluster.untilEqual()
    expectEqualStates(cluster)
  })
})
