// What a replica owes to its disk: restarts, lost power, full, stalled and failing disks, snapshots taken and sent.

import { describe, expect, test } from "vitest"
import type { Message, NodeId } from "../../src/core/index.ts"
import type { ReplicaLimits } from "../../src/replica/index.ts"
import { between, TestCluster } from "./cluster.ts"
import { asText } from "./counter-machine.ts"

const small: Partial<ReplicaLimits> = {
  snapshotLogBytesMin: 4_000,
  keptTailBytes: 500,
  snapshotChunkBytes: 700,
  snapshotWriteBytesMax: 1_400,
  snapshotRequestBytesMax: 900,
  snapshotSilenceMaxMs: 3_000,
}

function add(cluster: TestCluster, node: NodeId, count: number): void {
  for (let i = 0; i < count; i++) {
    const outcome = cluster.outcome(cluster.propose(node, `add c${i % 10} 1`))
    if (outcome.kind !== "committed") throw new Error(`${outcome.kind}: ${outcome.message}`)
  }
}

function expectEqualStates(cluster: TestCluster): void {
  cluster.untilEqual()
  expect(new Set(cluster.running.map(({ replica }) => replica!.replicatedHash())).size).toBe(1)
}

const kindsOf = (cluster: TestCluster, id: NodeId): string[] => cluster.node(id).observations.map(({ kind }) => kind)

describe("a restart", () => {
  test("finds everything that was committed, though power was lost on all servers at once", () => {
    const cluster = new TestCluster([1, 2, 3])
    add(cluster, cluster.untilLeader(), 30)
    const before = cluster.replica(cluster.leader!).status()
    for (const id of [1, 2, 3]) cluster.crash(id)
    for (const id of [1, 2, 3]) cluster.start(id)
    const leader = cluster.untilLeader()
    expect(cluster.answer(cluster.read(leader, "c0"))).toMatchObject({ answer: 3 })
    expect(cluster.replica(leader).status().term).toBeGreaterThan(before.term)
    expectEqualStates(cluster)
  })

  test("goes on from the snapshot, applies only what came after, and keeps its sessions", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: small })
    const leader = cluster.untilLeader()
    cluster.outcome(cluster.ask(leader, (id) => ({ kind: "openSession", id })))
    add(cluster, leader, 200)
    cluster.run(50)
    const { snapshotIndex } = cluster.replica(leader).status()
    expect(snapshotIndex).toBeGreaterThan(100)
    for (const id of [1, 2, 3]) cluster.crash(id)
    for (const id of [1, 2, 3]) cluster.start(id)
    const next = cluster.untilLeader()
    expect(cluster.answer(cluster.read(next, "c0"))).toMatchObject({ answer: 20 })
    expect(cluster.node(next).machine.applied).toBeLessThan(200)
    expect(cluster.replica(next).status().sessions).toBe(1)
    expectEqualStates(cluster)
  })

  test("that comes before the first write was durable begins anew, with the same members", () => {
    const cluster = new TestCluster([1, 2, 3])
    cluster.crash(3)
    const leader = cluster.untilLeader()
    add(cluster, leader, 3)
    const configuration = cluster.replica(leader).status().configuration
    cluster.start(3, { ...configuration })
    expectEqualStates(cluster)
  })

  test("is refused in words when the state machine is ahead of what would be applied to it", () => {
    const cluster = new TestCluster([1])
    add(cluster, cluster.untilLeader(), 3)
    cluster.crash(1)
    cluster.appliedIndexOfNext = 3
    expect(() => cluster.start(1)).toThrow(/has applied entries up to 3.*twice/)
  })
})

describe("a promise", () => {
  test("does not leave before its write is durable: no vote, no acknowledgement, no commit by a stalled majority", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const others = [1, 2, 3].filter((id) => id !== leader)
    for (const id of others) cluster.node(id).trouble = "stalled"
    const id = cluster.propose(leader, "add x 1")
    cluster.run(100)
    expect(cluster.outcomes.has(id)).toBe(false)
    for (const other of others) cluster.mend(other)
    expect(cluster.outcome(id).kind).toBe("committed")
  })
})

