// Snapshots through whole replicas: taken, sent over a bad network, received, adopted (Raft §7).

import { describe, expect, test } from "vitest"
import type { Message, NodeId } from "../../src/core/index.ts"
import { between, memberOf, TestCluster } from "./cluster.ts"
import { add, expectEqualStates, kindsOf, small } from "./stories.ts"

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

  test("comes at another moment on each server, also where all started together", () => {
    const cluster = new TestCluster([1, 2, 3, 4, 5], { limits: { ...small, snapshotLogBytesMin: 20_000 } })
    const leader = cluster.untilLeader()
    add(cluster, leader, 1_000)
    const begunAt = cluster.running.map(({ observations }) =>
      observations.flatMap((one) => (one.kind === "snapshotTaken" ? [one.lastIndex] : [])),
    )
    const all = begunAt.flat()
    expect(Math.min(...begunAt.map((indexes) => indexes.length))).toBeGreaterThan(1)
    expect(new Set(all).size).toBe(all.length)
  })

  test("snapshotBytesPerSecondMax: is made no faster than it may, while writes go on", () => {
    const bytesPerSecond = 5_000
    const cluster = new TestCluster([1], { limits: { snapshotBytesPerSecondMax: bytesPerSecond } })
    cluster.untilLeader()
    add(cluster, 1, 30)
    const startedAt = cluster.now
    const asked = cluster.ask(1, (id) => ({ kind: "takeSnapshot", id }))
    add(cluster, 1, 5)
    expect(cluster.outcomes.get(asked)).toBeUndefined()
    cluster.outcome(asked)
    const taken = cluster.node(1).observations.find((one) => one.kind === "snapshotTaken")
    // File headers and the footer are not reckoned.
    const pacedBytes = (taken?.sizeBytes ?? 0) - 500
    expect(pacedBytes).toBeGreaterThan(0)
    expect(cluster.now - startedAt).toBeGreaterThan((pacedBytes * 1000) / bytesPerSecond)
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

  test("snapshotLogEntriesMax: is taken after so many entries, however light, and not one earlier", () => {
    const cluster = new TestCluster([1], { limits: { snapshotLogEntriesMax: 20 } })
    cluster.untilLeader()
    add(cluster, 1, 18)
    cluster.run(20)
    expect(cluster.replica(1).status().snapshotIndex).toBe(0)
    add(cluster, 1, 1)
    cluster.run(20)
    expect(cluster.replica(1).status().snapshotIndex).toBe(20)
  })

  test("is not taken by a newcomer before it knows whom the cluster consists of: it would say that nobody votes", () => {
    const cluster = new TestCluster([1], { raft: { appendEntriesMax: 4, inflightMessagesMax: 1 } })
    cluster.untilLeader()
    add(cluster, 1, 40)
    cluster.start(2)
    cluster.ask(1, (id) => ({ kind: "changeMembership", id, changes: [{ kind: "addLearner", member: memberOf(2) }], version: null }))
    // In the middle of the log from before its time.
    cluster.until(() => cluster.replica(2).lastApplied > 10)
    expect(cluster.replica(2).status().configuration.voters).toEqual([])
    const outcome = cluster.outcome(cluster.ask(2, (id) => ({ kind: "takeSnapshot", id })))
    const { lastIndex, configuration } = cluster.replica(2).raft.state.snapshot
    expect(outcome).toMatchObject({ kind: "committed", index: lastIndex })
    expect(configuration).toMatchObject({ voters: [1], learners: [2] })
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
    expect(() => cluster.start(1)).toThrow(/cannot be restored from it: your state machine's restore threw.*: Error: not mine/)
  })
})