describe("a leader whose disk stalls", () => {
  test("steps down after the largest election timeout, though its heartbeats still go out, and another leads", () => {
    const cluster = new TestCluster([1, 2, 3])
    const old = cluster.untilLeader()
    cluster.untilEqual()
    cluster.node(old).trouble = "stalled"
    const id = cluster.propose(old, "add x 1")
    cluster.run(290)
    expect(cluster.replica(old).status().role).toBe("leader")
    expect(cluster.outcome(id).kind).toBe("committed")
    cluster.run(15)
    expect(cluster.replica(old).status().role).not.toBe("leader")
    expect(cluster.node(old).observations.find(({ kind }) => kind === "diskStalled")).toMatchObject({ forMs: 300 })
    expect(cluster.replica(old).status().disk).toBe("stalled")
    cluster.until(() => cluster.leader !== null && cluster.leader !== old)
    add(cluster, cluster.untilLeader(), 1)
    expect(cluster.replica(cluster.leader!).status().id).not.toBe(old)
    cluster.mend(old)
    expectEqualStates(cluster)
    expect(cluster.replica(old).status().disk).toBe("ok")
    expect(kindsOf(cluster, old)).toContain("diskRecovered")
  })
})

describe("a full disk", () => {
  test("refuses proposals on the leader, which stays leader and serves reads, until there is room again", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    add(cluster, leader, 5)
    cluster.run(20)
    const { term } = cluster.replica(leader).status()
    cluster.node(leader).trouble = "full"
    // The first one finds it out; a majority has it on disk all the same.
    expect(cluster.outcome(cluster.propose(leader, "add c0 1")).kind).toBe("committed")
    for (const node of [1, 2, 3]) {
      expect(cluster.outcome(cluster.propose(node, "add c0 1"))).toMatchObject({ kind: "rejected", reason: "diskFull", leader })
    }
    cluster.run(5_000)
    expect(cluster.replica(leader).status()).toMatchObject({ role: "leader", term, disk: "full" })
    expect(cluster.answer(cluster.read(leader, "c0"))).toMatchObject({ kind: "answered", answer: 2 })
    cluster.mend(leader)
    cluster.run(600)
    expect(cluster.replica(leader).status()).toMatchObject({ role: "leader", term, disk: "ok" })
    add(cluster, leader, 5)
    expect(kindsOf(cluster, leader).filter((kind) => kind.startsWith("disk"))).toEqual(["diskFull", "diskRecovered"])
    expectEqualStates(cluster)
  })

  test("of a follower keeps nobody else from committing, and it catches up when there is room", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    cluster.node(follower).trouble = "full"
    add(cluster, leader, 20)
    cluster.run(1_000)
    cluster.mend(follower)
    cluster.run(1_000)
    expectEqualStates(cluster)
  })

  test("without room for a snapshot goes on without one, and takes it later", () => {
    const cluster = new TestCluster([1], { limits: small })
    cluster.untilLeader()
    add(cluster, 1, 20)
    cluster.node(1).trouble = "full"
    const id = cluster.ask(1, (ask) => ({ kind: "takeSnapshot", id: ask }))
    expect(cluster.outcome(id).kind).toBe("unknown")
    cluster.mend(1)
    cluster.run(1_000)
    expect(cluster.outcome(cluster.ask(1, (ask) => ({ kind: "takeSnapshot", id: ask }))).kind).toBe("committed")
  })
})

describe("a failed fsync", () => {
  test("halts the server for good, with its recent events, and the others go on", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    cluster.node(leader).trouble = "failedSync"
    cluster.propose(leader, "add x 1")
    cluster.until(() => cluster.node(leader).halted !== null)
    expect(cluster.node(leader).halted).toMatch(/the disk failed under the log: input\/output error/)
    const halted = cluster.node(leader).observations.at(-1)!
    expect(halted).toMatchObject({ kind: "halted" })
    if (halted.kind === "halted") {
      expect(halted.recentEvents.length).toBeGreaterThan(5)
      expect(halted.recentEvents.at(-1)).toMatch(/disk request \d+ failed/)
    }
    const after = cluster.replica(leader).step(cluster.now, [{ kind: "wake" }])
    expect(after).toMatchObject({ disk: [], messages: [], outcomes: [] })
    expect(after.halted).toBe(cluster.node(leader).halted)
    expect(cluster.replica(leader).deadline).toBe(Infinity)
    add(cluster, cluster.untilLeader(), 3)
  })
})

describe("a snapshot", () => {
  test("is taken by the log's weight on every server, without a pause, and the log behind it goes but for a tail", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: small })
    const leader = cluster.untilLeader()
    add(cluster, leader, 300)
    cluster.run(50)
    for (const { replica, observations } of cluster.running) {
      const status = replica!.status()
      expect(status.snapshotIndex).toBeGreaterThan(150)
      expect(status.firstLogIndex).toBeGreaterThan(100)
      expect(status.firstLogIndex).toBeLessThanOrEqual(status.snapshotIndex + 1)
      expect(observations.filter(({ kind }) => kind === "snapshotTaken").length).toBeGreaterThan(1)
    }
    expectEqualStates(cluster)
  })

  test("is taken when asked for, and answered with the index that it covers", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    add(cluster, leader, 10)
    const index = cluster.replica(leader).status().lastApplied
    const first = cluster.outcome(cluster.ask(leader, (id) => ({ kind: "takeSnapshot", id })))
    expect(first).toMatchObject({ kind: "committed", index })
    // Nothing new: answered at once by the one there is.
    const again = cluster.ask(leader, (id) => ({ kind: "takeSnapshot", id }))
    expect(cluster.outcomes.get(again)).toMatchObject({ kind: "committed", index })
  })

  test("is taken after so many entries, however light", () => {
    const cluster = new TestCluster([1], { limits: { snapshotLogEntriesMax: 20 } })
    cluster.untilLeader()
    add(cluster, 1, 18)
    cluster.run(20)
    expect(cluster.replica(1).status().snapshotIndex).toBe(0)
    add(cluster, 1, 2)
    cluster.run(20)
    expect(cluster.replica(1).status().snapshotIndex).toBe(20)
  })

  function behind(losses: (message: Message, count: number) => boolean): { cluster: TestCluster; follower: NodeId } {
    const cluster = new TestCluster([1, 2, 3], { limits: small })
    const leader = cluster.untilLeader()
    const follower = leader === 1 ? 2 : 1
    cluster.crash(follower)
    cluster.outcome(cluster.ask(leader, (id) => ({ kind: "openSession", id })))
    add(cluster, leader, 300)
    cluster.start(follower)
    let count = 0
    cluster.isLost = (message) => message.to === follower && message.kind === "installSnapshot" && losses(message, ++count)
    return { cluster, follower }
  }

  test("brings a server up to date that missed the compacted log", () => {
    const { cluster, follower } = behind(() => false)
    expectEqualStates(cluster)
    expect(kindsOf(cluster, follower)).toContain("snapshotInstalled")
    expect(cluster.replica(follower).status()).toMatchObject({ snapshotActivity: "idle", sessions: 1 })
    add(cluster, cluster.leader!, 20)
    expectEqualStates(cluster)
    // And it survives a restart of that server.
    cluster.crash(follower)
    cluster.start(follower)
    expectEqualStates(cluster)
  })

  test.each([
    ["every second chunk", (_message: Message, count: number) => count % 2 === 0],
    ["the first five chunks", (_message: Message, count: number) => count <= 5],
    ["the last chunk three times", lastChunks(3)],
  ] as const)("arrives though the network loses %s", (_name, losses) => {
    const { cluster, follower } = behind(losses)
    expectEqualStates(cluster)
    expect(kindsOf(cluster, follower)).toContain("snapshotInstalled")
  })

  function lastChunks(times: number): (message: Message) => boolean {
    let lost = 0
    return (message) => message.kind === "installSnapshot" && message.done && ++lost <= times
  }

  test("goes on where it was after the connection was cut twice, and is given up and begun anew after a long silence", () => {
    const { cluster, follower } = behind(() => false)
    const others = [1, 2, 3].filter((id) => id !== follower)
    for (const cutMs of [400, 1_000, 5_000]) {
      cluster.run(4)
      cluster.isLost = between([follower], others)
      cluster.run(cutMs)
      cluster.isLost = () => false
    }
    expectEqualStates(cluster)
    expect(kindsOf(cluster, follower)).toContain("snapshotInstalled")
  })

  test("that is interrupted by a loss of power changes nothing, and is sent again", () => {
    const { cluster, follower } = behind(() => false)
    for (let i = 0; i < 4; i++) {
      cluster.until(() => cluster.replica(follower).status().snapshotActivity === "receiving")
      cluster.crash(follower)
      cluster.start(follower)
      expect(cluster.replica(follower).status().snapshotIndex).toBe(0)
    }
    expectEqualStates(cluster)
  })

  test("and the log it replaces agree after a loss of power at any moment of the catch-up", () => {
    const hasInstalled = new Set<boolean>()
    for (let afterMs = 1; afterMs <= 45; afterMs++) {
      const cluster = new TestCluster([1, 2, 3], { limits: small })
      const old = cluster.untilLeader()
      const others = [1, 2, 3].filter((id) => id !== old)
      add(cluster, old, 5)
      // The one that falls behind has a tail that nobody else ever sees.
      cluster.isLost = between([old], others)
      for (let i = 0; i < 60; i++) cluster.propose(old, "add lost 1")
      cluster.until(() => cluster.leader !== null && cluster.leader !== old)
      add(cluster, cluster.untilLeader(), 120)
      cluster.isLost = () => false
      cluster.until(() => cluster.replica(old).status().snapshotActivity !== "idle")
      cluster.run(afterMs)
      cluster.crash(old)
      cluster.start(old)
      hasInstalled.add(cluster.replica(old).status().snapshotIndex > 0)
      cluster.run(3)
      cluster.crash(old)
      cluster.start(old)
      expectEqualStates(cluster)
      expect(cluster.node(old).machine.query("lost")).toBe(0)
    }
    expect(hasInstalled.size).toBe(2)
  })

  test("leaves proposals of a lost leadership unknown: nobody here saw what was committed in their place", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: small })
    const old = cluster.untilLeader()
    const others = [1, 2, 3].filter((id) => id !== old)
    cluster.isLost = between([old], others)
    const lost = [cluster.propose(old, "add lost 1"), cluster.propose(old, "add lost 1")]
    const change = cluster.ask(old, (id) => ({
      kind: "changeMembership",
      id,
      changes: [{ kind: "demote", id: others[0]! }],
      version: null,
    }))
    cluster.until(() => cluster.leader !== null && cluster.leader !== old)
    add(cluster, cluster.untilLeader(), 200)
    cluster.isLost = () => false
    expectEqualStates(cluster)
    expect(kindsOf(cluster, old)).toContain("snapshotInstalled")
    for (const id of [...lost, change]) expect(cluster.outcomes.get(id)).toMatchObject({ kind: "unknown" })
    expect(cluster.replica(old).status().pendingProposals).toBe(0)
  })

  /** A follower that has the leader's entries in its log, but has not heard that they are committed; and the leader's snapshot of them. */
  function uncommitted(): { cluster: TestCluster; follower: NodeId; offer: () => Message[] } {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    cluster.run(20)
    const follower = leader === 1 ? 2 : 1
    const { commitIndex, term } = cluster.replica(follower).status()
    cluster.isLost = (message) => message.to === follower && message.kind === "appendEntries" && message.leaderCommit > commitIndex
    const ids = Array.from({ length: 20 }, () => cluster.propose(leader, "add x 1"))
    for (const id of ids) cluster.outcome(id)
    cluster.outcome(cluster.ask(leader, (id) => ({ kind: "takeSnapshot", id })))
    expect(cluster.replica(follower).status()).toMatchObject({ commitIndex, lastLogIndex: commitIndex + 20 })
    const { latest } = cluster.snapshotOf(leader)
    const offer = (): Message[] => {
      const { meta, file, sizeBytes, checksum } = latest
      const data = cluster.node(leader).disk.reader().read(file, 0, sizeBytes)
      const chunk = {
        kind: "installSnapshot",
        from: leader,
        to: follower,
        term,
        snapshot: meta,
        sizeBytes,
        checksum,
        offset: 0,
        data,
        done: true,
      } as const
      return cluster.feed(follower, { kind: "message", message: chunk })!.messages.filter(({ kind }) => kind === "installSnapshotReply")
    }
    return { cluster, follower, offer }
  }

  test("that fits the log commits it that far; the entries are applied from the log, and the state machine is not replaced", () => {
    const { cluster, follower, offer } = uncommitted()
    const applied = cluster.node(follower).machine.applied
    offer()
    cluster.run(10)
    expect(cluster.replica(follower).status().lastApplied).toBe(cluster.replica(follower).status().lastLogIndex)
    expect(cluster.node(follower).machine.applied).toBe(applied + 20)
    expect(kindsOf(cluster, follower)).not.toContain("snapshotInstalled")
    expectEqualStates(cluster)
  })

  test("that is not needed any more is called done only once the log up to there is on the own disk", () => {
    const { cluster, follower, offer } = uncommitted()
    const { lastLogIndex } = cluster.replica(follower).status()
    cluster.isLost = () => false
    cluster.untilEqual()
    expect(offer()).toMatchObject([{ done: true, lastIndex: lastLogIndex }])
    cluster.node(follower).trouble = "stalled"
    for (let i = 0; i < 5; i++) cluster.outcome(cluster.propose(cluster.leader!, "add x 1"))
    cluster.run(5)
    expect(cluster.replica(follower).status()).toMatchObject({ commitIndex: lastLogIndex + 5 })
    cluster.outcome(cluster.ask(cluster.leader!, (id) => ({ kind: "takeSnapshot", id })))
    const { meta, sizeBytes, checksum } = cluster.snapshotOf(cluster.leader!).latest
    expect(meta.lastIndex).toBe(lastLogIndex + 5)
    const offerNewer = (): Message[] => {
      const from = cluster.leader!
      const { term } = cluster.replica(from).status()
      const head = { kind: "installSnapshot", from, to: follower, term, snapshot: meta, sizeBytes, checksum } as const
      const message: Message = { ...head, offset: 0, data: new Uint8Array(10), done: false }
      return cluster.feed(follower, { kind: "message", message })!.messages.filter(({ kind }) => kind === "installSnapshotReply")
    }
    expect(offerNewer()).toMatchObject([{ done: false, lastIndex: lastLogIndex + 5 }])
    cluster.mend(follower)
    cluster.run(10)
    expect(offerNewer()).toMatchObject([{ done: true, lastIndex: lastLogIndex + 5 }])
  })

  test("that is damaged on its way is thrown away, told about, and sent again", () => {
    const { cluster, follower } = behind(() => false)
    const { feed } = cluster
    let damaged = 0
    cluster.feed = (id, ...events) => {
      const changed = events.map((event) => {
        if (event.kind !== "message" || event.message.kind !== "installSnapshot" || event.message.offset < 1_000 || damaged > 0)
          return event
        damaged += 1
        const data = event.message.data.slice()
        data[5]! ^= 0x10
        return { kind: "message", message: { ...event.message, data } } as const
      })
      return feed.call(cluster, id, ...changed)
    }
    expectEqualStates(cluster)
    expect(kindsOf(cluster, follower)).toContain("snapshotDamaged")
  })

  test("survives a change of leader in the middle, and two in quick succession", () => {
    const { cluster, follower } = behind(() => false)
    cluster.until(() => cluster.replica(follower).status().snapshotActivity === "receiving")
    const old = cluster.leader!
    cluster.crash(old)
    cluster.start(old)
    const next = cluster.untilLeader()
    add(cluster, next, 100)
    expectEqualStates(cluster)
  })

  test("of another state machine is refused in words at a restart", () => {
    const cluster = new TestCluster([1], { limits: small })
    cluster.untilLeader()
    add(cluster, 1, 10)
    cluster.outcome(cluster.ask(1, (id) => ({ kind: "takeSnapshot", id })))
    cluster.crash(1)
    cluster.refusesRestore = true
    expect(() => cluster.start(1)).toThrow(/cannot be restored from it: not mine/)
  })
})

test("the result of a command is what its own caller gets, under load on all servers at once", () => {
  const cluster = new TestCluster([1, 2, 3], { limits: small })
  cluster.untilLeader()
  cluster.untilEqual()
  const ids: number[] = []
  for (let round = 0; round < 100; round++) {
    for (const node of [1, 2, 3]) ids.push(cluster.propose(node, `add n${node} 1`))
    cluster.run(1)
  }
  const results = ids.map((id) => cluster.outcome(id))
  for (const node of [1, 2, 3]) {
    const values = results
      .filter((_, i) => i % 3 === node - 1)
      .map((outcome) => (outcome.kind === "committed" ? Number(asText(outcome.result)) : -1))
    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  }
  expectEqualStates(cluster)
})
